import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, release } from "node:os";
import { replaceBetween, sum } from "@gvpie/testing";
import type { RecordedRun } from "./run-log.ts";
import { countResults, formatTable, type Verdict } from "./verdict.ts";

const DOCUMENT = new URL("../../../docs/faults.md", import.meta.url);
const BEGIN = "<!-- Written by npm run faults -- --record. -->";
const END = "<!-- End of what is written by npm run faults. -->";

/** The cases of a recording: all of them, or some, whose rows replace those of an earlier run. */
type Recording = "all" | "some";

/** Writes the table of this run between the markers of docs/faults.md. */
export function writeDocument(
  verdicts: readonly Verdict[],
  runs: ReadonlyMap<number, RecordedRun>,
  recording: Recording,
): void {
  const form = [...runs.values()].every((run) => run.isFull) ? "full" : "short";
  const seconds = sum(verdicts.map((verdict) => verdict.seconds));
  const day = new Date().toISOString().slice(0, 10);
  const machine = `Linux ${release().split("-")[0]}, Node ${process.versions.node}, ${availableParallelism()} cores`;
  const minutes = Math.max(1, Math.round(seconds / 60));
  const time = `${minutes} minute${minutes === 1 ? "" : "s"}`;
  const summary = `${day}, ${machine}, ${time}: ${countResults(verdicts)}`;
  const before = readFileSync(DOCUMENT, "utf8");
  const numbers = verdicts.map(({ faultCase }) => faultCase.number).join(", ");
  const section =
    recording === "all"
      ? [`The last ${form} run: ${summary}.`, formatTable(verdicts)]
      : [
          ...paragraphsOf(before),
          `A later ${form} run of ${numbers}: ${summary}.`,
          mergeRows(before, formatTable(verdicts)),
        ];
  writeFileSync(DOCUMENT, replaceBetween(before, BEGIN, END, `\n\n${section.join("\n\n")}\n\n`));
}

/** Returns the paragraphs before the table. */
function paragraphsOf(document: string): string[] {
  return sectionOf(document)
    .split("\n")
    .filter((line) => /^(The last|A later) /.test(line));
}

/** Returns the text between the markers; another table follows them. */
function sectionOf(document: string): string {
  const [, after = ""] = document.split(BEGIN);
  return after.split(END)[0] ?? "";
}

/** Returns the table of the document with the rows of `table` in place of those with the same number. */
function mergeRows(document: string, table: string): string {
  const [header = "", rule = "", ...rows] = table.split("\n");
  const numberOf = (row: string): number => Number(row.split("|")[1]);
  const earlier = sectionOf(document)
    .split("\n")
    .filter((line) => numberOf(line) > 0);
  const merged = new Map([...earlier, ...rows].map((row) => [numberOf(row), row]));
  const sorted = [...merged.entries()].toSorted(([a], [b]) => a - b);
  return [header, rule, ...sorted.map(([, row]) => row)].join("\n");
}
