import { GLYPH_ADVANCE } from "@gvpie/glyph-rom";
import type { DrawList } from "@gvpie/raster";

import { blendOnto, prepareBlend } from "./blend.ts";
import { fillRect } from "./fill-rect.ts";
import { GLYPH_PIXELS, glyphOffsets, UNROLL } from "./glyph-pixels.ts";
import { forEachClippedRect, type GlyphRun, hasClippedGlyphs, readGlyphRun } from "./glyph-run.ts";

const { starts, ends } = GLYPH_PIXELS;

/**
 * Paints the run of glyphs at word `at` of the commands, clipped to its clip box.
 *
 * @param words one packed colour a pixel, `list.width` a row.
 */
export function drawGlyphs(words: Uint32Array, list: DrawList, at: number): void {
  const run = readGlyphRun(list.commands, at);
  if (run.unclippedStart < run.unclippedEnd) {
    if (run.color >>> 24 === 255) drawOpaque(words, list, run);
    else drawTranslucent(words, list, run);
  }
  if (hasClippedGlyphs(run)) drawClipped(words, list, run);
}

function drawClipped(words: Uint32Array, list: DrawList, run: GlyphRun): void {
  const color = run.color >>> 0;
  forEachClippedRect(list, run, (left, top, right, bottom) => {
    fillRect(words, list.width, color, left, top, right, bottom);
  });
}

/** Paints the unclipped glyphs of an opaque run. */
function drawOpaque(words: Uint32Array, { glyphs, width }: DrawList, run: GlyphRun): void {
  const { unclippedStart, unclippedEnd } = run;
  const color = run.color >>> 0;
  const offsets = glyphOffsets(width);
  let corner = run.y * width + run.unclippedX;
  for (let i = unclippedStart; i < unclippedEnd; i++, corner += GLYPH_ADVANCE) {
    const glyph = glyphs[i] as number;
    const end = starts[glyph + 1] as number;
    for (let k = starts[glyph] as number; k < end; k += UNROLL) {
      words[corner + (offsets[k] as number)] = color;
      words[corner + (offsets[k + 1] as number)] = color;
      words[corner + (offsets[k + 2] as number)] = color;
      words[corner + (offsets[k + 3] as number)] = color;
    }
  }
}

/** Paints the unclipped glyphs of a translucent run. */
function drawTranslucent(words: Uint32Array, { glyphs, width }: DrawList, run: GlyphRun): void {
  const { unclippedStart, unclippedEnd } = run;
  const blend = prepareBlend(run.color >>> 0);
  const offsets = glyphOffsets(width);
  let corner = run.y * width + run.unclippedX;
  // Adjacent pixels are often equal; then so are the results.
  let before = -1;
  let blended = 0;
  for (let i = unclippedStart; i < unclippedEnd; i++, corner += GLYPH_ADVANCE) {
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
