import type { Clock } from "./process/clock.ts";

/**
 * How long ago a file was written, in milliseconds. Its time stamp is believed only as far as it fits the monotonic
 * clock: not before `lastAbsent` (monotonic; undefined when nobody looked yet), and not in the future.
 */
export function fileAge(mtimeMs: number, lastAbsent: number | undefined, clock: Clock): number {
  // The kernel stamps files with a clock that may be a tick behind; never ahead.
  const byStamp = clock.now() - mtimeMs;
  if (lastAbsent === undefined) return Math.max(0, byStamp);
  const atMost = Math.max(0, clock.monotonic() - lastAbsent);
  return byStamp >= 0 && byStamp <= atMost ? byStamp : atMost;
}
