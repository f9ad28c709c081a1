import { GLYPH_ADVANCE, GLYPH_HEIGHT } from "@gvpie/glyph-rom";
import type { DrawList } from "@gvpie/raster";

import { GLYPH_PIXELS } from "./glyph-pixels.ts";

const { starts, ends, pixels } = GLYPH_PIXELS;

/** Of the run whose command starts at word `at`: the first glyph of the font's own size that the clip box does not cut. */
export function firstWholeGlyph({ commands }: DrawList, at: number): number {
  const cutOff = (commands[at + 2] as number) - (commands[at + 6] as number);
  return (commands[at + 8] as number) + Math.max(0, Math.ceil(cutOff / GLYPH_ADVANCE));
}

/** The glyph after the last one that is not cut; not above the first one where there is none. */
export function endOfWholeGlyphs({ commands }: DrawList, at: number): number {
  const y = commands[at + 7] as number;
  const first = commands[at + 8] as number;
  const isCut =
    commands[at + 10] !== 1 ||
    y < (commands[at + 3] as number) ||
    y + GLYPH_HEIGHT > (commands[at + 5] as number);
  if (isCut) return first;
  // The column after a glyph is empty, so it need not fit.
  const room = (commands[at + 4] as number) + 1 - (commands[at + 6] as number);
  return first + Math.min(commands[at + 9] as number, Math.floor(room / GLYPH_ADVANCE));
}

/** Gives each pixel of the glyphs `from` … `to`, exclusive, a square of side `scale`, as far as the clip box shows it. */
export function forEachSquare(
  { commands, glyphs }: DrawList,
  at: number,
  from: number,
  to: number,
  paint: (left: number, top: number, right: number, bottom: number) => void,
): void {
  const left = commands[at + 2] as number;
  const top = commands[at + 3] as number;
  const right = commands[at + 4] as number;
  const bottom = commands[at + 5] as number;
  const y = commands[at + 7] as number;
  const scale = commands[at + 10] as number;
  let x = (commands[at + 6] as number) + (from - (commands[at + 8] as number)) * GLYPH_ADVANCE * scale;
  for (let i = from; i < to; i++, x += GLYPH_ADVANCE * scale) {
    const glyph = glyphs[i] as number;
    const end = ends[glyph] as number;
    for (let k = starts[glyph] as number; k < end; k++) {
      const pixel = pixels[k] as number;
      const px = x + (pixel & 255) * scale;
      const py = y + (pixel >> 8) * scale;
      const l = Math.max(px, left);
      const t = Math.max(py, top);
      const r = Math.min(px + scale, right);
      const b = Math.min(py + scale, bottom);
      if (l < r && t < b) paint(l, t, r, b);
    }
  }
}
