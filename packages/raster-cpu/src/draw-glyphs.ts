import { GLYPH_ADVANCE, GLYPH_HEIGHT, GLYPH_WIDTH } from "@gvpie/glyph-rom";
import type { DrawList } from "@gvpie/raster";

import { fillRect } from "./fill-rect.ts";
import { GLYPH_PIXELS } from "./glyph-pixels.ts";

const { starts, pixels } = GLYPH_PIXELS;

/**
 * Paints the run of glyphs whose command starts at word `at`, where it lies inside its clip box.
 *
 * @param words one packed colour a pixel, as many a row as the list is wide.
 */
export function drawGlyphs(words: Uint32Array, list: DrawList, at: number): void {
  const { commands, glyphs, width: stride } = list;
  const color = (commands[at + 1] as number) >>> 0;
  const left = commands[at + 2] as number;
  const top = commands[at + 3] as number;
  const right = commands[at + 4] as number;
  const bottom = commands[at + 5] as number;
  const y = commands[at + 7] as number;
  const first = commands[at + 8] as number;
  const end = first + (commands[at + 9] as number);
  const scale = commands[at + 10] as number;

  const isPlain = scale === 1 && color >>> 24 === 255;
  const isWholeInY = y >= top && y + GLYPH_HEIGHT <= bottom;
  let x = commands[at + 6] as number;
  for (let i = first; i < end; i++, x += GLYPH_ADVANCE * scale) {
    const glyph = glyphs[i] as number;
    const last = starts[glyph + 1] as number;
    if (isPlain && isWholeInY && x >= left && x + GLYPH_WIDTH <= right) {
      const corner = y * stride + x;
      for (let k = starts[glyph] as number; k < last; k++) {
        const pixel = pixels[k] as number;
        words[corner + (pixel >> 8) * stride + (pixel & 255)] = color;
      }
      continue;
    }
    for (let k = starts[glyph] as number; k < last; k++) {
      const pixel = pixels[k] as number;
      const px = x + (pixel & 255) * scale;
      const py = y + (pixel >> 8) * scale;
      const l = Math.max(px, left);
      const t = Math.max(py, top);
      const r = Math.min(px + scale, right);
      const b = Math.min(py + scale, bottom);
      if (l < r && t < b) fillRect(words, stride, color, l, t, r, b);
    }
  }
}
