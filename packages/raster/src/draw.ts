import { GLYPH_ADVANCE, GLYPH_WIDTH } from "@gvpie/glyph-rom";

import { countCodePoints } from "./code-points.ts";
import type { DrawListBuilder } from "./draw-list.ts";
import type { Pen } from "./pen.ts";
import type { Drawing } from "./resolved.ts";
import { drawBox } from "./shapes/box.ts";
import { drawCircle, drawDisc } from "./shapes/circle.ts";
import { drawLine } from "./shapes/line.ts";
import { drawSprite } from "./shapes/sprite.ts";

/** Adds what an instruction draws to a list that is clipped to the pen's box. Each pixel is painted at most once. */
export function draw(list: DrawListBuilder, pen: Pen, drawing: Drawing): void {
  const { color, originX, originY } = pen;
  switch (drawing.op) {
    case "RECT":
      list.rect(drawing.x + originX, drawing.y + originY, drawing.w, drawing.h, color);
      return;
    case "TXT":
      drawText(list, pen, drawing.x + originX, drawing.y + originY, drawing.text);
      return;
    case "PIX":
      list.rect(drawing.x + originX, drawing.y + originY, 1, 1, color);
      return;
    case "BOX":
      drawBox(list, drawing.x + originX, drawing.y + originY, drawing.w, drawing.h, color);
      return;
    case "LINE": {
      const { x0, y0, x1, y1 } = drawing;
      drawLine(list, x0 + originX, y0 + originY, x1 + originX, y1 + originY, color);
      return;
    }
    case "CIRCLE":
      drawCircle(list, drawing.x + originX, drawing.y + originY, drawing.r, color);
      return;
    case "DISC":
      drawDisc(list, drawing.x + originX, drawing.y + originY, drawing.r, color);
      return;
    case "SPRITE": {
      const { x, y, w, rows } = drawing;
      drawSprite(list, x + originX, y + originY, w, rows, pen.scale, color);
      return;
    }
    case "CLEAR":
      list.rect(list.left, list.top, list.right - list.left, list.bottom - list.top, color);
  }
}

function drawText(list: DrawListBuilder, pen: Pen, x: number, y: number, text: string): void {
  const { align, scale, color } = pen;
  if (align === "left") {
    list.text(x, y, text, scale, color);
    return;
  }
  // The gap after the last glyph is no part of the text.
  const width = (countCodePoints(text) * GLYPH_ADVANCE - (GLYPH_ADVANCE - GLYPH_WIDTH)) * scale;
  list.text(x - (align === "right" ? width : Math.floor(width / 2)), y, text, scale, color);
}
