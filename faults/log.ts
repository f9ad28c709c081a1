import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Seen } from "./row.ts";

/** How one row's run is written down: its beginning, its observations, its end. */
export interface Line {
  readonly row: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly start?: { readonly isFull: boolean };
  readonly seen?: Seen;
  readonly end?: End;
}

/** How a run ended. Without a reason it has run to its end. */
interface End {
  readonly seconds: number;
  /** Why the machine cannot bring the fault about. */
  readonly notShown?: string;
  /** What broke the row off. */
  readonly error?: string;
}

/** The last run of one row in a log. */
export interface Recorded {
  readonly isFull: boolean;
  readonly seen: Seen[];
  end?: End;
}

/** The raw log of a run, one JSON object a line, appended to what is there. Figures are computed from what can be read back from it. */
export class RawLog {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    mkdirSync(dirname(path), { recursive: true });
  }

  write(line: Omit<Line, "at">): void {
    appendFileSync(this.path, `${JSON.stringify({ at: Date.now(), ...line })}\n`);
  }
}

/** Of every row in a raw log, what was seen. */
export function readLog(path: string): Map<number, Recorded> {
  const runs = new Map<number, Recorded>();
  if (!existsSync(path)) return runs;
  for (const text of readFileSync(path, "utf8").split("\n")) {
    if (text === "") continue;
    const { row, start, seen, end } = JSON.parse(text) as Line;
    if (start !== undefined) runs.set(row, { ...start, seen: [] });
    const run = runs.get(row);
    if (seen !== undefined) run?.seen.push(seen);
    if (end !== undefined && run !== undefined) run.end = end;
  }
  return runs;
}
