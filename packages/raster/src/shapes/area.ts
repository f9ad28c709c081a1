/**
 * A box of the canvas to draw shapes in.
 *
 * Shapes skip rows and columns outside the box, so that their cost depends on their visible part and not on their size;
 * `rect` clips the rest.
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
  /** Fills the part of a half-open rectangle that is inside the box. */
  rect(x: number, y: number, w: number, h: number, color: number): void;
}
