import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, release } from "node:os";
import type { Recorded } from "./log.ts";
import { countsOf, tableOf, type Verdict } from "./verdict.ts";

const DOCUMENT = new URL("../docs/faults.md", import.meta.url);
const BEGIN = "<!-- Written by npm run faults -- --record. -->";
const END = "<!-- End of what is written by npm run faults. -->";

/** Put the table of a run into docs/faults.md, between its markers. */
export function record(verdicts: readonly Verdict[], runs: ReadonlyMap<number, Recorded>): void {
  const text = readFileSync(DOCUMENT, "utf8");
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`docs/faults.md has lost its markers ${BEGIN} … ${END}`);
  const form = [...runs.values()].every((run) => run.isFull) ? "full" : "short";
  const seconds = verdicts.reduce((sum, verdict) => sum + verdict.seconds, 0);
  const day = new Date().toISOString().slice(0, 10);
  const where = `Linux ${release().split("-")[0]}, Node ${process.versions.node}, ${availableParallelism()} cores`;
  const body = [
    BEGIN,
    "",
    `The last ${form} run: ${day}, ${where}, ${Math.round(seconds / 60)} minutes: ${countsOf(verdicts)}.`,
    "",
    tableOf(verdicts),
    "",
  ].join("\n");
  writeFileSync(DOCUMENT, `${text.slice(0, begin)}${body}\n${text.slice(end)}`);
}
