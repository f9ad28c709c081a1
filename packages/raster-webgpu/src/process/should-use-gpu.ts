import type { Program } from "@gvpie/pxl-parser";
import {
  DEFAULT_HEIGHT,
  DEFAULT_WIDTH,
  HARD_LIMITS,
  lowerProgram,
  RasterError,
  type RenderOptions,
} from "@gvpie/raster";

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
  const { width = DEFAULT_WIDTH, height = DEFAULT_HEIGHT, background, params } = options;
  if (width * height < minPixels) return false;
  const paintedPixels = Math.min(Math.ceil(minLayers * width * height) - 1, HARD_LIMITS.paintedPixels);
  if (paintedPixels < 1) return true;
  if (typeof program === "string" && program.length > MAX_CODE_UNITS) return false;
  try {
    lowerProgram(program, { width, height, background, params, limits: { ...EXAMINED, paintedPixels } });
    return false;
  } catch (error) {
    return error instanceof RasterError && error.code === "RASTER_LIMIT_PAINTED";
  }
}
