import { RasterError, type RasterErrorCode } from "./errors.ts";
import type { Limits } from "./types.ts";

/** What a render may cost unless the caller says otherwise. */
export const DEFAULT_LIMITS: Limits = {
  pixels: 16_777_216,
  instructions: 1_000_000,
  glyphs: 4_000_000,
  paintedPixels: 2 ** 30,
  commands: 4_000_000,
  fuel: 1_000_000,
};

/** The most that a caller may allow. */
export const HARD_LIMITS: Limits = {
  pixels: 67_108_864,
  instructions: 4_000_000,
  glyphs: 16_000_000,
  paintedPixels: 2 ** 32,
  commands: 16_000_000,
  fuel: 100_000_000,
};

/** The error that exceeding a limit gives, and the name of what is counted. */
const EXCEEDED: Record<keyof Limits, readonly [RasterErrorCode, string]> = {
  pixels: ["RASTER_LIMIT_PIXELS", "pixels of the canvas"],
  instructions: ["RASTER_LIMIT_INSTRUCTIONS", "instructions"],
  glyphs: ["RASTER_LIMIT_GLYPHS", "glyphs"],
  paintedPixels: ["RASTER_LIMIT_PAINTED", "painted pixels"],
  commands: ["RASTER_LIMIT_COMMANDS", "draw commands"],
  fuel: ["RASTER_LIMIT_FUEL", "steps"],
};

/**
 * The limits of a render: what the caller gave over {@link DEFAULT_LIMITS}.
 *
 * @throws {RangeError} when a limit is no integer or lies outside 0 … {@link HARD_LIMITS}.
 */
export function resolveLimits(given?: Partial<Limits>): Limits {
  if (given === undefined) return DEFAULT_LIMITS;
  return {
    pixels: resolveLimit("pixels", given.pixels),
    instructions: resolveLimit("instructions", given.instructions),
    glyphs: resolveLimit("glyphs", given.glyphs),
    paintedPixels: resolveLimit("paintedPixels", given.paintedPixels),
    commands: resolveLimit("commands", given.commands),
    fuel: resolveLimit("fuel", given.fuel),
  };
}

function resolveLimit(name: keyof Limits, value: number | undefined): number {
  if (value === undefined) return DEFAULT_LIMITS[name];
  if (!Number.isInteger(value) || value < 0 || value > HARD_LIMITS[name]) {
    throw new RangeError(`limits.${name} must be an integer from 0 to ${HARD_LIMITS[name]}, got ${value}`);
  }
  return value;
}

/** @throws {RasterError} with the code of that limit when `value` is above it. */
export function checkLimit(name: keyof Limits, value: number, limits: Limits): void {
  if (value <= limits[name]) return;
  const [code, counted] = EXCEEDED[name];
  throw new RasterError(code, `${value} ${counted} or more, but limits.${name} is ${limits[name]}`);
}
