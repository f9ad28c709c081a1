/** Results of measurements: printed, judged by the targets, drawn as charts, and stored in `benchmarks.json`. */
export type Result = RaceResult | Figures | Growth;

/** Timings of contenders that did the same work. */
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
  /** Present if single runs were timed, so that the slowest ones matter. */
  readonly p99Us?: number | undefined;
  readonly bytes?: number | undefined;
}

/** Figures without a peer. */
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

/** Time and memory as functions of the size of the work. */
export interface Growth {
  readonly kind: "growth";
  readonly id: string;
  readonly title: string;
  /** The quantity that `x` counts. */
  readonly of: string;
  /** The work that `us` measures. */
  readonly timeOf: string;
  /** The memory that `megabytes` measures. */
  readonly memoryOf: string;
  readonly points: readonly GrowthPoint[];
}

export interface GrowthPoint {
  readonly x: number;
  readonly us: number;
  readonly megabytes: number;
}
