/**
 * Causes every fault of docs/faults.md and prints the results:
 *
 *   npm run faults                       run every case in full
 *   npm run faults -- --short            run the short form of every case
 *   npm run faults -- --rows 1,2,8       run these cases
 *   npm run faults -- --resume a.jsonl   run the cases that have not passed in that log
 *   npm run faults -- --from a.jsonl     print the table of that log and run nothing
 *   npm run faults -- --record           also write the table, or these rows of it, into docs/faults.md
 *
 * Exits with 1 if a case failed.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { faultCases } from "./cases/index.ts";
import { runCase } from "./harness/run-case.ts";
import { readRunLog, RunLog } from "./harness/run-log.ts";
import { countResults, formatTable, verdictOf } from "./harness/verdict.ts";
import { writeDocument } from "./harness/write-document.ts";

const { values } = parseArgs({
  options: {
    short: { type: "boolean", default: false },
    rows: { type: "string" },
    from: { type: "string" },
    resume: { type: "string" },
    record: { type: "boolean", default: false },
  },
});

const numbers = values.rows?.split(",").map(Number);
const chosen = faultCases.filter(({ number }) => numbers?.includes(number) ?? true);
const say = (text: string): boolean => process.stderr.write(`${text}\n`);

let path = values.from;
if (path === undefined) {
  const name = `${new Date().toISOString().replaceAll(":", "-")}.jsonl`;
  const folder = fileURLToPath(new URL("../../.cache/faults", import.meta.url));
  const log = new RunLog(values.resume ?? join(folder, name));
  path = log.path;
  say(`Run log: ${path}`);
  const before = readRunLog(path);
  for (const faultCase of chosen) {
    const { number, fault } = faultCase;
    const earlier = before.get(number);
    if (earlier?.isFull === !values.short && verdictOf(faultCase, earlier).result === "passed") continue;
    say(`… ${number} ${fault}`);
    await runCase(faultCase, log, !values.short);
    const { result, summary, seconds } = verdictOf(faultCase, readRunLog(path).get(number));
    say(`${result === "passed" ? "✓" : "✗"} ${number} ${result}: ${summary} (${seconds} s)`);
  }
}

const runs = readRunLog(path);
const verdicts = chosen
  .filter(({ number }) => values.from === undefined || runs.has(number))
  .map((faultCase) => verdictOf(faultCase, runs.get(faultCase.number)));
process.stdout.write(`${formatTable(verdicts)}\n\n${countResults(verdicts)}\n`);
if (values.record) writeDocument(verdicts, runs, verdicts.length === faultCases.length ? "all" : "some");
process.exitCode = verdicts.some(({ result }) => result === "failed") ? 1 : 0;
