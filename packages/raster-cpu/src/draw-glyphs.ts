import { GLYPH_ADVANCE } from "@gvpie/glyph-rom";
import type { DrawList } from "@gvpie/raster";

import { blendOnto, prepareBlend } from "./blend.ts";
import { fillRect } from "./fill-rect.ts";
import { GLYPH_PIXELS, glyphOffsets } from "./glyph-pixels.ts";
import { endOfWholeGlyphs, firstWholeGlyph, forEachSquare } from "./glyph-run.ts";

const { starts } = GLYPH_PIXELS;

/**
 * Paints the run of glyphs whose command starts at word `at`, where it lies inside its clip box.
 *
 * @param words one packed colour a pixel, as many a row as the list is wide.
 */
export function drawGlyphs(words: Uint32Array, list: DrawList, at: number): void {
  const { commands, width: stride } = list;
  const color = (commands[at + 1] as number) >>> 0;
  const first = commands[at + 8] as number;
  const end = first + (commands[at + 9] as number);
  const from = firstWholeGlyph(list, at);
  const to = endOfWholeGlyphs(list, at);
  if (from < to) drawWhole(words, list, at, from, to);
  if (from === first && to === end) return;

  const fill = (left: number, top: number, right: number, bottom: number) => {
    fillRect(words, stride, color, left, top, right, bottom);
  };
  if (from >= to) {
    forEachSquare(list, at, first, end, fill);
  } else {
    forEachSquare(list, at, first, from, fill);
    forEachSquare(list, at, to, end, fill);
  }
}

/** Draws glyphs that nothing cuts, of the font's own size. */
function drawWhole(
  words: Uint32Array,
  { commands, glyphs, width }: DrawList,
  at: number,
  from: number,
  to: number,
): void {
  const color = (commands[at + 1] as number) >>> 0;
  const offsets = glyphOffsets(width);
  const x = (commands[at + 6] as number) + (from - (commands[at + 8] as number)) * GLYPH_ADVANCE;
  let corner = (commands[at + 7] as number) * width + x;
  const blend = color >>> 24 === 255 ? undefined : prepareBlend(color);
  for (let i = from; i < to; i++, corner += GLYPH_ADVANCE) {
    const glyph = glyphs[i] as number;
    const last = starts[glyph + 1] as number;
    if (blend === undefined) {
      for (let k = starts[glyph] as number; k < last; k++) words[corner + (offsets[k] as number)] = color;
      continue;
    }
    for (let k = starts[glyph] as number; k < last; k++) {
      const p = corner + (offsets[k] as number);
      words[p] = blendOnto(words[p] as number, blend);
    }
  }
}
