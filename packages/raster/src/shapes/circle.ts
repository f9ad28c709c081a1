import { floorRoot } from "../exact.ts";
import type { Area } from "./area.ts";

/*
 * A circle of radius r ≥ 1 around (0, 0) is the set of pixels nearest to it: in the columns where it is flat
 * (|x| ≤ |y|), the pixels (x, y) with  x² + y² − |y| < r² ≤ x² + y² + |y|,  and in the rows where it is steep
 * (|y| ≤ |x|), those with  x² + y² − |x| < r² ≤ x² + y² + |x|.  Both are |distance along the axis| < ½ without the
 * fraction; no pixel is ever on the fence. A disc is the circle and what it encloses: with m the greater of |x| and |y|,
 * the pixels with x² + y² − m < r². With radius 0 both are one pixel. All are symmetric in x, y and the diagonals.
 */

/** The greatest x ≥ 0 with (x, `y`) in the disc; −1 where the row has none. `y` is 0 or more. */
function reach(r: number, y: number): number {
  if (y > r) return -1;
  if (r === 0) return 0;
  // x² < r² − y² + y, for x ≤ y.
  const flat = floorRoot(r - y, r + y, y - 1);
  if (flat < y) return flat;
  // x² − x < r² − y², for x ≥ y: (2x − 1)² ≤ 4(r² − y²) − 3.
  return Math.floor((1 + floorRoot(4 * (r - y), r + y, -3)) / 2);
}

/** The least x ≥ 0 with (x, `y`) on the circle, for `y` from 0 to `r`; those up to {@link reach} are on it too. */
function innerEdge(r: number, y: number): number {
  const outer = reach(r, y);
  if (outer > y) return outer;
  // x² ≥ r² − y² − y, for x ≤ y.
  return y === r ? 0 : floorRoot(r - y, r + y, -y - 1) + 1;
}

/** All pixels of a circle and inside it. */
export function drawDisc(area: Area, cx: number, cy: number, r: number, color: number): void {
  const { left, top, right, bottom } = area;
  const nearestColumn = Math.max(left - cx, cx - (right - 1), 0);
  const rows = reach(r, nearestColumn);
  const rects = new RowJoiner(area, color);
  const end = Math.min(bottom, cy + rows + 1);
  for (let y = Math.max(top, cy - rows); y < end; y++) {
    const x = reach(r, Math.abs(y - cy));
    rects.add(cx - x, y, 2 * x + 1);
  }
  rects.flush();
}

/** The pixels nearest to a circle, one pixel wide. */
export function drawCircle(area: Area, cx: number, cy: number, r: number, color: number): void {
  const { left, top, right, bottom } = area;
  const rects = new RowJoiner(area, color);
  // Quarter by quarter; each axis belongs to one of the quarters that it divides.
  for (const signX of [1, -1]) {
    const nearX = signX > 0 ? Math.max(left - cx, 0) : Math.max(cx - (right - 1), 1);
    const farX = Math.min(signX > 0 ? right - 1 - cx : cx - left, r);
    if (nearX > farX) continue;
    // In a quarter the circle descends: it is between these rows exactly where it is between those columns.
    const from = innerEdge(r, farX);
    const to = reach(r, nearX);
    for (const signY of [1, -1]) {
      const nearY = signY > 0 ? Math.max(top - cy, 0) : Math.max(cy - (bottom - 1), 1);
      const farY = signY > 0 ? bottom - 1 - cy : cy - top;
      const last = Math.min(to, farY);
      for (let y = Math.max(from, nearY); y <= last; y++) {
        const inner = Math.max(innerEdge(r, y), nearX);
        const outer = Math.min(reach(r, y), farX);
        rects.add(signX > 0 ? cx + inner : cx - outer, cy + signY * y, outer - inner + 1);
      }
      rects.flush();
    }
  }
}

/** Joins neighbouring rows of a shape that have the same columns, so that they become one rectangle. */
class RowJoiner {
  readonly #area: Area;
  readonly #color: number;
  #x = 0;
  #y = 0;
  #w = 0;
  #h = 0;

  constructor(area: Area, color: number) {
    this.#area = area;
    this.#color = color;
  }

  /** Rows of one shape come from top to bottom or from bottom to top, without a gap. */
  add(x: number, y: number, w: number): void {
    if (this.#h > 0 && x === this.#x && w === this.#w) {
      this.#h++;
      this.#y = Math.min(this.#y, y);
      return;
    }
    this.flush();
    this.#x = x;
    this.#y = y;
    this.#w = w;
    this.#h = 1;
  }

  flush(): void {
    if (this.#h > 0) this.#area.rect(this.#x, this.#y, this.#w, this.#h, this.#color);
    this.#h = 0;
  }
}
