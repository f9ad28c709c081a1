import type { DrawListBuilder } from "../draw-list.ts";
import { RowMerger } from "./merge-rows.ts";

/** The picture of an IMAGE, ready to draw. */
export interface ImagePixels {
  readonly width: number;
  readonly height: number;
  /** The colour of each pixel as an index of `colors`, or `TRANSPARENT`; row by row. */
  readonly pixels: Int32Array;
  /** Packed colours. */
  readonly colors: readonly number[];
}

const TRANSPARENT = -1;

/**
 * Reads the rows of a picture, one character a pixel.
 *
 * @param palette the packed colour of each character; `.` is transparent if it has none.
 */
export function readImage(rows: readonly string[], palette: ReadonlyMap<string, number>): ImagePixels {
  const indexes = new Map<string, number>([[".", TRANSPARENT]]);
  for (const [index, key] of [...palette.keys()].entries()) indexes.set(key, index);
  const characters = rows.map((row) => Array.from(row));
  const width = characters[0]?.length ?? 0;
  const pixels = new Int32Array(width * rows.length);
  let at = 0;
  for (const row of characters) for (const key of row) pixels[at++] = indexes.get(key) ?? TRANSPARENT;
  return { width, height: rows.length, pixels, colors: [...palette.values()] };
}

/** Draws the pixels of a picture, each as a square of side `scale`. */
export function drawImage(
  list: DrawListBuilder,
  x: number,
  y: number,
  { width, height, pixels, colors }: ImagePixels,
  scale: number,
): void {
  const left = Math.max(x, list.left);
  const top = Math.max(y, list.top);
  const right = Math.min(x + width * scale, list.right);
  const bottom = Math.min(y + height * scale, list.bottom);
  if (left >= right || top >= bottom) return;
  // The work of each pixel is counted, transparent ones included.
  list.countPainted(left, top, right, bottom);
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
