import { GLYPH_HEIGHT, GLYPH_ROWS, GLYPH_WIDTH } from "@gvpie/glyph-rom";
import {
  blendPixel,
  COMMAND_STRIDE,
  createFrame,
  KIND_RECT,
  lowerProgram,
  renderEachFrame,
  RUN_X,
  type Rasterizer,
} from "@gvpie/raster";
import { assertConforms, rasterCases } from "@gvpie/raster/conformance";

/** A small rasteriser: correct before fast. */
const own: Rasterizer = {
  info: { backend: "cpu", adapter: "own", fallback: false },
  close: async () => {},
  renderFrames: (program, options = {}) => renderEachFrame(options, (each) => own.render(program, each)),
  render: async (program, options = {}) => {
    const { width, height, background, commands, count, glyphs } = lowerProgram(program, options);
    const frame = createFrame(width, height, options.into);
    const pixels = new DataView(frame.data.buffer, frame.data.byteOffset, frame.data.byteLength);
    for (let p = 0; p < width * height; p++) pixels.setUint32(p * 4, background, true);

    for (let i = 0; i < count; i++) {
      const command = commands.subarray(i * COMMAND_STRIDE, (i + 1) * COMMAND_STRIDE);
      const [kind, color = 0, left = 0, top = 0, right = 0, bottom = 0] = command;
      const paint = (x: number, y: number) => {
        if (x < left || x >= right || y < top || y >= bottom) return;
        const at = (y * width + x) * 4;
        pixels.setUint32(at, blendPixel(pixels.getUint32(at, true), color), true);
      };
      if (kind === KIND_RECT) {
        for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) paint(x, y);
        continue;
      }
      const [x = 0, y = 0, first = 0, length = 0, scale = 1] = command.subarray(RUN_X);
      for (let column = 0; column < length * 6 * scale; column++) {
        for (let row = 0; row < GLYPH_HEIGHT * scale; row++) {
          const glyph = glyphs[first + Math.floor(column / scale / 6)] ?? 0;
          const bits = GLYPH_ROWS[glyph * GLYPH_HEIGHT + Math.floor(row / scale)] ?? 0;
          if ((bits << (Math.floor(column / scale) % 6)) & (1 << (GLYPH_WIDTH - 1))) {
            paint(x + column, y + row);
          }
        }
      }
    }
    return frame;
  },
};

for (const rasterCase of rasterCases) await assertConforms(own, rasterCase);
console.log("every case conforms");
