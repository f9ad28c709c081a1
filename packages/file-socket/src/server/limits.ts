import { checkOptions, describeValue } from "../options.ts";
import { MAX_TTL_MS } from "../protocol/request.ts";
import type { ServerLimits } from "../types.ts";

const MIB = 1024 * 1024;

export const DEFAULT_SERVER_LIMITS: ServerLimits = {
  requestBytes: 32 * MIB,
  pixels: 16_777_216,
  ttlMs: 10_000,
  slotMs: 1_500,
  outstandingPerClient: 8,
  outstanding: 256,
  queuedBytes: 64 * MIB,
  minFreeBytes: 64 * MIB,
  concurrency: 8,
};

const HIGHEST: ServerLimits = {
  requestBytes: 64 * MIB,
  pixels: 67_108_864,
  ttlMs: MAX_TTL_MS,
  slotMs: 1_900,
  outstandingPerClient: 256,
  outstanding: 4_096,
  queuedBytes: 1_024 * MIB,
  minFreeBytes: Number.MAX_SAFE_INTEGER,
  concurrency: 256,
};

/**
 * Returns the defaults with the `chosen` limits in their place.
 *
 * @throws {RangeError} for a value that is not an integer in its range.
 * @throws {TypeError} for an unknown name.
 */
export function completeLimits(chosen: Partial<ServerLimits> = {}): ServerLimits {
  checkOptions("limits", chosen, Object.keys(DEFAULT_SERVER_LIMITS));
  const limits: ServerLimits = { ...DEFAULT_SERVER_LIMITS, ...chosen };
  for (const key of Object.keys(DEFAULT_SERVER_LIMITS) as (keyof ServerLimits)[]) {
    const lowest = key === "minFreeBytes" ? 0 : 1;
    const value = limits[key];
    if (!Number.isSafeInteger(value) || value < lowest || value > HIGHEST[key]) {
      throw new RangeError(
        `expected limits.${key} as an integer from ${lowest} to ${HIGHEST[key]}, got ${describeValue(value)}`,
      );
    }
  }
  return limits;
}
