import type { Program } from "@gvpie/pxl-parser";
import {
  DEFAULT_HEIGHT,
  DEFAULT_WIDTH,
  HARD_LIMITS,
  lowerProgram,
  RasterError,
  type RenderOptions,
} from "@gvpie/raster";

/** UTF-16 code units of a source that is looked at: reading a longer one takes too long. */
const MOST_CODE_UNITS = 65_536;
/** How much of a program is looked at; with more it is worth a GPU. A few milliseconds at most. */
const LOOKED_AT = {
  pixels: HARD_LIMITS.pixels,
  instructions: 8192,
  glyphs: 65_536,
  commands: 65_536,
  fuel: 65_536,
} as const;

/**
 * Whether a program paints its canvas at least `layers` times over, or is too long to tell at a glance. A wrong program
 * is not worth a GPU.
 */
export function paintsLayers(program: string | Program, options: RenderOptions, layers: number): boolean {
  const { width = DEFAULT_WIDTH, height = DEFAULT_HEIGHT, background, params } = options;
  const paintedPixels = Math.min(Math.ceil(layers * width * height) - 1, HARD_LIMITS.paintedPixels);
  if (paintedPixels < 1 || (typeof program === "string" && program.length > MOST_CODE_UNITS)) return true;
  try {
    lowerProgram(program, { width, height, background, params, limits: { ...LOOKED_AT, paintedPixels } });
    return false;
  } catch (error) {
    return error instanceof RasterError && error.code.startsWith("RASTER_LIMIT_");
  }
}
