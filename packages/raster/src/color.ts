import { describeValue, readHexColor } from "@gvpie/pxl-parser";

import { RasterError } from "./errors.ts";

/** Opaque white, the colour of the pen at the start of a program. */
export const WHITE = 0xff_ff_ff_ff;
/** Opaque black, the default background. */
export const BLACK = 0xff_00_00_00;

/**
 * Reads a colour as `r | g << 8 | b << 16 | a << 24`, unsigned: the byte order of a frame read as little-endian words.
 *
 * @param text `#rgb`, `#rrggbb` or `#rrggbbaa`, in either case; alpha is 255 if it is left out.
 * @throws {RasterError} `RASTER_BAD_COLOR` for anything else, the colour names of programs included.
 */
export function parseColor(text: string): number {
  const color = typeof text === "string" ? readHexColor(text) : undefined;
  if (color !== undefined) return packColor(color);
  const found = typeof text === "string" ? JSON.stringify(text.slice(0, 20)) : describeValue(text);
  throw new RasterError("RASTER_BAD_COLOR", `expected a colour as #rgb, #rrggbb or #rrggbbaa, got ${found}`);
}

/**
 * Writes a colour as `#rrggbbaa`, in lower case.
 *
 * @param color packed, as `parseColor` returns it.
 * @throws {RangeError} unless `color` is an integer of 32 bits, signed or unsigned.
 */
export function formatColor(color: number): string {
  if (!Number.isInteger(color) || color < -(2 ** 31) || color >= 2 ** 32) {
    throw new RangeError(`expected a packed colour as an integer of 32 bits, got ${describeValue(color)}`);
  }
  return `#${packColor(color).toString(16).padStart(8, "0")}`;
}

/** Converts the parser's 0xRRGGBBAA to the byte order of a frame, or back. */
export function packColor(color: number): number {
  return ((color >>> 24) | ((color >>> 8) & 0xff00) | ((color << 8) & 0xff_00_00) | (color << 24)) >>> 0;
}
