import { blendPixel } from "@gvpie/raster";

/** A translucent colour, made ready to be painted over many pixels. */
export interface Blend {
  /** Packed. */
  readonly color: number;
  /** 255 less its alpha. */
  readonly rest: number;
  /** Its red and blue times its alpha, and ½, in the places that they have in a word. */
  readonly redBlue: number;
  /** Its green times its alpha, and ½. */
  readonly green: number;
}

export function prepareBlend(color: number): Blend {
  const alpha = color >>> 24;
  return {
    color,
    rest: 255 - alpha,
    redBlue: Math.imul(color & 0xff00ff, alpha) + 0x800080,
    green: ((color >>> 8) & 255) * alpha + 0x80,
  };
}

/**
 * What `blendPixel(target, color)` gives, sooner where the target is opaque.
 *
 * There it is, channel by channel, `u = s·a + d·(255 − a) + 128, (u + (u >> 8)) >> 8`. As `u` has at most 16 bits, red and
 * blue are computed together in one word.
 */
export function blendOnto(target: number, { color, rest, redBlue, green }: Blend): number {
  if (target >>> 24 !== 255) return blendPixel(target, color);
  const rb = (Math.imul(target & 0xff00ff, rest) + redBlue) >>> 0;
  const g = ((target >>> 8) & 255) * rest + green;
  return (((rb + ((rb >>> 8) & 0xff00ff)) >>> 8) & 0xff00ff) | ((g + (g >>> 8)) & 0xff00) | 0xff000000;
}
