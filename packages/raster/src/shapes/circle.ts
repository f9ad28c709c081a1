import { floorRoot } from "../exact.ts";
import type { Area } from "./area.ts";

/*
 * A circle of radius r ≥ 1 around (0, 0) is the set of pixels nearest to it: in the columns where it is flat
 * (|x| ≤ |y|), the pixels (x, y) with  x² + y² − |y| < r² ≤ x² + y² + |y|,  and in the rows where it is steep
 * (|y| ≤ |x|), those with  x² + y² − |x| < r² ≤ x² + y² + |x|.  Both are |distance along the axis| < ½ without the
 * fraction; no pixel is exactly at ½. A disc is the circle and its inside: with m the greater of |x| and |y|,
 * the pixels with x² + y² − m < r². With radius 0 both are one pixel. All are symmetric in x, y and the diagonals.
 */

/** Returns the greatest x ≥ 0 with (x, `y`) in the disc; −1 if the row has none. `y` is 0 or more. */
export function reach(r: number, y: number): number {
  if (y > r) return -1;
  if (r === 0) return 0;
  // x² < r² − y² + y, for x ≤ y.
  const flat = floorRoot(r - y, r + y, y - 1);
  if (flat < y) return flat;
  // x² − x < r² − y², for x ≥ y: (2x − 1)² ≤ 4(r² − y²) − 3.
  return Math.floor((1 + floorRoot(4 * (r - y), r + y, -3)) / 2);
}

/**
 * Returns the least x ≥ 0 with (x, `y`) on the circle, for `y` from 0 to `r`; all up to `outer` are on it too.
 *
 * @param outer the {@link reach} of the row.
 */
function innerEdge(r: number, y: number, outer: number): number {
  if (outer > y) return outer;
  // x² ≥ r² − y² − y, for x ≤ y.
  return y === r ? 0 : floorRoot(r - y, r + y, -y - 1) + 1;
}

/** Draws all pixels of a circle and inside it. */
export function drawDisc(area: Area, cx: number, cy: number, r: number, color: number): void {
  const { left, top, right, bottom } = area;
  const nearestRow = Math.max(top - cy, cy - (bottom - 1), 0);
  const nearestColumn = Math.max(left - cx, cx - (right - 1), 0);
  const last = Math.min(Math.max(bottom - 1 - cy, cy - top), reach(r, nearestColumn));
  // A rectangle for all rows that reach equally far, on both sides of the centre.
  for (let y = nearestRow; y <= last;) {
    const x = reach(r, y);
    const end = lastRowOf(r, x, last);
    const width = 2 * x + 1;
    if (y === 0) {
      area.rect(cx - x, cy - end, width, 2 * end + 1, color);
    } else {
      area.rect(cx - x, cy - end, width, end - y + 1, color);
      area.rect(cx - x, cy + y, width, end - y + 1, color);
    }
    y = end + 1;
  }
}

/** Draws the pixels nearest to a circle, one pixel wide. */
export function drawCircle(area: Area, cx: number, cy: number, r: number, color: number): void {
  drawQuarters(area, { left: cx, top: cy, right: cx, bottom: cy }, r, 0, color);
}

/** The centres of four quarters of a circle or disc: at (`left`, `top`), and so on. */
export interface Centres {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * Draws the four quarters of a circle, each around its own centre, without the pixels on the axes; with `axes` 0, the
 * quarter at the bottom right has those of both axes, and its neighbours those of one.
 */
export function drawQuarters(area: Area, centres: Centres, r: number, axes: 0 | 1, color: number): void {
  const { left, top, right, bottom } = area;
  for (const signX of [1, -1]) {
    const cx = signX > 0 ? centres.right : centres.left;
    const nearX = signX > 0 ? Math.max(left - cx, axes) : Math.max(cx - (right - 1), 1);
    const farX = Math.min(signX > 0 ? right - 1 - cx : cx - left, r);
    if (nearX > farX) continue;
    // In a quarter the circle descends, so the columns from nearX to farX have exactly the rows from `from` to `to`.
    const from = innerEdge(r, farX, reach(r, farX));
    const to = reach(r, nearX);
    for (const signY of [1, -1]) {
      const cy = signY > 0 ? centres.bottom : centres.top;
      const nearY = signY > 0 ? Math.max(top - cy, axes) : Math.max(cy - (bottom - 1), 1);
      const farY = signY > 0 ? bottom - 1 - cy : cy - top;
      const last = Math.min(to, farY);
      for (let y = Math.max(from, nearY); y <= last;) {
        const outermost = reach(r, y);
        const inner = Math.max(innerEdge(r, y, outermost), nearX);
        const outer = Math.min(outermost, farX);
        // In its steep part, several rows have their one pixel in the same column.
        const end = outer > y && inner === outer ? lastRowOf(r, outer, Math.min(last, outer - 1)) : y;
        const x = signX > 0 ? cx + inner : cx - outer;
        area.rect(x, signY > 0 ? cy + y : cy - end, outer - inner + 1, end - y + 1, color);
        y = end + 1;
      }
    }
  }
}

/**
 * Returns the last row that reaches as far as `x`, at most `last`. By the symmetry of the diagonal, its distance from the
 * centre is the reach of column `x`. One rectangle then covers several rows, also on a tall canvas.
 */
export function lastRowOf(r: number, x: number, last: number): number {
  return Math.min(reach(r, x), last);
}
