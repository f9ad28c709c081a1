import { mkdirSync, renameSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";

// The floor of the slot group: woken like the server, it renames the command away and renames a prepared file to the reply.
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
    // Ignores the event of its own rename.
    return;
  }
  renameSync(path("ready"), path("out.raw"));
  prepare();
});
console.log("ready");
