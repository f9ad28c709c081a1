import { GLYPH_ADVANCE, GLYPH_HEIGHT, GLYPH_ROWS, GLYPH_WIDTH } from "@gvpie/glyph-rom";
import { blendPixel, COMMAND_STRIDE, KIND_RECT, type DrawList, type Frame } from "@gvpie/raster";

/** Draws a list pixel by pixel, from its definition alone: a second opinion that shares no code with a backend. */
export function drawReference(list: DrawList): Frame {
  const { width, height, commands } = list;
  const pixels = new Uint32Array(width * height).fill(list.background);
  for (let i = 0; i < list.count; i++) {
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
      count = 0,
      scale = 1,
    ] = commands.subarray(i * COMMAND_STRIDE, (i + 1) * COMMAND_STRIDE);
    const isInked = (px: number, py: number): boolean => {
      if (kind === KIND_RECT) return true;
      const column = Math.floor((px - x) / scale);
      const row = Math.floor((py - y) / scale);
      const glyph = Math.floor(column / GLYPH_ADVANCE);
      const inGlyph = column - glyph * GLYPH_ADVANCE;
      if (glyph < 0 || glyph >= count || inGlyph >= GLYPH_WIDTH) return false;
      if (row < 0 || row >= GLYPH_HEIGHT) return false;
      const bits = GLYPH_ROWS[(list.glyphs[first + glyph] ?? 0) * GLYPH_HEIGHT + row] ?? 0;
      return ((bits >> (GLYPH_WIDTH - 1 - inGlyph)) & 1) === 1;
    };
    for (let py = top; py < bottom; py++) {
      for (let px = left; px < right; px++) {
        const at = py * width + px;
        if (isInked(px, py)) pixels[at] = blendPixel(pixels[at] ?? 0, color >>> 0);
      }
    }
  }
  return { width, height, data: new Uint8ClampedArray(pixels.buffer) };
}
