import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, release } from "node:os";
import { replaceBetween, sum } from "@gvpie/testing";
import type { RecordedRun } from "./run-log.ts";
import { countResults, formatTable, type Verdict } from "./verdict.ts";

const DOCUMENT = new URL("../../../docs/faults.md", import.meta.url);
const BEGIN = "<!-- Written by npm run faults -- --record. -->";
const END = "<!-- End of what is written by npm run faults. -->";

/** Replaces the table between the markers of docs/faults.md by that of this run. */
export function writeDocument(verdicts: readonly Verdict[], runs: ReadonlyMap<number, RecordedRun>): void {
  const form = [...runs.values()].every((run) => run.isFull) ? "full" : "short";
  const seconds = sum(verdicts.map((verdict) => verdict.seconds));
  const day = new Date().toISOString().slice(0, 10);
  const machine = `Linux ${release().split("-")[0]}, Node ${process.versions.node}, ${availableParallelism()} cores`;
  const summary = `${Math.round(seconds / 60)} minutes: ${countResults(verdicts)}`;
  const section = `\n\nThe last ${form} run: ${day}, ${machine}, ${summary}.\n\n${formatTable(verdicts)}\n\n`;
  writeFileSync(DOCUMENT, replaceBetween(readFileSync(DOCUMENT, "utf8"), BEGIN, END, section));
}
