import type { FaultCase } from "./fault-case.ts";
import type { RecordedRun } from "./run-log.ts";

/** The result of one case, from its recorded run. */
export interface Verdict {
  readonly faultCase: FaultCase;
  readonly result: "passed" | "failed" | "unsupported";
  /** The measured figures, or the reason why there are none. */
  readonly summary: string;
  readonly seconds: number;
}

/** Evaluates a recorded run; a run without an end has failed. */
export function verdictOf(faultCase: FaultCase, run: RecordedRun | undefined): Verdict {
  if (run?.end === undefined) {
    return { faultCase, result: "failed", summary: "the run did not end", seconds: 0 };
  }
  const { seconds, unsupported, error } = run.end;
  if (unsupported !== undefined) {
    return { faultCase, result: "unsupported", summary: unsupported, seconds };
  }
  const { summary, isMet } =
    run.observations.length === 0
      ? { summary: "nothing was observed", isMet: false }
      : faultCase.evaluate(run.observations, run.isFull);
  if (error !== undefined) {
    return { faultCase, result: "failed", summary: `${error.split("\n")[0]}; ${summary}`, seconds };
  }
  return { faultCase, result: isMet ? "passed" : "failed", summary, seconds };
}

/** Counts the results, such as `18 passed, 0 failed, 1 unsupported`. */
export function countResults(verdicts: readonly Verdict[]): string {
  return (["passed", "failed", "unsupported"] as const)
    .map((result) => `${verdicts.filter((verdict) => verdict.result === result).length} ${result}`)
    .join(", ");
}

/** Counts violations and quotes the first. */
export function formatViolations(violations: readonly string[]): string {
  return [`${violations.length} violations`, ...violations.slice(0, 1)].join(": ");
}

/** Formats the verdicts as a Markdown table. */
export function formatTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ faultCase: { number, fault, required }, result, summary, seconds }) =>
    [number, fault, required, summary, result, `${seconds} s`].map(formatCell),
  );
  const lines = [
    ["#", "Fault", "Required", "Measured", "Result", "Time"],
    ["--:", "---", "---", "---", "---", "--:"],
    ...rows,
  ];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function formatCell(text: string | number): string {
  return String(text).replaceAll("|", "\\|").replaceAll("\n", " ");
}
