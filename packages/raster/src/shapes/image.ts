import type { PaletteEntry } from "@gvpie/pxl-parser";

import { packColor } from "../color.ts";
import type { DrawListBuilder } from "../draw-list.ts";
import { RowMerger } from "./merge-rows.ts";

/** The picture of an IMAGE, ready to draw. */
interface ImagePixels {
  readonly width: number;
  /** The colour of each pixel as an index of `colors`, or `TRANSPARENT`; row by row. */
  readonly pixels: Int32Array;
  /** Packed colours. */
  readonly colors: readonly number[];
}

const TRANSPARENT = -1;

/** The pictures that each list has, by their rows: a program may draw one in every step. */
const known = new WeakMap<DrawListBuilder, Map<readonly string[], ImagePixels>>();

/** Returns the pixels of a picture that has been drawn to the same list before, or reads them. */
function imageOf(
  list: DrawListBuilder,
  rows: readonly string[],
  palette: readonly PaletteEntry[],
): ImagePixels {
  let images = known.get(list);
  if (images === undefined) known.set(list, (images = new Map()));
  let image = images.get(rows);
  if (image === undefined) images.set(rows, (image = readImage(rows, palette)));
  return image;
}

function readImage(rows: readonly string[], palette: readonly PaletteEntry[]): ImagePixels {
  const indexes = new Map(palette.map(({ key }, index) => [key, index]));
  const characters = rows.map((row) => Array.from(row));
  const width = characters[0]?.length ?? 0;
  const pixels = new Int32Array(width * rows.length);
  let at = 0;
  for (const row of characters) for (const key of row) pixels[at++] = indexes.get(key) ?? TRANSPARENT;
  return { width, pixels, colors: palette.map(({ color }) => packColor(color)) };
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
  const { width, pixels, colors } = imageOf(list, rows, palette);
  const merger = new RowMerger((runLeft, runTop, runRight, runBottom, color) =>
    list.fillCounted(runLeft, runTop, runRight, runBottom, color),
  );

  const firstColumn = Math.floor((left - x) / scale);
  const endColumn = Math.ceil((right - x) / scale);
  const endRow = Math.ceil((bottom - y) / scale);
  for (let row = Math.floor((top - y) / scale); row < endRow; row++) {
    const start = row * width;
    for (let column = firstColumn; column < endColumn;) {
      const index = pixels[start + column] as number;
      let end = column + 1;
      while (end < endColumn && pixels[start + end] === index) end++;
      if (index !== TRANSPARENT) {
        const runLeft = Math.max(x + column * scale, left);
        merger.add(runLeft, Math.min(x + end * scale, right), colors[index] as number);
      }
      column = end;
    }
    merger.endRow(Math.max(y + row * scale, top), Math.min(y + (row + 1) * scale, bottom));
  }
  merger.finish();
}
