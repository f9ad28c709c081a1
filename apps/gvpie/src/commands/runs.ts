import { printableLines } from "@gvpie/app-common";
import type { Run } from "@gvpie/daemon/store";
import { defineCommand, integerOption, type Command } from "../command.ts";
import { CommandError } from "../errors.ts";
import { print, printJson, say } from "../output.ts";
import { STORE_OPTIONS, withStore } from "../store.ts";
import { formatTable } from "../table.ts";
import { line, TerminalText } from "../terminal-text.ts";

const MAX_RUN_ID = 999_999_999_999_999;
const MAX_LISTED = 100_000;

export const list: Command = defineCommand({
  usage: "",
  positionals: [0, 0],
  options: {
    ...STORE_OPTIONS,
    script: { type: "string", value: "name", help: "list only the runs of this script" },
    limit: {
      type: "string",
      value: "n",
      help: "maximum number of runs to list, newest first",
      default: "20",
    },
    json: { type: "boolean", help: "print the runs as JSON" },
  },
  async run({ db, script, limit, json }) {
    const max = integerOption("--limit", limit, 1, MAX_LISTED);
    const runs = await withStore(db, (store) =>
      store.listRuns({ limit: max, ...(script === undefined ? {} : { script }) }),
    );
    if (json) {
      printJson(runs);
      return;
    }
    if (runs.length === 0) {
      say("no runs");
      return;
    }
    const rows = runs.map((run) => [
      String(run.id),
      run.scriptName ?? "(removed)",
      run.lang ?? "",
      resultOf(run),
      run.startedAt,
      durationOf(run),
      run.cartridgePath ?? firstLine(run.stderr),
    ]);
    print(
      formatTable([
        ["RUN", "SCRIPT", "LANGUAGE", "RESULT", "STARTED", "TOOK", "CARTRIDGE OR ERROR"],
        ...rows,
      ]),
    );
  },
});

export const show: Command = defineCommand({
  usage: "<id>",
  positionals: [1, 1],
  options: { ...STORE_OPTIONS, json: { type: "boolean", help: "print the run as JSON" } },
  async run({ db, json }, [text = ""]) {
    const id = integerOption("<id>", text, 1, MAX_RUN_ID);
    const run = await withStore(db, (store) => store.getRun(id));
    if (run === undefined) throw new CommandError("NO_RUN", `there is no run ${id}`);
    if (json) {
      printJson(run);
      return;
    }
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
      ]),
    );
    for (const [name, output] of [
      ["stdout", run.stdout],
      ["stderr", run.stderr],
    ] as const) {
      if (output !== "") print(line`\n${name}:\n${indent(output)}\n`);
    }
  },
});

function resultOf({ success }: Run): string {
  if (success === undefined) return "running";
  return success ? "ok" : "failed";
}

function durationOf({ durationMs }: Run): string {
  return durationMs === undefined ? "" : `${durationMs} ms`;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}

/** Indents each line of a script's output, so that it cannot pass for a line of this command. */
function indent(text: string): TerminalText {
  return TerminalText.trust(printableLines(text).trimEnd().replaceAll(/^/gm, "  "));
}
