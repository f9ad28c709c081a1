/** Milliseconds that a failing script is delayed at most. */
const MAX_BACKOFF_MS = 300_000;
/** Shortest interval in milliseconds from which the delay doubles. */
const MIN_INTERVAL_MS = 1_000;

/**
 * Returns the least delay in milliseconds from the last of `failures` consecutive failures to the next start: 0 after the first,
 * then twice the interval, doubled with each further failure up to five minutes.
 */
export function backoffMs(failures: number, intervalMs: number): number {
  if (failures < 2) return 0;
  return Math.min(MAX_BACKOFF_MS, Math.max(intervalMs, MIN_INTERVAL_MS) * 2 ** Math.min(failures - 1, 30));
}

/** Returns the delay in milliseconds from the last of `failures` consecutive failures to an early repetition. */
export function retryMs(failures: number): number {
  return Math.min(MAX_BACKOFF_MS, 1_000 * 2 ** Math.min(failures - 1, 30));
}
