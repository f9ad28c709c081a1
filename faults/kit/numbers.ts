/** The smallest value that at least this share of all values do not exceed; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The largest value; 0 of none. */
export function most(values: readonly number[]): number {
  return values.reduce((high, value) => Math.max(high, value), 0);
}

/** A duration for people. */
export function ms(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

/** An amount of memory for people. */
export function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** `1,000`. */
export function grouped(value: number): string {
  return value.toLocaleString("en-US");
}
