import type { DrawListBuilder } from "../draw-list.ts";
import { divideExactly } from "../exact.ts";
import { cosineOf, sineOf } from "../sine.ts";
import { reach } from "./circle.ts";
import { RowMerger } from "./merge-rows.ts";

/** Columns, counted from the centre of an arc, both included; none if `low` is above `high`. */
interface Columns {
  readonly low: number;
  readonly high: number;
}

const EVERYTHING: Columns = { low: -Infinity, high: Infinity };
const NOTHING: Columns = { low: Infinity, high: -Infinity };

/**
 * Draws the pixels of a disc of radius `r` that a disc of radius `r − thickness` does not have, in the directions from
 * `from` until `to`: degrees, clockwise from up. With a `thickness` above `r` the disc has no hole.
 *
 * The direction of a pixel (dx, dy), counted from the centre, is in the half turn from angle d if it is clockwise of the
 * vector of d, (sin d, −cos d): if sin d · dy + cos d · dx > 0, or = 0 and the pixel is on the vector's side of the
 * centre. A sector of at most 180° is the half turn from its start without the half turn from its end; a greater one is
 * everything but the sector of the other angles.
 */
export function drawArc(
  list: DrawListBuilder,
  cx: number,
  cy: number,
  r: number,
  thickness: number,
  from: number,
  to: number,
  color: number,
): void {
  const sweep = to - from;
  if (thickness === 0 || sweep <= 0) return;
  const hole = thickness > r ? -1 : r - thickness;
  const isFull = sweep >= 360;
  const isOutside = sweep > 180;
  const start = isOutside ? to : from;
  const end = isOutside ? from : to;

  // The part of the clip box and the rows that the disc may have pixels in.
  const left = list.left - cx;
  const right = list.right - 1 - cx;
  const widest = reach(r, Math.max(left, -right, 0));
  const first = Math.max(list.top - cy, -widest);
  const last = Math.min(list.bottom - 1 - cy, widest);
  if (widest < 0 || first > last || left > right) return;
  // In these rows, the hole has all columns of the box.
  const hidden = reach(hole, Math.max(Math.abs(left), Math.abs(right)));
  if (first >= -hidden && last <= hidden) return;
  if (!isFull) {
    // Both sides of a half turn are convex, so the corners of a box decide for all of it.
    const corners = [left, right].flatMap((dx) => [first, last].map((dy) => ({ dx, dy })));
    const isInStart = corners.map(({ dx, dy }) => contains(halfTurn(start, dy), dx));
    const isInEnd = corners.map(({ dx, dy }) => contains(halfTurn(end, dy), dx));
    const isEmpty = isOutside
      ? isInStart.every(Boolean) && !isInEnd.some(Boolean)
      : !isInStart.some(Boolean) || isInEnd.every(Boolean);
    if (isEmpty) return;
  }
  list.countRows(last - first + 1);

  const merger = new RowMerger((left, top, right, bottom, color) =>
    list.rect(left, top, right - left, bottom - top, color),
  );
  const add = (low: number, high: number): void => {
    const from = Math.max(low, left);
    const to = Math.min(high, right);
    if (from <= to) merger.add(cx + from, cx + to + 1, color);
  };
  for (let dy = first; dy <= last; dy++) {
    if (Math.abs(dy) <= hidden) {
      dy = hidden;
      continue;
    }
    const outer = reach(r, Math.abs(dy));
    let inner = reach(hole, Math.abs(dy));
    // The centre has no direction.
    if (dy === 0 && !isFull) inner = Math.max(inner, 0);
    const pieces =
      inner < 0
        ? [{ low: -outer, high: outer }]
        : [
            { low: -outer, high: -inner - 1 },
            { low: inner + 1, high: outer },
          ];
    const sector = isFull ? EVERYTHING : between(halfTurn(start, dy), halfTurn(end, dy));
    for (const { low, high } of pieces) {
      if (!isOutside || isFull) {
        add(Math.max(low, sector.low), Math.min(high, sector.high));
      } else if (sector.low > sector.high) {
        add(low, high);
      } else {
        add(low, Math.min(high, sector.low - 1));
        add(Math.max(low, sector.high + 1), high);
      }
    }
    merger.endRow(cy + dy, cy + dy + 1);
  }
  merger.finish();
}

/** Returns the columns of row `dy` that are in the half turn from an angle: all on one side of a column, or all, or none. */
function halfTurn(degrees: number, dy: number): Columns {
  const sine = sineOf(degrees);
  const cosine = cosineOf(degrees);
  if (cosine === 0) {
    // To the right or the left: the rows below or above it, and its own half of the row of the centre.
    if (dy === 0) return sine > 0 ? { low: 1, high: Infinity } : { low: -Infinity, high: -1 };
    return sine > 0 === dy > 0 ? EVERYTHING : NOTHING;
  }
  // sin d · dy + cos d · dx is 0 at this dx, which is on the vector's side of the centre if dy has the sign of −cos d.
  const { quotient, remainder } = divideExactly(cosine > 0 ? -sine : sine, dy, 0, Math.abs(cosine));
  if (cosine > 0) return { low: remainder === 0 && dy < 0 ? quotient : quotient + 1, high: Infinity };
  return { low: -Infinity, high: remainder === 0 && dy <= 0 ? quotient - 1 : quotient };
}

/** Returns the columns that are in one half turn and not in the other. */
function between(start: Columns, end: Columns): Columns {
  if (end.low > end.high) return start;
  return end.low === -Infinity
    ? { low: Math.max(start.low, end.high + 1), high: start.high }
    : { low: start.low, high: Math.min(start.high, end.low - 1) };
}

function contains({ low, high }: Columns, dx: number): boolean {
  return low <= dx && dx <= high;
}
