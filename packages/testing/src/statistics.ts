/** The sum; 0 for no values. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The largest value; 0 for no values. */
export function max(values: readonly number[]): number {
  return values.reduce((highest, value) => Math.max(highest, value), 0);
}

/** The nearest-rank percentile, `fraction` from 0 to 1; NaN for no values. The values need not be sorted. */
export function percentile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)] ?? Number.NaN;
}

/** The nearest-rank median, which is always one of the values; NaN for no values. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The median of `values` divided by the median of `baseline`; NaN if either has no values. */
export function ratio(values: readonly number[], baseline: readonly number[]): number {
  return median(values) / median(baseline);
}
