import type { FontName } from "@gvpie/glyph-rom";

import { WHITE } from "./color.ts";
import type { ClipBox } from "./draw-list.ts";

/** Settings of later drawings. */
export interface Pen {
  /** Packed colour. */
  readonly color: number;
  /** Side, in pixels of the canvas, of one pixel of the font or of a sprite: 1 … 64. */
  readonly scale: number;
  /** The point of the canvas from which the instructions' positions count. */
  readonly originX: number;
  readonly originY: number;
  readonly font: FontName;
  /** The point of a text that is at its x. */
  readonly align: "left" | "center" | "right";
  /** In pixels of the canvas; `undefined` for all of it. */
  readonly clip: ClipBox | undefined;
}

/** The pen at the start of every program. */
export const INITIAL_PEN: Pen = {
  color: WHITE,
  scale: 1,
  originX: 0,
  originY: 0,
  font: "5x7",
  align: "left",
  clip: undefined,
};

/** Returns the half-open box of a rectangle whose position counts from the pen's origin. */
export function placeBox(
  pen: Pen,
  { x, y, w, h }: { readonly x: number; readonly y: number; readonly w: number; readonly h: number },
): ClipBox {
  const left = pen.originX + x;
  const top = pen.originY + y;
  return { left, top, right: left + w, bottom: top + h };
}
