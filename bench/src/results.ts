/** What measurements leave behind: printed, judged by the targets, drawn as charts, and kept in `benchmarks.json`. */
export type Result = RaceResult | Figures | Growth;

/** Who did the same work, and how long a run took. */
export interface RaceResult {
  readonly kind: "race";
  readonly id: string;
  readonly title: string;
  readonly timings: readonly Timing[];
}

/** Microseconds per run of one contender. */
export interface Timing {
  readonly name: string;
  readonly role: "ours" | "peer" | "floor";
  readonly medianUs: number;
  readonly minUs: number;
  readonly maxUs: number;
  /** Where single runs were timed, and the slow ones matter. */
  readonly p99Us?: number | undefined;
  readonly bytes?: number | undefined;
}

/** Figures that nobody else has. */
export interface Figures {
  readonly kind: "figures";
  readonly id: string;
  readonly title: string;
  readonly figures: readonly Figure[];
}

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: "µs" | "/s" | "%" | "MB" | "×";
}

/** How time and memory follow the size of the work. */
export interface Growth {
  readonly kind: "growth";
  readonly id: string;
  readonly title: string;
  /** What `x` counts. */
  readonly of: string;
  /** What `us` is the time of. */
  readonly timeOf: string;
  /** What `megabytes` measures. */
  readonly memoryOf: string;
  readonly points: readonly GrowthPoint[];
}

export interface GrowthPoint {
  readonly x: number;
  readonly us: number;
  readonly megabytes: number;
}
