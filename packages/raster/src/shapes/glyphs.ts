import { type Font, type FontName, measureText } from "@gvpie/glyph-rom";

import type { DrawListBuilder } from "../draw-list.ts";

/** Boxes that cover the set pixels of a glyph, each pixel once: left, top, right and bottom of each, half-open. */
type Boxes = readonly number[];

/** The boxes of the glyphs that were drawn, by font and glyph index. */
const KNOWN = new Map<FontName, (Boxes | undefined)[]>();

/**
 * Draws one line of text in a font that the backends do not have, as rectangles; (`x`, `y`) is the top-left corner of its
 * first glyph. Counts glyphs and painted pixels as {@link DrawListBuilder.text} does.
 */
export function drawGlyphs(
  list: DrawListBuilder,
  x: number,
  y: number,
  text: string,
  { font, scale, color }: { readonly font: Font; readonly scale: number; readonly color: number },
): void {
  const length = measureText(text).glyphs;
  list.countGlyphs(length);
  const advance = font.advance * scale;
  const glyphWidth = font.width * scale;
  // As in `DrawListBuilder.text`: the first visible glyph, and the one after the last visible one.
  const from = Math.max(Math.floor((list.left - x - glyphWidth) / advance) + 1, 0);
  const to = Math.min(Math.ceil((list.right - x) / advance), length);
  const left = Math.max(x + from * advance, list.left);
  const right = Math.min(x + (to - 1) * advance + glyphWidth, list.right);
  const top = Math.max(y, list.top);
  const bottom = Math.min(y + font.height * scale, list.bottom);
  if (from >= to || top >= bottom) return;
  list.countPainted(left, top, right, bottom);

  for (let unit = 0, i = 0; i < to; unit++, i++) {
    const codePoint = text.codePointAt(unit) ?? 0;
    if (codePoint > 0xffff) unit++;
    if (i < from) continue;
    const glyphX = x + i * advance;
    const boxes = boxesOf(font, codePoint);
    for (let at = 0; at < boxes.length; at += 4) {
      const boxLeft = Math.max(glyphX + (boxes[at] as number) * scale, left);
      const boxTop = Math.max(y + (boxes[at + 1] as number) * scale, top);
      const boxRight = Math.min(glyphX + (boxes[at + 2] as number) * scale, right);
      const boxBottom = Math.min(y + (boxes[at + 3] as number) * scale, bottom);
      if (boxLeft < boxRight && boxTop < boxBottom) {
        list.fillCounted(boxLeft, boxTop, boxRight, boxBottom, color);
      }
    }
  }
}

function boxesOf(font: Font, codePoint: number): Boxes {
  let known = KNOWN.get(font.name);
  if (known === undefined) KNOWN.set(font.name, (known = []));
  const index = font.glyphIndex(codePoint);
  return (known[index] ??= coverGlyph(font.glyphFor(codePoint).rows, font.width));
}

/**
 * Covers the set pixels of a glyph with boxes, each pixel once. A box joins equal runs of adjacent rows, or of adjacent
 * columns if that gives fewer boxes.
 */
export function coverGlyph(rows: readonly number[], width: number): Boxes {
  const columns = Array.from({ length: width }, (_, x) =>
    rows.reduce((bits, row) => bits * 2 + ((row >> (width - 1 - x)) & 1), 0),
  );
  const across = coverRuns(rows, width);
  const down = coverRuns(columns, rows.length);
  return across.length <= down.length
    ? across.flatMap(({ from, end, first, last }) => [from, first, end, last])
    : down.flatMap(({ from, end, first, last }) => [first, from, last, end]);
}

interface Runs {
  /** Pixels of the line. */
  readonly from: number;
  readonly end: number;
  /** Lines. */
  readonly first: number;
  last: number;
}

/** Finds the runs of set bits in each line, the highest of `length` bits first, and joins equal runs of adjacent lines. */
function coverRuns(lines: readonly number[], length: number): Runs[] {
  const found: Runs[] = [];
  let above: Runs[] = [];
  for (const [number, bits] of lines.entries()) {
    const here: Runs[] = [];
    for (const run of bits.toString(2).padStart(length, "0").matchAll(/1+/g)) {
      const from = run.index;
      const end = from + run[0].length;
      const joined = above.find((other) => other.from === from && other.end === end);
      const runs = joined ?? { from, end, first: number, last: number };
      runs.last = number + 1;
      if (joined === undefined) found.push(runs);
      here.push(runs);
    }
    above = here;
  }
  return found;
}
