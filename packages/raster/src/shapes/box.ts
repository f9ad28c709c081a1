import type { Area } from "./area.ts";

/** Draws the outermost pixels of a half-open rectangle, each once. */
export function drawBox(area: Area, x: number, y: number, w: number, h: number, color: number): void {
  if (w <= 2 || h <= 2) {
    area.rect(x, y, w, h, color);
    return;
  }
  area.rect(x, y, w, 1, color);
  area.rect(x, y + h - 1, w, 1, color);
  area.rect(x, y + 1, 1, h - 2, color);
  area.rect(x + w - 1, y + 1, 1, h - 2, color);
}
