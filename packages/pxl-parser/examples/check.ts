import { checkProgram, formatProgram } from "@gvpie/pxl-parser";

const draft = `param name GPU
txt 10 10 Hello {nmae}
rekt 0 0 128 2
RECT 0 62 wide 002`;

const report = (source: string): void => {
  for (const { line, column, severity, code, message } of checkProgram(source).diagnostics) {
    console.log(`${line}:${column} ${severity} ${code}: ${message}`);
  }
};

report(draft);
const corrected = draft.replace("rekt", "rect").replace("wide", "128");
report(corrected);
console.log(formatProgram(corrected.replace("nmae", "name")));
