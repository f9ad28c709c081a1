// Keeps a large command in the slot that is never complete and always changes. Argument: the directory.
import { existsSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { report } from "./report-line.ts";

const dir = process.argv[2] ?? "";
// As slow to read as a string of this length can be, and not complete: an array does not end in "}".
const text = Buffer.alloc(32 * 2 ** 20 - 2, "\\n");
text.write('{"op":"render_program","code":"');
text.write('"]}', text.length - 3);

report({ type: "burning" });
for (let now = 1_000_000_000; ; now++) {
  if (!existsSync(`${dir}/cmd.json`)) {
    writeFileSync(`${dir}/staged`, text);
    renameSync(`${dir}/staged`, `${dir}/cmd.json`);
  }
  try {
    utimesSync(`${dir}/cmd.json`, now, now);
  } catch {
    // Refused and moved away in between.
  }
  await sleep(1);
}
