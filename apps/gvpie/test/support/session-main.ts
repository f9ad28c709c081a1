import { writeSync } from "node:fs";
import { runCommandLine } from "../../src/command-line.ts";
import { SEPARATOR } from "./session.ts";

const [commands = "[]"] = process.argv.slice(2);
for (const { args, cwd } of JSON.parse(commands) as { args: string[]; cwd: string }[]) {
  process.chdir(cwd);
  const status = await runCommandLine(args);
  writeSync(1, `${SEPARATOR}${status}${SEPARATOR}`);
  writeSync(2, SEPARATOR);
}
