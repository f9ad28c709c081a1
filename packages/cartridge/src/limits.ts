import { checkOptions, describeValue } from "./options.ts";
import type { PngLimits, RenderLimits } from "./types.ts";

/** The upper bound of `limits.pixels` and of `limits.animationPixels`. */
export const MAX_PIXELS = 67_108_864;

const DEFAULT_LIMITS: PngLimits = {
  fileBytes: 80 * 1024 * 1024,
  side: 16_384,
  pixels: 16_777_216,
  textBytes: 64 * 1024,
  recordBytes: 1024 * 1024,
  frames: 1000,
  animationPixels: 16_777_216,
};

/**
 * Replaces the values that the caller gives.
 *
 * @throws {TypeError} if a name is unknown.
 * @throws {RangeError} if a value is not a non-negative integer.
 */
function override<Name extends string>(
  what: string,
  defaults: Readonly<Record<Name, number>>,
  given: Partial<Readonly<Record<Name, number>>> | undefined,
): Record<Name, number> {
  const names = Object.keys(defaults) as Name[];
  checkOptions(what, given, names);
  const resolved: Record<Name, number> = { ...defaults };
  for (const name of names) {
    const value = given?.[name];
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`expected ${what}.${name} as a non-negative integer, got ${describeValue(value)}`);
    }
    resolved[name] = value;
  }
  return resolved;
}

/** Fills in the defaults. Throws a TypeError on an unknown name, a RangeError on a limit that is not a non-negative integer. */
export function resolveLimits(limits: Partial<PngLimits> | undefined): PngLimits {
  const resolved = override("limits", DEFAULT_LIMITS, limits);
  const { pixels, animationPixels } = resolved;
  return {
    ...resolved,
    pixels: Math.min(pixels, MAX_PIXELS),
    animationPixels: Math.min(animationPixels, MAX_PIXELS),
  };
}

/** Pixels of the largest canvas that a verification draws for a small picture: 4 MiB. */
const MIN_PIXELS = 1_048_576;
/** Instructions for a small picture. A record of 1 MiB holds up to 205,000, of 5 bytes each. */
const MIN_INSTRUCTIONS = 131_072;
/** Draw commands for a small picture: with `@gvpie/raster`, a list of 11 MB, 20 MB while it grows. */
const MIN_COMMANDS = 250_000;

/** Least costs of each frame of a long animation, besides its pixels. */
const [MIN_FRAME_GLYPHS, MIN_FRAME_PAINTED, MIN_FRAME_COMMANDS] = [2 ** 14, 2 ** 20, 2 ** 14] as const;

/**
 * Returns the limits of the render of a verification, so that its cost follows from the size of the picture. The same
 * names mean the same in `@gvpie/raster`. With them, the program and its list of commands take less than two frames and
 * 64 MiB, next to the two frames that are compared. They hold for each frame of an animation, among which the costs that do not
 * follow from the size are divided.
 *
 * @param pixels of the picture.
 * @param frames of the animation; 1 for a still picture.
 * @throws as `resolveLimits` does.
 */
export function renderLimits(
  pixels: number,
  given: Partial<RenderLimits> | undefined,
  frames = 1,
): RenderLimits {
  const share = (cost: number, least: number) => Math.max(least, Math.floor(cost / frames));
  const defaults: RenderLimits = {
    // A renderer compares it with the pixels of all frames.
    pixels: Math.max(MIN_PIXELS, pixels * frames),
    instructions: Math.min(Math.max(MIN_INSTRUCTIONS, pixels), 1_000_000),
    glyphs: Math.min(share(MIN_PIXELS, MIN_FRAME_GLYPHS) + pixels, 4_000_000),
    // At 16,777,216 pixels this is 2³⁰, the default of `@gvpie/raster`.
    paintedPixels: share(2 ** 26, MIN_FRAME_PAINTED) + 60 * pixels,
    commands: Math.max(share(MIN_COMMANDS, MIN_FRAME_COMMANDS), Math.floor(pixels * 0.12)),
    fuel: 1_000_000,
  };
  return override("renderLimits", defaults, given);
}
