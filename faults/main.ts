/**
 * Produces every fault of docs/faults.md and prints what came of it:
 *
 *   npm run faults                       in full
 *   npm run faults -- --short            a short form of every row
 *   npm run faults -- --rows 1,2,8       some of them
 *   npm run faults -- --resume a.jsonl   what that raw log does not show yet
 *   npm run faults -- --from a.jsonl     only the table of what is in it
 *   npm run faults -- --record           also into docs/faults.md
 *
 * Ends with 1 where a row falls short of what is required.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readLog, RawLog } from "./log.ts";
import { record } from "./record.ts";
import { rows } from "./rows.ts";
import { runRow } from "./run-row.ts";
import { countsOf, judge, tableOf } from "./verdict.ts";

const { values } = parseArgs({
  options: {
    short: { type: "boolean", default: false },
    rows: { type: "string" },
    from: { type: "string" },
    resume: { type: "string" },
    record: { type: "boolean", default: false },
  },
});

const wanted = values.rows?.split(",").map(Number);
const chosen = rows.filter((row) => wanted?.includes(row.number) ?? true);
const say = (text: string): boolean => process.stderr.write(`${text}\n`);

let path = values.from;
if (path === undefined) {
  const name = `${new Date().toISOString().replaceAll(":", "-")}.jsonl`;
  const folder = fileURLToPath(new URL("../.cache/faults", import.meta.url));
  const log = new RawLog(values.resume ?? join(folder, name));
  path = log.path;
  say(`The raw log is ${path}`);
  const done = readLog(path);
  for (const row of chosen) {
    const before = done.get(row.number);
    if (before?.isFull === !values.short && judge(row, before).result === "shown") continue;
    say(`… ${row.number} ${row.fault}`);
    await runRow(row, log, !values.short);
    const { result, text, seconds } = judge(row, readLog(path).get(row.number));
    say(`${result === "shown" ? "✓" : "✗"} ${row.number} ${result}: ${text} (${seconds} s)`);
  }
}

const recorded = readLog(path);
const verdicts = chosen
  .filter((row) => values.from === undefined || recorded.has(row.number))
  .map((row) => judge(row, recorded.get(row.number)));
process.stdout.write(`${tableOf(verdicts)}\n\n${countsOf(verdicts)}\n`);
if (values.record) record(verdicts, recorded);
process.exitCode = verdicts.some(({ result }) => result === "short") ? 1 : 0;
