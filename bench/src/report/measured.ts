import type { Result } from "../results.ts";

/** The contents of `benchmarks.json`: results by group, each group measured in one run. */
export interface Measured {
  readonly groups: Readonly<Record<string, MeasuredGroup>>;
}

export interface MeasuredGroup {
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly machine: string;
  readonly results: readonly Result[];
}

/** All results, in the order of the groups. */
export function resultsOf({ groups }: Measured): Result[] {
  return Object.values(groups).flatMap(({ results }) => results);
}
