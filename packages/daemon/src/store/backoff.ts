/** The longest a failing script waits on account of its failures, in milliseconds. */
const LONGEST_MS = 300_000;
/** What the wait of a script with a shorter interval doubles from, in milliseconds. */
const SHORTEST_MS = 1_000;

/**
 * Milliseconds that a script must wait after the last of `failures` failures in a row, on top of being due: nothing after the first,
 * then twice its interval, doubled with each further failure up to five minutes.
 */
export function backoffMs(failures: number, intervalMs: number): number {
  if (failures < 2) return 0;
  return Math.min(LONGEST_MS, Math.max(intervalMs, SHORTEST_MS) * 2 ** Math.min(failures - 1, 30));
}
