/**
 * Where shapes are drawn: a box of the canvas, and a way to fill rectangles in it.
 *
 * Shapes look at the box to leave out rows and columns that nobody sees, so that a shape costs what it shows, wherever
 * it is and however large; what still reaches over the box is clipped by `rect`.
 */
export interface Area {
  /** The first column inside. */
  readonly left: number;
  /** The first row inside. */
  readonly top: number;
  /** The first column to the right of the box, above `left` unless the box is empty. */
  readonly right: number;
  /** The first row below the box, above `top` unless the box is empty. */
  readonly bottom: number;
  /** Fills a half-open rectangle, where it lies inside the box. */
  rect(x: number, y: number, w: number, h: number, color: number): void;
}
