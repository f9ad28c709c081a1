import { GLYPH_ADVANCE, GLYPH_HEIGHT } from "@gvpie/glyph-rom";
import { COMMAND_STRIDE, type DrawList, KIND_RECT } from "@gvpie/raster";

import { endOfWholeGlyphs, firstWholeGlyph, forEachSquare } from "./glyph-run.ts";
import { MIRRORED_ROWS } from "./mirrored-rows.ts";

/** As many as fit in a word: the rows of a run are put together before they are set. */
const GLYPHS_AT_ONCE = 5;

/**
 * Paints the commands from number `from` on, all of them in one opaque colour.
 *
 * Their order does not matter then, so they are collected in a plane of one bit a pixel, up to 32 pixels at once, and the
 * set bits are painted at the end: each pixel once, however often it is drawn.
 */
export function paintPlane(list: DrawList, words: Uint32Array, from: number): void {
  const { commands, count, width, height } = list;
  const stride = (width + 31) >> 5;
  const plane = new Int32Array(stride * height);
  for (let i = from, at = from * COMMAND_STRIDE; i < count; i++, at += COMMAND_STRIDE) {
    if (commands[at] === KIND_RECT) setRect(plane, stride, list, at);
    else setGlyphs(plane, stride, list, at);
  }
  const color = (commands[from * COMMAND_STRIDE + 1] as number) >>> 0;
  for (let y = 0; y < height; y++) paintRow(plane, y * stride, stride, words, y * width, color);
}

/** Sets the bits of the rectangle whose command starts at word `at`. */
export function setRect(plane: Int32Array, stride: number, { commands }: DrawList, at: number): void {
  setBits(
    plane,
    stride,
    commands[at + 2] as number,
    commands[at + 3] as number,
    commands[at + 4] as number,
    commands[at + 5] as number,
  );
}

/** Sets the bits of a half-open rectangle. */
function setBits(
  plane: Int32Array,
  stride: number,
  left: number,
  top: number,
  right: number,
  bottom: number,
): void {
  const first = left >> 5;
  const last = (right - 1) >> 5;
  const head = -1 << (left & 31);
  const tail = -1 >>> (-right & 31);
  for (let y = top, row = top * stride; y < bottom; y++, row += stride) {
    if (first === last) {
      plane[row + first] = (plane[row + first] as number) | (head & tail);
      continue;
    }
    plane[row + first] = (plane[row + first] as number) | head;
    for (let at = row + first + 1; at < row + last; at++) plane[at] = -1;
    plane[row + last] = (plane[row + last] as number) | tail;
  }
}

/** Sets the bits of the glyphs whose command starts at word `at`. */
export function setGlyphs(plane: Int32Array, stride: number, list: DrawList, at: number): void {
  const from = firstWholeGlyph(list, at);
  const to = endOfWholeGlyphs(list, at);
  if (from < to) setWhole(plane, stride, list, at, from, to);
  setOthers(plane, stride, list, at, from, to);
}

/** Sets the bits of a run's glyphs before `from` and from `to` on, or of all where there are none between. */
export function setOthers(
  plane: Int32Array,
  stride: number,
  list: DrawList,
  at: number,
  from: number,
  to: number,
): void {
  const first = list.commands[at + 8] as number;
  const end = first + (list.commands[at + 9] as number);
  if (from === first && to === end) return;
  const set = (left: number, top: number, right: number, bottom: number) => {
    setBits(plane, stride, left, top, right, bottom);
  };
  if (from >= to) {
    forEachSquare(list, at, first, end, set);
  } else {
    forEachSquare(list, at, first, from, set);
    forEachSquare(list, at, to, end, set);
  }
}

/** Sets the bits of glyphs that nothing cuts, of the font's own size. */
function setWhole(
  plane: Int32Array,
  stride: number,
  { commands, glyphs }: DrawList,
  at: number,
  from: number,
  to: number,
): void {
  const top = (commands[at + 7] as number) * stride;
  let x = (commands[at + 6] as number) + (from - (commands[at + 8] as number)) * GLYPH_ADVANCE;
  for (let i = from; i < to; x += GLYPHS_AT_ONCE * GLYPH_ADVANCE) {
    // One variable a row, not an array of seven: they stay in registers.
    let row0 = 0;
    let row1 = 0;
    let row2 = 0;
    let row3 = 0;
    let row4 = 0;
    let row5 = 0;
    let row6 = 0;
    const end = Math.min(i + GLYPHS_AT_ONCE, to);
    for (let shift = 0; i < end; i++, shift += GLYPH_ADVANCE) {
      const rows = (glyphs[i] as number) * GLYPH_HEIGHT;
      row0 |= (MIRRORED_ROWS[rows] as number) << shift;
      row1 |= (MIRRORED_ROWS[rows + 1] as number) << shift;
      row2 |= (MIRRORED_ROWS[rows + 2] as number) << shift;
      row3 |= (MIRRORED_ROWS[rows + 3] as number) << shift;
      row4 |= (MIRRORED_ROWS[rows + 4] as number) << shift;
      row5 |= (MIRRORED_ROWS[rows + 5] as number) << shift;
      row6 |= (MIRRORED_ROWS[rows + 6] as number) << shift;
    }
    let word = top + (x >> 5);
    const shift = x & 31;
    setWords(plane, word, shift, row0);
    setWords(plane, (word += stride), shift, row1);
    setWords(plane, (word += stride), shift, row2);
    setWords(plane, (word += stride), shift, row3);
    setWords(plane, (word += stride), shift, row4);
    setWords(plane, (word += stride), shift, row5);
    setWords(plane, (word += stride), shift, row6);
  }
}

/** Sets up to 32 bits, of which bit 0 belongs at bit `shift` of a word; what does not fit goes on in the next word. */
function setWords(plane: Int32Array, word: number, shift: number, bits: number): void {
  plane[word] = (plane[word] as number) | (bits << shift);
  // A shift by 32 would be one by 0. Bits that reach over the end of a row are never set.
  const rest = shift === 0 ? 0 : bits >>> (32 - shift);
  if (rest !== 0) plane[word + 1] = (plane[word + 1] as number) | rest;
}

/** Paints the pixels whose bits are set in the row that begins at word `at` of the plane and at `start` of the frame. */
function paintRow(
  plane: Int32Array,
  at: number,
  stride: number,
  words: Uint32Array,
  start: number,
  color: number,
): void {
  for (let i = 0; i < stride; i++) {
    let bits = plane[at + i] as number;
    if (bits === -1) {
      const from = i;
      while (i + 1 < stride && plane[at + i + 1] === -1) i++;
      words.fill(color, start + from * 32, start + (i + 1) * 32);
      continue;
    }
    const left = start + i * 32;
    while (bits !== 0) {
      const lowest = bits & -bits;
      words[left + 31 - Math.clz32(lowest)] = color;
      bits ^= lowest;
    }
  }
}
