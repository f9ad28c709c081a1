import type { PaletteEntry } from "@gvpie/pxl-parser";

import { packColor } from "../color.ts";
import type { DrawListBuilder } from "../draw-list.ts";
import { RowMerger } from "./merge-rows.ts";

/** The picture of an IMAGE, ready to draw. */
interface Picture {
  /** The rectangles that it consists of, in pixels of the picture: `BOX_STRIDE` numbers each. */
  readonly boxes: Int32Array;
  /** Packed colours. */
  readonly colors: readonly number[];
}

/** Left, top, right and bottom of a rectangle, and the index of its colour. */
const BOX_STRIDE = 5;

/** Painted pixels that each pixel of a cut picture counts as in addition: a rectangle outside takes time all the same. */
const CUT_PIXELS = 4;

/** The pictures that each list has, by their rows: a program may draw one in every step. */
const known = new WeakMap<DrawListBuilder, Map<readonly string[], Picture>>();

/** Returns a picture that has been drawn to the same list before, or reads it. */
function pictureOf(
  list: DrawListBuilder,
  rows: readonly string[],
  palette: readonly PaletteEntry[],
): Picture {
  let pictures = known.get(list);
  if (pictures === undefined) known.set(list, (pictures = new Map()));
  let picture = pictures.get(rows);
  if (picture === undefined) pictures.set(rows, (picture = readPicture(rows, palette)));
  return picture;
}

function readPicture(rows: readonly string[], palette: readonly PaletteEntry[]): Picture {
  const indexes = new Map(palette.map(({ key }, index) => [key, index]));
  const boxes: number[] = [];
  const merger = new RowMerger((...box) => boxes.push(...box));
  for (const [row, text] of rows.entries()) {
    const keys = Array.from(text);
    for (let column = 0; column < keys.length;) {
      const key = keys[column] as string;
      let end = column + 1;
      while (end < keys.length && keys[end] === key) end++;
      const index = indexes.get(key);
      if (index !== undefined) merger.add(column, end, index);
      column = end;
    }
    merger.endRow(row, row + 1);
  }
  merger.finish();
  return { boxes: Int32Array.from(boxes), colors: palette.map(({ color }) => packColor(color)) };
}

/** True if every pixel of a picture is transparent. */
export function isEmptyImage(rows: readonly string[], palette: readonly PaletteEntry[]): boolean {
  return palette.every(({ key }) => key !== ".") && rows.every((row) => /^\.*$/.test(row));
}

/**
 * Draws the pixels of a picture, each as a square of side `scale`.
 *
 * @param rows one character a pixel, all of them of one number of characters.
 * @param palette the colour of each character, 0xRRGGBBAA; `.` is transparent if it has none.
 */
export function drawImage(
  list: DrawListBuilder,
  x: number,
  y: number,
  w: number,
  rows: readonly string[],
  palette: readonly PaletteEntry[],
  scale: number,
): void {
  const left = Math.max(x, list.left);
  const top = Math.max(y, list.top);
  const right = Math.min(x + w * scale, list.right);
  const bottom = Math.min(y + rows.length * scale, list.bottom);
  if (left >= right || top >= bottom) return;
  // The work of each pixel is counted, transparent ones included.
  list.countPainted(left, top, right, bottom);
  const { boxes, colors } = pictureOf(list, rows, palette);
  const isCut = right - left < w * scale || bottom - top < rows.length * scale;
  if (isCut) list.countPainted(0, 0, w * rows.length, CUT_PIXELS);
  for (let at = 0; at < boxes.length; at += BOX_STRIDE) {
    const boxLeft = Math.max(x + (boxes[at] as number) * scale, left);
    const boxTop = Math.max(y + (boxes[at + 1] as number) * scale, top);
    const boxRight = Math.min(x + (boxes[at + 2] as number) * scale, right);
    const boxBottom = Math.min(y + (boxes[at + 3] as number) * scale, bottom);
    if (boxLeft >= boxRight || boxTop >= boxBottom) continue;
    list.fillCounted(boxLeft, boxTop, boxRight, boxBottom, colors[boxes[at + 4] as number] as number);
  }
}
