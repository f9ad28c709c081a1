import { parseRowId } from "@gvpie/app-common";
import type { RowId, Run, RunFilter, StoreReader } from "@gvpie/daemon/store";
import { defineCommand, integerOption, type Command } from "../command.ts";
import { CommandError, UsageError } from "../errors.ts";
import { print, printJson, printJsonItems, say } from "../output.ts";
import { STORE_OPTIONS, withReader } from "../store.ts";
import { formatTable } from "../table.ts";
import { timeOption } from "../time-option.ts";
import { durationOf, printRun, resultOf } from "./print-run.ts";

const MAX_RUN_ID = 999_999_999_999_999;
const MAX_LISTED = 100_000;
/** Runs that are read at a time. */
const PAGE = 50;

export const list: Command = defineCommand({
  usage: "",
  positionals: [0, 0],
  details: `A time is ISO 8601 in UTC, such as 2026-11-24 or 2026-11-24T04:05, or a duration such as 24h, which means that long
ago. To go on with a list, pass the id of its last run as --before.`,
  examples: [
    ["gvpie runs list --failed --since 24h", "list the failures of the last day"],
    ["gvpie runs list --script hello_gpu --limit 5", "list the last five runs of a script"],
  ],
  seeAlso: ["scripts list"],
  options: {
    ...STORE_OPTIONS,
    script: { type: "string", value: "name", help: "list only the runs of this script" },
    failed: { type: "boolean", help: "list only failed runs" },
    running: { type: "boolean", help: "list only runs that have not ended" },
    since: { type: "string", value: "time", help: "list only runs that started at this time or later" },
    before: { type: "string", value: "time|id", help: "list only runs that started before this time or run" },
    limit: {
      type: "string",
      value: "n",
      help: "maximum number of runs to list, newest first",
      default: "20",
    },
    json: { type: "boolean", help: "print the runs as JSON" },
  },
  async run({ db, limit, json, ...flags }) {
    const max = integerOption("--limit", limit, 1, MAX_LISTED);
    const filter = filterOf(flags);
    await withReader(db, async (store) => {
      const pages = pagesOf(store, filter, max);
      if (json) {
        await printJsonItems(pages);
      } else {
        await printTable(pages);
      }
    });
  },
});

interface FilterFlags {
  readonly script: string | undefined;
  readonly failed: boolean;
  readonly running: boolean;
  readonly since: string | undefined;
  readonly before: string | undefined;
}

function filterOf({ script, failed, running, since, before }: FilterFlags): RunFilter {
  if (failed && running) throw new UsageError("expected --failed or --running, got both");
  return {
    ...(script !== undefined && { script }),
    ...((failed || running) && { result: failed ? "failed" : "running" }),
    ...(since !== undefined && { since: timeOption("--since", since) }),
    ...(before !== undefined &&
      (/^\d+$/.test(before)
        ? { before: runId("--before", before) }
        : { until: timeOption("--before", before) })),
  };
}

/** Reads at most `max` runs, newest first, a page at a time, because the output of a page of runs may take 100 MB. */
async function* pagesOf(store: StoreReader, filter: RunFilter, max: number): AsyncGenerator<Run[]> {
  let { before } = filter;
  for (let left = max; left > 0; left -= PAGE) {
    const limit = Math.min(PAGE, left);
    const page = await store.listRuns({ ...filter, limit, ...(before !== undefined && { before }) });
    yield page;
    before = page.at(-1)?.id;
    if (page.length < limit) return;
  }
}

async function printTable(pages: AsyncIterable<readonly Run[]>): Promise<void> {
  const rows: string[][] = [];
  for await (const page of pages) rows.push(...page.map(toRow));
  if (rows.length === 0) {
    say("no runs");
    return;
  }
  print(
    formatTable([["RUN", "SCRIPT", "LANGUAGE", "RESULT", "STARTED", "TOOK", "CARTRIDGE OR ERROR"], ...rows]),
  );
}

function toRow(run: Run): string[] {
  return [
    String(run.id),
    run.scriptName ?? "(removed)",
    run.lang ?? "",
    resultOf(run),
    run.startedAt,
    durationOf(run),
    run.cartridgePath ?? firstLine(run.stderr),
  ];
}

export const show: Command = defineCommand({
  usage: "<id>",
  positionals: [1, 1],
  examples: [
    ["gvpie runs show 7", "its times, its output and its cartridge"],
    ["gvpie runs show 7 --json | jq -r .stderr", "why it failed"],
  ],
  options: { ...STORE_OPTIONS, json: { type: "boolean", help: "print the run as JSON" } },
  async run({ db, json }, [text = ""]) {
    const id = runId("<id>", text);
    const run = await withReader(db, (store) => store.getRun(id));
    if (run === undefined) throw new CommandError("NO_RUN", `there is no run ${id}`);
    if (json) {
      printJson(run);
      return;
    }
    printRun(run);
  },
});

/** Parses an id of any row that SQLite can hold. */
function runId(name: string, text: string): RowId {
  return parseRowId(text) ?? integerOption(name, text, 1, MAX_RUN_ID);
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
