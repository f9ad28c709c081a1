import type { PngLimits } from "./types.ts";

/** The upper bound of `limits.pixels`. */
export const MAX_PIXELS = 67_108_864;

const DEFAULT_LIMITS: PngLimits = {
  fileBytes: 80 * 1024 * 1024,
  side: 16_384,
  pixels: 16_777_216,
  textBytes: 64 * 1024,
  recordBytes: 1024 * 1024,
};

/** Fills in the defaults. Throws a RangeError on a limit that is not a non-negative integer. */
export function resolveLimits(limits: Partial<PngLimits> | undefined): PngLimits {
  const resolved = { ...DEFAULT_LIMITS };
  for (const name of Object.keys(DEFAULT_LIMITS) as (keyof PngLimits)[]) {
    const value = limits?.[name];
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`expected limits.${name} as a non-negative integer, got ${value}`);
    }
    resolved[name] = value;
  }
  resolved.pixels = Math.min(resolved.pixels, MAX_PIXELS);
  return resolved;
}
