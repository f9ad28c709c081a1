import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Observation } from "./fault-case.ts";

/** One line of a run log: the start of a case, an observation, or the end. */
interface LogLine {
  readonly case: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly start?: { readonly isFull: boolean };
  readonly observation?: Observation;
  readonly end?: CaseEnd;
}

/** The end of a case. Without `unsupported` and `error`, the case ran to its end. */
interface CaseEnd {
  readonly seconds: number;
  /** The reason why the machine cannot cause the fault. */
  readonly unsupported?: string;
  /** The error that stopped the case. */
  readonly error?: string;
}

/** The last run of one case in a log. */
export interface RecordedRun {
  readonly isFull: boolean;
  readonly observations: Observation[];
  end?: CaseEnd;
}

/** A run log: one JSON object a line, appended to the file. Cases are evaluated from what is read back from it. */
export class RunLog {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    mkdirSync(dirname(path), { recursive: true });
  }

  write(line: Omit<LogLine, "at">): void {
    appendFileSync(this.path, `${JSON.stringify({ at: Date.now(), ...line })}\n`);
  }
}

/** Reads the last run of each case from a log; none if the file does not exist. */
export function readRunLog(path: string): Map<number, RecordedRun> {
  const runs = new Map<number, RecordedRun>();
  if (!existsSync(path)) return runs;
  for (const text of readFileSync(path, "utf8").split("\n")) {
    if (text === "") continue;
    const { case: number, start, observation, end } = JSON.parse(text) as LogLine;
    if (start !== undefined) runs.set(number, { ...start, observations: [] });
    const run = runs.get(number);
    if (observation !== undefined) run?.observations.push(observation);
    if (end !== undefined && run !== undefined) run.end = end;
  }
  return runs;
}
