/** One value of a metric, or one histogram. */
export interface MetricSample {
  readonly labels?: Readonly<Record<string, string>>;
  /** Of a histogram: the sum of all observations. */
  readonly value: number;
  /** Of a histogram: upper bounds with the number of observations up to each, ascending; the last bound is Infinity. */
  readonly buckets?: readonly (readonly [le: number, count: number])[];
}

/** A metric with all its label values. */
export interface MetricFamily {
  /** In snake case, with its unit: `gvpie_runs_total`, `gvpie_run_duration_seconds`. */
  readonly name: string;
  /** One sentence. */
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: readonly MetricSample[];
}
