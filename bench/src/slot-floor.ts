import { mkdirSync, renameSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";

// The floor of the slot group: woken as the server is, it takes the command away and shows a file that was ready before.
// usage: slot-floor.ts <directory> <bytes>; prints a line when ready.

const [dir = "", bytes = "0"] = process.argv.slice(2);
const reply = Buffer.alloc(Number(bytes));
mkdirSync(dir);
const path = (name: string): string => join(dir, name);
const prepare = (): void => writeFileSync(path("ready"), reply);

prepare();
watch(dir, (_kind, name) => {
  if (name !== "cmd.json") return;
  try {
    renameSync(path("cmd.json"), path("taken"));
  } catch {
    // The event of its own renaming.
    return;
  }
  renameSync(path("ready"), path("out.raw"));
  prepare();
});
console.log("ready");
