import { GLYPH_ADVANCE, GLYPH_HEIGHT, GLYPH_ROWS, GLYPH_WIDTH } from "@gvpie/glyph-rom";
import { blendPixel, COMMAND_STRIDE, type DrawList, type Frame, KIND_RECT } from "@gvpie/raster";

/** Calls back for each pixel that each command of a list paints, in order, by the documentation of DrawList. */
function eachPixel(list: DrawList, paint: (x: number, y: number, color: number) => void): void {
  for (let i = 0; i < list.count; i++) {
    const words = list.commands.subarray(i * COMMAND_STRIDE, (i + 1) * COMMAND_STRIDE);
    const [
      kind,
      color = 0,
      left = 0,
      top = 0,
      right = 0,
      bottom = 0,
      x = 0,
      y = 0,
      first = 0,
      length = 0,
      scale = 1,
    ] = words;
    for (let py = top; py < bottom; py++) {
      for (let px = left; px < right; px++) {
        const column = Math.floor((px - x) / scale);
        const glyph = Math.floor(column / GLYPH_ADVANCE);
        const row = Math.floor((py - y) / scale);
        const isSet =
          glyph >= 0 &&
          glyph < length &&
          row >= 0 &&
          row < GLYPH_HEIGHT &&
          column % GLYPH_ADVANCE < GLYPH_WIDTH &&
          (((GLYPH_ROWS[(list.glyphs[first + glyph] ?? 0) * GLYPH_HEIGHT + row] ?? 0) >>
            (GLYPH_WIDTH - 1 - (column % GLYPH_ADVANCE))) &
            1) ===
            1;
        if (kind === KIND_RECT || isSet) paint(px, py, color);
      }
    }
  }
}

/** Paints a list pixel by pixel. */
export function paintList(list: DrawList): Frame {
  const { width, height, background } = list;
  const data = new Uint8ClampedArray(width * height * 4);
  const pixels = new DataView(data.buffer);
  for (let p = 0; p < width * height; p++) pixels.setUint32(p * 4, background, true);
  eachPixel(list, (x, y, color) => {
    const at = (y * width + x) * 4;
    pixels.setUint32(at, blendPixel(pixels.getUint32(at, true), color), true);
  });
  return { width, height, data };
}

/** Counts how often each pixel is painted, row by row. */
export function countPainted(list: DrawList): number[] {
  const counts = Array.from({ length: list.width * list.height }, () => 0);
  eachPixel(list, (x, y) => {
    counts[y * list.width + x] = (counts[y * list.width + x] ?? 0) + 1;
  });
  return counts;
}
