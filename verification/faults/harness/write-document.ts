import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, release } from "node:os";
import type { RecordedRun } from "./run-log.ts";
import { countResults, formatTable, type Verdict } from "./verdict.ts";

const DOCUMENT = new URL("../../../docs/faults.md", import.meta.url);
const BEGIN = "<!-- Written by npm run faults -- --record. -->";
const END = "<!-- End of what is written by npm run faults. -->";

/** Replaces the table between the markers of docs/faults.md by that of this run. */
export function writeDocument(verdicts: readonly Verdict[], runs: ReadonlyMap<number, RecordedRun>): void {
  const text = readFileSync(DOCUMENT, "utf8");
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`expected the markers ${BEGIN} … ${END} in docs/faults.md`);
  const form = [...runs.values()].every((run) => run.isFull) ? "full" : "short";
  const seconds = verdicts.reduce((sum, verdict) => sum + verdict.seconds, 0);
  const day = new Date().toISOString().slice(0, 10);
  const machine = `Linux ${release().split("-")[0]}, Node ${process.versions.node}, ${availableParallelism()} cores`;
  const body = [
    BEGIN,
    "",
    `The last ${form} run: ${day}, ${machine}, ${Math.round(seconds / 60)} minutes: ${countResults(verdicts)}.`,
    "",
    formatTable(verdicts),
    "",
  ].join("\n");
  writeFileSync(DOCUMENT, `${text.slice(0, begin)}${body}\n${text.slice(end)}`);
}
