import type { RowId, Run, StoreReader } from "@gvpie/daemon/store";
import { defineCommand, integerOption, type Command } from "../command.ts";
import { CommandError } from "../errors.ts";
import { print, printJson, printJsonItems, say } from "../output.ts";
import { STORE_OPTIONS, withReader } from "../store.ts";
import { formatTable } from "../table.ts";
import { durationOf, printRun, resultOf } from "./print-run.ts";

const MAX_RUN_ID = 999_999_999_999_999;
const MAX_LISTED = 100_000;
/** Runs that are read at a time. */
const PAGE = 50;

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
    await withReader(db, async (store) => {
      const pages = pagesOf(store, script, max);
      if (json) {
        await printJsonItems(pages);
      } else {
        await printTable(pages);
      }
    });
  },
});

/** Reads at most `max` runs, newest first, a page at a time, because the output of a page of runs may take 100 MB. */
async function* pagesOf(store: StoreReader, script: string | undefined, max: number): AsyncGenerator<Run[]> {
  let before: RowId | undefined;
  for (let left = max; left > 0; left -= PAGE) {
    const page = await store.listRuns({
      limit: Math.min(PAGE, left),
      ...(script !== undefined && { script }),
      ...(before !== undefined && { before }),
    });
    yield page;
    before = page.at(-1)?.id;
    if (page.length < PAGE) return;
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
  options: { ...STORE_OPTIONS, json: { type: "boolean", help: "print the run as JSON" } },
  async run({ db, json }, [text = ""]) {
    const id = runId(text);
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
function runId(text: string): RowId {
  const id = /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined;
  if (id === undefined || BigInt.asIntN(64, id) !== id) return integerOption("<id>", text, 1, MAX_RUN_ID);
  return Number.isSafeInteger(Number(id)) ? Number(id) : id;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
