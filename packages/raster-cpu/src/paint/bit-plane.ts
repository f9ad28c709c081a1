import { GLYPH_ADVANCE, GLYPH_HEIGHT } from "@gvpie/glyph-rom";
import {
  BOTTOM,
  COLOR,
  COMMAND_STRIDE,
  type DrawList,
  KIND,
  KIND_RECT,
  LEFT,
  RIGHT,
  TOP,
} from "@gvpie/raster";

import {
  forEachClippedRect,
  type GlyphRun,
  hasClippedGlyphs,
  readGlyphRun,
} from "../primitives/glyph-run.ts";
import { MIRRORED_ROWS } from "../primitives/mirrored-rows.ts";
import type { Analysis } from "./analyze.ts";
import type { Painter } from "./painter.ts";

/** Glyphs whose rows fit into 32 bits. They are combined before they are set. */
const GROUP = 5;

/**
 * Paints commands of one opaque colour.
 *
 * Their order does not matter, so they are collected in a plane of one bit a pixel, up to 32 pixels at a time. Then each
 * pixel whose bit is set is painted once.
 */
export const bitPlane: Painter = {
  name: "bit plane",
  fits: ({ width, height }, { isOneColor, paintedPixels }) => isOneColor && paintedPixels >= width * height,
  paint: paintBitPlane,
};

function paintBitPlane(list: DrawList, words: Uint32Array, { background, from }: Analysis): void {
  const { commands, count, width, height } = list;
  words.fill(background);
  const stride = (width + 31) >> 5;
  const plane = new Int32Array(stride * height);
  for (let i = from, at = from * COMMAND_STRIDE; i < count; i++, at += COMMAND_STRIDE) {
    if (commands[at + KIND] === KIND_RECT) {
      setRect(plane, stride, list, at);
    } else {
      setGlyphs(plane, stride, list, at);
    }
  }
  const color = (commands[from * COMMAND_STRIDE + COLOR] as number) >>> 0;
  for (let y = 0; y < height; y++) paintRow(plane, y * stride, stride, words, y * width, color);
}

/** Sets the bits of the rectangle whose command starts at word `at`. */
export function setRect(plane: Int32Array, stride: number, { commands }: DrawList, at: number): void {
  setBits(
    plane,
    stride,
    commands[at + LEFT] as number,
    commands[at + TOP] as number,
    commands[at + RIGHT] as number,
    commands[at + BOTTOM] as number,
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

/** Sets the bits of the run whose command starts at word `at`. */
export function setGlyphs(plane: Int32Array, stride: number, list: DrawList, at: number): void {
  const run = readGlyphRun(list.commands, at);
  setUnclippedGlyphs(plane, stride, list, run);
  if (hasClippedGlyphs(run)) setClippedGlyphs(plane, stride, list, run);
}

export function setClippedGlyphs(plane: Int32Array, stride: number, list: DrawList, run: GlyphRun): void {
  forEachClippedRect(list, run, (left, top, right, bottom) => {
    setBits(plane, stride, left, top, right, bottom);
  });
}

function setUnclippedGlyphs(
  plane: Int32Array,
  stride: number,
  { glyphs }: DrawList,
  { y, unclippedStart, unclippedEnd: to, unclippedX }: GlyphRun,
): void {
  const top = y * stride;
  let x = unclippedX;
  for (let i = unclippedStart; i < to; x += GROUP * GLYPH_ADVANCE) {
    // Seven variables, not an array, because they stay in registers.
    let row0 = 0;
    let row1 = 0;
    let row2 = 0;
    let row3 = 0;
    let row4 = 0;
    let row5 = 0;
    let row6 = 0;
    const end = Math.min(i + GROUP, to);
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

/** ORs `bits` into the plane from bit `shift` of a word on; bits that do not fit are set in the next word. */
function setWords(plane: Int32Array, word: number, shift: number, bits: number): void {
  plane[word] = (plane[word] as number) | (bits << shift);
  // A shift by 32 is a shift by 0. `rest` is 0 at the end of a row, so that the next row stays unchanged.
  const rest = shift === 0 ? 0 : bits >>> (32 - shift);
  if (rest !== 0) plane[word + 1] = (plane[word + 1] as number) | rest;
}

/** Paints the set bits of one row, which begins at word `at` of the plane and at pixel `start` of the frame. */
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
