/** A wall clock and a monotonic clock. Deadlines and leases use `monotonic`; `now` only dates files and records. */
export interface Clock {
  /** Milliseconds since 1970. May jump. */
  now(): number;
  /** Milliseconds since a fixed moment. Never jumps. */
  monotonic(): number;
}

/** `Date.now()` and `performance.now()`. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
