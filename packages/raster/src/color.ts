import { RasterError } from "./errors.ts";

/** Opaque white, the colour of everything drawn. */
export const WHITE = 0xff_ff_ff_ff;
/** Opaque black, the default background. */
export const BLACK = 0xff_00_00_00;

const HEX_DIGITS = /^#[0-9a-f]+$/i;

/**
 * A colour as `r | g << 8 | b << 16 | a << 24`, unsigned: the byte order of a frame read as little-endian words.
 *
 * @param text `#rgb`, `#rrggbb` or `#rrggbbaa`, in either case; alpha is 255 where it is left out.
 * @throws {RasterError} `RASTER_BAD_COLOR` for anything else.
 */
export function parseColor(text: string): number {
  if (typeof text === "string" && text.length <= 9 && HEX_DIGITS.test(text)) {
    const value = Number.parseInt(text.slice(1), 16);
    if (text.length === 4) return pack((value >> 8) * 17, ((value >> 4) & 15) * 17, (value & 15) * 17, 255);
    if (text.length === 7) return pack(value >> 16, (value >> 8) & 255, value & 255, 255);
    if (text.length === 9) return pack(value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255);
  }
  const found = typeof text === "string" ? JSON.stringify(text.slice(0, 20)) : typeof text;
  throw new RasterError("RASTER_BAD_COLOR", `a colour is #rgb, #rrggbb or #rrggbbaa, got ${found}`);
}

/** The colour as `#rrggbbaa`, in lower case. */
export function formatColor(color: number): string {
  const bigEndian =
    ((color & 255) << 24) | ((color & 0xff00) << 8) | ((color >> 8) & 0xff00) | ((color >> 24) & 255);
  return `#${(bigEndian >>> 0).toString(16).padStart(8, "0")}`;
}

function pack(r: number, g: number, b: number, a: number): number {
  return (r | (g << 8) | (b << 16) | (a << 24)) >>> 0;
}
