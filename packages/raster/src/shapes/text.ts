import { measureText } from "@gvpie/glyph-rom";

import type { DrawListBuilder } from "../draw-list.ts";
import type { Pen } from "../pen.ts";

/** Draws one line of text; the alignment says which point of it is at `x`, and `y` is its top edge. */
export function drawText(
  list: DrawListBuilder,
  x: number,
  y: number,
  text: string,
  { align, scale, color }: Pen,
): void {
  if (align === "left") {
    list.text(x, y, text, scale, color);
    return;
  }
  const width = measureText(text).width * scale;
  list.text(x - (align === "right" ? width : Math.floor(width / 2)), y, text, scale, color);
}
