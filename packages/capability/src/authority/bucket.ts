/** Part of a token that rounding may lack. */
const ROUNDING = 1e-9;

/** A token bucket that refills all the time. It holds one second's worth of tokens, at least 1. */
export interface Bucket {
  readonly perSecond: number;
  readonly burst: number;
  /** At {@link at}. */
  tokens: number;
  /** Milliseconds on the monotonic clock. */
  at: number;
}

/** Returns a full bucket. */
export function createBucket(perSecond: number, now: number): Bucket {
  const burst = Math.max(1, perSecond);
  return { perSecond, burst, tokens: burst, at: now };
}

/** Returns the number of tokens at a time. */
export function tokensAt({ perSecond, burst, tokens, at }: Bucket, now: number): number {
  return Math.min(burst, tokens + ((now - at) * perSecond) / 1000);
}

export function isFull(bucket: Bucket, now: number): boolean {
  return tokensAt(bucket, now) >= bucket.burst;
}

/** Returns the milliseconds until the bucket has a token; 0 if it has one, NaN if the time is. */
export function waitMs(bucket: Bucket, now: number): number {
  const missing = 1 - tokensAt(bucket, now);
  return missing <= ROUNDING ? 0 : (missing / bucket.perSecond) * 1000;
}

/** Takes a token, which the bucket must have. */
export function take(bucket: Bucket, now: number): void {
  bucket.tokens = tokensAt(bucket, now) - 1;
  bucket.at = now;
}
