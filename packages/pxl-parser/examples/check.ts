import { checkProgram, formatProgram } from "@gvpie/pxl-parser";

const draft = `txt 10 10 Hello GPU
rekt 0 0 128 2
RECT 0 62 wide 002`;

for (const { line, column, code, message } of checkProgram(draft).diagnostics) {
  console.log(`${line}:${column} ${code}: ${message}`);
}

const corrected = draft.replace("rekt", "rect").replace("wide", "128");
console.log(formatProgram(corrected));
