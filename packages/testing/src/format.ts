/** A count with thousands separators, such as `1,000`. */
export function formatCount(value: number): string {
  return value.toLocaleString("en-US");
}

/** A duration with its unit, such as `3.5 ms` or `120 ms`. */
export function formatMs(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

/** An amount of memory, such as `1.5 MiB`. */
export function formatMib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
