import type { Recorded } from "./log.ts";
import type { Row } from "./row.ts";

/** What a log says about one row. */
export interface Verdict {
  readonly row: Row;
  readonly result: "shown" | "short" | "not shown";
  /** The figure reached, or why there is none. */
  readonly text: string;
  readonly seconds: number;
}

/** Judge a row by its recorded run. */
export function judge(row: Row, run: Recorded | undefined): Verdict {
  if (run?.end === undefined) return { row, result: "short", text: "the run did not end", seconds: 0 };
  const { seconds, notShown, error } = run.end;
  if (notShown !== undefined) return { row, result: "not shown", text: notShown, seconds };
  const { text, isReached } = figureOf(row, run);
  if (error !== undefined) return { row, result: "short", text: `${error.split("\n")[0]}; ${text}`, seconds };
  return { row, result: isReached ? "shown" : "short", text, seconds };
}

function figureOf(row: Row, { seen, isFull }: Recorded): { text: string; isReached: boolean } {
  if (seen.length === 0) return { text: "nothing was seen", isReached: false };
  return row.figure(seen, isFull);
}

/** `18 shown, 0 short, 1 not shown`. */
export function countsOf(verdicts: readonly Verdict[]): string {
  const count = (result: Verdict["result"]): string =>
    `${verdicts.filter((verdict) => verdict.result === result).length} ${result}`;
  return `${count("shown")}, ${count("short")}, ${count("not shown")}`;
}

/** The table as Markdown. */
export function tableOf(verdicts: readonly Verdict[]): string {
  const lines = verdicts.map(({ row, result, text, seconds }) =>
    [row.number, row.fault, row.required, text, result, `${seconds} s`].map(cell).join(" | "),
  );
  const head = ["#", "Fault", "Required", "Reached", "Result", "Took"].join(" | ");
  return [`| ${head} |`, "| --: | --- | --- | --- | --- | --: |", ...lines.map((line) => `| ${line} |`)].join(
    "\n",
  );
}

function cell(text: string | number): string {
  return String(text).replaceAll("|", "\\|").replaceAll("\n", " ");
}
