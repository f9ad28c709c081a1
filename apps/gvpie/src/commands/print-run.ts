import { printableLines } from "@gvpie/app-common";
import type { Run } from "@gvpie/daemon/store";
import { print } from "../output.ts";
import { formatTable } from "../table.ts";
import { line, TerminalText } from "../terminal-text.ts";

/** Prints one run with its output. */
export function printRun(run: Run): void {
  print(
    formatTable([
      ["run", String(run.id)],
      ["script", run.scriptName ?? "(removed)"],
      ["language", run.lang ?? "unknown"],
      ["result", resultOf(run)],
      ["started", run.startedAt],
      ["finished", run.finishedAt ?? "not yet"],
      ["took", durationOf(run)],
      ["backend", run.backend ?? "none"],
      ["cartridge", run.cartridgePath ?? "none"],
      ...(run.capability === undefined
        ? []
        : [
            ["root", run.capability.root],
            ["leaf", run.capability.leaf],
          ]),
    ]),
  );
  for (const [name, output] of [
    ["stdout", run.stdout],
    ["stderr", run.stderr],
  ] as const) {
    if (output !== "") print(line`\n${name}:\n${indent(output)}\n`);
  }
}

export function resultOf({ success }: Run): string {
  if (success === undefined) return "running";
  return success ? "ok" : "failed";
}

export function durationOf({ durationMs }: Run): string {
  return durationMs === undefined ? "" : `${durationMs} ms`;
}

/** Indents each line of a script's output, so that it cannot pass for a line of this command. */
function indent(text: string): TerminalText {
  return TerminalText.trust(printableLines(text).trimEnd().replaceAll(/^/gm, "  "));
}
