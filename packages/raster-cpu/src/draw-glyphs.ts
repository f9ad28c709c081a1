import { GLYPH_ADVANCE } from "@gvpie/glyph-rom";
import type { DrawList } from "@gvpie/raster";

import { blendOnto, prepareBlend } from "./blend.ts";
import { fillRect } from "./fill-rect.ts";
import { AT_ONCE, GLYPH_PIXELS, glyphOffsets } from "./glyph-pixels.ts";
import { endOfWholeGlyphs, firstWholeGlyph, forEachSquare } from "./glyph-run.ts";

const { starts, ends } = GLYPH_PIXELS;

/**
 * Paints the run of glyphs whose command starts at word `at`, where it lies inside its clip box.
 *
 * @param words one packed colour a pixel, as many a row as the list is wide.
 */
export function drawGlyphs(words: Uint32Array, list: DrawList, at: number): void {
  const first = list.commands[at + 8] as number;
  const end = first + (list.commands[at + 9] as number);
  const from = firstWholeGlyph(list, at);
  const to = endOfWholeGlyphs(list, at);
  if (from >= to) {
    drawCut(words, list, at, first, end);
    return;
  }
  if (first < from) drawCut(words, list, at, first, from);
  drawWhole(words, list, at, from, to);
  if (to < end) drawCut(words, list, at, to, end);
}

/** Draws glyphs of any size, as far as the clip box shows them. */
function drawCut(words: Uint32Array, list: DrawList, at: number, from: number, to: number): void {
  const { width: stride } = list;
  const color = (list.commands[at + 1] as number) >>> 0;
  forEachSquare(list, at, from, to, (left, top, right, bottom) => {
    fillRect(words, stride, color, left, top, right, bottom);
  });
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
  const x = (commands[at + 6] as number) + (from - (commands[at + 8] as number)) * GLYPH_ADVANCE;
  const corner = (commands[at + 7] as number) * width + x;
  const offsets = glyphOffsets(width);
  if (color >>> 24 === 255) replaceWhole(words, color, corner, offsets, glyphs, from, to);
  else blendWhole(words, color, corner, offsets, glyphs, from, to);
}

function replaceWhole(
  words: Uint32Array,
  color: number,
  corner: number,
  offsets: Int32Array,
  glyphs: Uint16Array,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++, corner += GLYPH_ADVANCE) {
    const glyph = glyphs[i] as number;
    const end = starts[glyph + 1] as number;
    for (let k = starts[glyph] as number; k < end; k += AT_ONCE) {
      words[corner + (offsets[k] as number)] = color;
      words[corner + (offsets[k + 1] as number)] = color;
      words[corner + (offsets[k + 2] as number)] = color;
      words[corner + (offsets[k + 3] as number)] = color;
    }
  }
}

/** Where a pixel equals the one before it, as on a plain ground, so does the result. */
function blendWhole(
  words: Uint32Array,
  color: number,
  corner: number,
  offsets: Int32Array,
  glyphs: Uint16Array,
  from: number,
  to: number,
): void {
  const blend = prepareBlend(color);
  let before = -1;
  let blended = 0;
  for (let i = from; i < to; i++, corner += GLYPH_ADVANCE) {
    const glyph = glyphs[i] as number;
    const end = ends[glyph] as number;
    for (let k = starts[glyph] as number; k < end; k++) {
      const p = corner + (offsets[k] as number);
      const target = words[p] as number;
      if (target !== before) {
        before = target;
        blended = blendOnto(target, blend);
      }
      words[p] = blended;
    }
  }
}
