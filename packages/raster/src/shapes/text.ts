import { fontOf, measureText } from "@gvpie/glyph-rom";

import type { DrawListBuilder } from "../draw-list.ts";
import type { Pen } from "../pen.ts";
import { breakLines } from "./break-lines.ts";
import { drawGlyphs } from "./glyphs.ts";

const ELLIPSIS = "…";

/** Draws one line of text; the alignment says which point of it is at `x`, and `y` is its top edge. */
export function drawText(list: DrawListBuilder, x: number, y: number, text: string, pen: Pen): void {
  const { align, scale, color } = pen;
  if (pen.font !== "5x7") {
    const left = align === "left" ? x : x - shiftOf(textWidth(text, pen), align);
    drawGlyphs(list, left, y, text, { font: fontOf(pen.font), scale, color });
    return;
  }
  if (align === "left") {
    list.text(x, y, text, scale, color);
    return;
  }
  list.text(x - shiftOf(measureText(text).width * scale, align), y, text, scale, color);
}

/** Returns the columns from the left edge of a text to the point that is at its x. */
function shiftOf(width: number, align: Pen["align"]): number {
  return align === "right" ? width : Math.floor(width / 2);
}

/**
 * Draws a text in lines that fit a rectangle. All its code points are counted as glyphs, but lines below the visible part
 * of the canvas are not laid out.
 */
export function drawWrapped(
  list: DrawListBuilder,
  { x, y, w, h }: { readonly x: number; readonly y: number; readonly w: number; readonly h: number },
  text: string,
  pen: Pen,
): void {
  const { scale, align } = pen;
  const { height, pitch } = fontOf(pen.font);
  const rows = Math.floor((h - height * scale) / (pitch * scale)) + 1;
  const lines: { readonly top: number; readonly text: string }[] = [];
  let visible = 0;
  breakLines(text, columnsIn(w, pen), rows, ({ start, end, isCut }, number) => {
    const top = y + number * pitch * scale;
    if (top >= list.bottom) return false;
    if (top + height * scale > list.top) {
      const line = isCut ? text.slice(start, end) + ELLIPSIS : text.slice(start, end);
      lines.push({ top, text: line });
      visible += measureText(line).glyphs;
    }
    return true;
  });
  // An ellipsis replaces at least one code point, so this is not negative.
  list.countGlyphs(measureText(text).glyphs - visible);
  const anchor = align === "left" ? x : x + shiftOf(w, align);
  for (const line of lines) drawText(list, anchor, line.top, line.text, pen);
}

/** Returns the width of one line of text in pixels, without the gap after its last glyph. */
export function textWidth(text: string, { font, scale }: Pick<Pen, "font" | "scale">): number {
  const { glyphs } = measureText(text);
  const { advance, width } = fontOf(font);
  return glyphs === 0 ? 0 : (advance * (glyphs - 1) + width) * scale;
}

/** Returns the number of lines that WRAP makes of a text in a rectangle of this width and any height. */
export function textLines(text: string, width: number, pen: Pick<Pen, "font" | "scale">): number {
  return breakLines(text, columnsIn(width, pen), Infinity, () => true);
}

/** Returns the distance between the top edges of two lines. */
export function textPitch({ font, scale }: Pick<Pen, "font" | "scale">): number {
  return fontOf(font).pitch * scale;
}

/** Returns the number of glyphs that fit a width; not positive if none fits. */
function columnsIn(w: number, { font, scale }: Pick<Pen, "font" | "scale">): number {
  const { advance, width } = fontOf(font);
  return Math.floor((w - width * scale) / (advance * scale)) + 1;
}
