import { checkOptions, describeValue } from "@gvpie/pxl-parser";

import { RasterError, type RasterErrorCode } from "./errors.ts";
import type { Limits } from "./types.ts";

/** The limits of a render if the caller gives none. */
export const DEFAULT_LIMITS: Limits = Object.freeze({
  pixels: 16_777_216,
  instructions: 1_000_000,
  glyphs: 4_000_000,
  paintedPixels: 2 ** 30,
  commands: 4_000_000,
  fuel: 1_000_000,
  frames: 1000,
});

/** The greatest limits that a caller may set. */
export const HARD_LIMITS: Limits = Object.freeze({
  pixels: 67_108_864,
  instructions: 4_000_000,
  glyphs: 16_000_000,
  paintedPixels: 2 ** 32,
  commands: 16_000_000,
  fuel: 100_000_000,
  frames: 65_535,
});

const LIMIT_NAMES: ReadonlySet<string> = new Set(Object.keys(DEFAULT_LIMITS));

/** The error code of each limit, and the plural of the counted unit. */
const EXCEEDED: Record<keyof Limits, readonly [RasterErrorCode, string]> = {
  pixels: ["RASTER_LIMIT_PIXELS", "pixels of the canvas"],
  instructions: ["RASTER_LIMIT_INSTRUCTIONS", "instructions"],
  glyphs: ["RASTER_LIMIT_GLYPHS", "glyphs"],
  paintedPixels: ["RASTER_LIMIT_PAINTED", "painted pixels"],
  commands: ["RASTER_LIMIT_COMMANDS", "draw commands"],
  fuel: ["RASTER_LIMIT_FUEL", "steps"],
  frames: ["RASTER_LIMIT_FRAMES", "frames"],
};

/**
 * Returns the caller's limits, and {@link DEFAULT_LIMITS} for those left out.
 *
 * @throws {RangeError} if a limit is not an integer from 0 to that of {@link HARD_LIMITS}.
 * @throws {TypeError} if `given` is not a plain object or has an unknown name.
 */
export function resolveLimits(given?: Partial<Limits>): Limits {
  if (given === undefined) return DEFAULT_LIMITS;
  checkOptions("limits", given, LIMIT_NAMES);
  return {
    pixels: resolveLimit("pixels", given.pixels),
    instructions: resolveLimit("instructions", given.instructions),
    glyphs: resolveLimit("glyphs", given.glyphs),
    paintedPixels: resolveLimit("paintedPixels", given.paintedPixels),
    commands: resolveLimit("commands", given.commands),
    fuel: resolveLimit("fuel", given.fuel),
    frames: resolveLimit("frames", given.frames),
  };
}

function resolveLimit(name: keyof Limits, value: number | undefined): number {
  if (value === undefined) return DEFAULT_LIMITS[name];
  if (!Number.isInteger(value) || value < 0 || value > HARD_LIMITS[name]) {
    throw new RangeError(
      `expected limits.${name} as an integer from 0 to ${HARD_LIMITS[name]}, got ${describeValue(value)}`,
    );
  }
  return value;
}

/** @throws {RasterError} with the code of the limit if `value` is above it. */
export function checkLimit(name: keyof Limits, value: number, limits: Limits): void {
  if (value > limits[name]) throw exceeded(name, value, limits);
}

/** Returns the failure of a limit that `value` is above. */
export function exceeded(name: keyof Limits, value: number, limits: Limits): RasterError {
  const [code, counted] = EXCEEDED[name];
  return new RasterError(
    code,
    `expected at most ${limits[name]} ${counted} (limits.${name}), got at least ${value}`,
  );
}
