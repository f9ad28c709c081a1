import type { Program } from "@gvpie/pxl-parser";
import { HARD_LIMITS, lowerProgram, prepareFrames, RasterError, type RenderOptions } from "@gvpie/raster";

import type { ProcessRasterizerOptions } from "./types.ts";

/** UTF-16 code units of the longest source that is examined. */
const MAX_CODE_UNITS = 2 ** 18;
/** Limits of the examination, so that it takes a few milliseconds at most. */
const EXAMINED = {
  pixels: HARD_LIMITS.pixels,
  instructions: 16_384,
  glyphs: 65_536,
  commands: 65_536,
  fuel: 65_536,
  frames: HARD_LIMITS.frames,
} as const;

/**
 * True if the canvas has `minPixels`, and the program is known to paint it `minLayers` times over. False for programs
 * with errors and for those above the limits of the examination.
 */
export function shouldUseGpu(
  program: string | Program,
  options: RenderOptions,
  { minPixels = 0, minLayers = 0 }: Pick<ProcessRasterizerOptions, "minPixels" | "minLayers">,
): boolean {
  const { width, height, frame, background, params } = options;
  const given = { width, height, background, params };
  const isTooLong = typeof program === "string" && program.length > MAX_CODE_UNITS;
  let pixels: number;
  if (width !== undefined && height !== undefined) {
    pixels = width * height;
  } else {
    // The program may set the canvas.
    if (minPixels <= 1 && minLayers <= 0) return true;
    if (isTooLong) return false;
    const canvas = canvasOf(program, given);
    if (canvas === undefined) return false;
    pixels = canvas.width * canvas.height;
  }
  if (pixels < minPixels) return false;
  const paintedPixels = Math.min(Math.ceil(minLayers * pixels) - 1, HARD_LIMITS.paintedPixels);
  if (paintedPixels < 1) return true;
  if (isTooLong) return false;
  try {
    lowerProgram(program, { ...given, frame, limits: { ...EXAMINED, paintedPixels } });
    return false;
  } catch (error) {
    return error instanceof RasterError && error.code === "RASTER_LIMIT_PAINTED";
  }
}

/** Returns the canvas of a program; undefined if it has errors or is above the limits of the examination. */
function canvasOf(
  program: string | Program,
  options: RenderOptions,
): { readonly width: number; readonly height: number } | undefined {
  try {
    return prepareFrames(program, { ...options, limits: EXAMINED });
  } catch {
    return undefined;
  }
}
