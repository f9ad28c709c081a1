import type { Direction } from "@gvpie/pxl-parser";

import type { Area } from "./area.ts";

/**
 * Draws a rectangle in a linear gradient. Of n columns (or rows, if it leads up or down), counted from 0 in the direction
 * of the gradient, column i has in each channel ⌊(c0·(n − 1 − i) + c1·i + ⌊(n − 1) / 2⌋) / (n − 1)⌋, or c0 if n is 1.
 * Neighbours of one colour are one rectangle, so there are at most 1,021.
 *
 * @param start the colour of column 0, packed.
 * @param end the colour of column n − 1, packed.
 */
export function drawFill(
  area: Area,
  x: number,
  y: number,
  w: number,
  h: number,
  start: number,
  end: number,
  direction: Direction,
): void {
  const { left, top, right, bottom } = area;
  if (Math.max(x, left) >= Math.min(x + w, right) || Math.max(y, top) >= Math.min(y + h, bottom)) return;
  const isAcross = direction === "right" || direction === "left";
  const isReversed = direction === "left" || direction === "up";
  const length = isAcross ? w : h;
  // The visible part, counted from the lesser coordinate, then from the first colour.
  const low = Math.max(isAcross ? left - x : top - y, 0);
  const high = Math.min(isAcross ? right - x : bottom - y, length);
  const from = isReversed ? length - high : low;
  const to = isReversed ? length - low : high;
  for (let i = from; i < to;) {
    const { color, next } = runAt(start, end, length - 1, i);
    const stop = Math.min(next, to);
    const at = isReversed ? length - stop : i;
    if (isAcross) area.rect(x + at, y, stop - i, h, color);
    else area.rect(x, y + at, w, stop - i, color);
    i = stop;
  }
}

/** Returns the colour of position `i` of 0 … `last`, and the next position with another one. */
function runAt(start: number, end: number, last: number, i: number): { color: number; next: number } {
  if (last === 0) return { color: start, next: 1 };
  const half = Math.floor(last / 2);
  let color = 0;
  let next = last + 1;
  for (let shift = 0; shift < 32; shift += 8) {
    const from = (start >>> shift) & 0xff;
    const rise = ((end >>> shift) & 0xff) - from;
    // The channel is `from + step`, and step is the floor of (rise · i + half) / last.
    const step = Math.floor((rise * i + half) / last);
    color += (from + step) * 2 ** shift;
    if (rise > 0) next = Math.min(next, Math.ceil(((step + 1) * last - half) / rise));
    if (rise < 0) next = Math.min(next, Math.floor((half - step * last) / -rise) + 1);
  }
  return { color, next };
}
