import type { Area } from "./area.ts";
import { drawBox } from "./box.ts";
import { type Centres, drawQuarters, lastRowOf, reach } from "./circle.ts";

/** Draws a half-open rectangle whose corners are the quarters of a disc of radius `r`, or of the greatest that fits. */
export function drawRoundedRect(
  area: Area,
  x: number,
  y: number,
  w: number,
  h: number,
  r: number,
  color: number,
): void {
  const radius = fit(w, h, r);
  if (radius <= 0) {
    area.rect(x, y, w, h, color);
    return;
  }
  const { left, top, right, bottom } = centresOf(x, y, w, h, radius);
  area.rect(x, top, w, bottom - top + 1, color);
  // No row that is farther from the centres has a column of the area.
  const nearestColumn = Math.max(area.left - right, left - (area.right - 1), 0);
  const farthest = reach(radius, nearestColumn);
  for (const sign of [-1, 1]) {
    const cy = sign < 0 ? top : bottom;
    const first = Math.max(sign < 0 ? cy - (area.bottom - 1) : area.top - cy, 1);
    const last = Math.min(sign < 0 ? cy - area.top : area.bottom - 1 - cy, farthest);
    // A rectangle for all rows that reach equally far.
    for (let dy = first; dy <= last;) {
      const dx = reach(radius, dy);
      const end = lastRowOf(radius, dx, last);
      area.rect(left - dx, sign < 0 ? cy - end : cy + dy, right - left + 2 * dx + 1, end - dy + 1, color);
      dy = end + 1;
    }
  }
}

/** Draws the outline of a rounded rectangle: its straight sides, and the quarters of a circle of radius `r`. */
export function drawRoundedBox(
  area: Area,
  x: number,
  y: number,
  w: number,
  h: number,
  r: number,
  color: number,
): void {
  const radius = fit(w, h, r);
  if (radius <= 0) {
    drawBox(area, x, y, w, h, color);
    return;
  }
  const centres = centresOf(x, y, w, h, radius);
  const { left, top, right, bottom } = centres;
  area.rect(left, y, right - left + 1, 1, color);
  area.rect(left, y + h - 1, right - left + 1, 1, color);
  area.rect(x, top, 1, bottom - top + 1, color);
  area.rect(x + w - 1, top, 1, bottom - top + 1, color);
  drawQuarters(area, centres, radius, 1, color);
}

/** Returns the radius, or the greatest whose four quarters have a centre each. */
function fit(w: number, h: number, r: number): number {
  return Math.min(r, Math.floor((w - 1) / 2), Math.floor((h - 1) / 2));
}

function centresOf(x: number, y: number, w: number, h: number, r: number): Centres {
  return { left: x + r, top: y + r, right: x + w - 1 - r, bottom: y + h - 1 - r };
}
