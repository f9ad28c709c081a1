import { formatProgram, PxlError } from "@gvpie/pxl-parser";
import { defineCommand, type Command } from "../command.ts";
import { UsageError } from "../errors.ts";
import { inputName, readProgram } from "../input.ts";
import { print, printSource, say } from "../output.ts";
import { ProgramError } from "../program-error.ts";
import { line } from "../terminal-text.ts";
import { writeFile } from "../write-file.ts";

export const format: Command = defineCommand({
  usage: "<file|->...",
  positionals: [1, Infinity],
  details: "Comments and blank lines are kept. A program with errors is left unchanged.",
  examples: [
    ["gvpie format hello.pxl", "print the program in canonical form"],
    ["gvpie format --write *.pxl", "format every program here in place"],
    ["gvpie format --check *.pxl", "in CI: fail if a program is not formatted"],
  ],
  exitCodes: [
    ["0", "Done; with --check, every file is in canonical form."],
    ["1", "A program has errors; with --check, a file would change."],
    ["2", "Wrong usage."],
  ],
  seeAlso: ["check"],
  options: {
    write: { type: "boolean", short: "w", help: "write the files in place" },
    check: {
      type: "boolean",
      help: "change no file; list the files that would change, and exit with 1 if there are any",
    },
  },
  run({ write, check }, paths) {
    if (write && check) throw new UsageError("--write and --check cannot be combined");
    if (write && paths.includes("-")) throw new UsageError("--write: expected files, got stdin");
    if (!write && !check && paths.length > 1) {
      throw new UsageError("more than one file requires --write or --check");
    }

    // Formats all files before it writes any, so that an error leaves every file unchanged.
    const formatted = paths.map((path) => {
      const source = readProgram(path);
      return { path, source, canonical: formatSource(path, source) };
    });
    if (!write && !check) {
      for (const { canonical } of formatted) printSource(canonical);
      return 0;
    }
    const changed = formatted.filter(({ source, canonical }) => source !== canonical);
    for (const { path, canonical } of changed) {
      if (write) {
        writeFile(path, new TextEncoder().encode(canonical), { mayBeInput: true });
        say(line`formatted ${path}`);
      } else {
        print(line`${inputName(path)}\n`);
      }
    }
    return check && changed.length > 0 ? 1 : 0;
  },
});

function formatSource(path: string, source: string): string {
  try {
    return formatProgram(source);
  } catch (error) {
    if (!(error instanceof PxlError)) throw error;
    throw new ProgramError(inputName(path), source, error.diagnostics, error);
  }
}
