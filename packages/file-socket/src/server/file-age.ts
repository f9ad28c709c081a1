import type { Clock } from "../process/clock.ts";

/**
 * Returns the milliseconds since a file was written. Its time stamp counts only within the bounds of the monotonic clock:
 * not before `lastAbsent`, the last moment at which the file did not exist (undefined if unknown), and not in the future.
 */
export function fileAge(mtimeMs: number, lastAbsent: number | undefined, clock: Clock): number {
  // The kernel's time stamps may lag by one tick; they never lead.
  const byStamp = clock.now() - mtimeMs;
  if (lastAbsent === undefined) return Math.max(0, byStamp);
  const atMost = Math.max(0, clock.monotonic() - lastAbsent);
  return byStamp >= 0 && byStamp <= atMost ? byStamp : atMost;
}
