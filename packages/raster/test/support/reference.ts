import { parseProgram, type Program } from "@gvpie/pxl-parser";
import {
  blendPixel,
  type Frame,
  lowerProgram,
  type Rasterizer,
  renderEachFrame,
  type RenderOptions,
} from "@gvpie/raster";

import { readColor, runReference, swap } from "./reference-machine.ts";

/**
 * Renders a program for tests: runs it as the specification says, then finds for every pixel the shapes that paint it.
 * A second opinion: it shares no code with the machine, the lowering and the drawing, only the blending, which has a
 * reference of its own. A new opcode needs an entry in {@link runReference}.
 */
export function renderReference(given: string | Program, options: RenderOptions = {}): Frame {
  const program = typeof given === "string" ? parseProgram(given) : given;
  const { canvas } = program;
  const { width = canvas?.width ?? 128, height = canvas?.height ?? 64, params = {}, frame = 0 } = options;
  const shapes = runReference(program, { params, width, height, frame });
  const back =
    options.background === undefined ? swap(canvas?.background ?? 0xff) : readColor(options.background);
  const data = new Uint8ClampedArray(width * height * 4);
  const words = new DataView(data.buffer);
  for (let y = 0, at = 0; y < height; y++) {
    const near = shapes.filter((shape) => shape.hasRow(y));
    for (let x = 0; x < width; x++, at += 4) {
      // Shapes below an opaque one are invisible.
      let first = near.length - 1;
      const painting: number[] = [];
      for (; first >= 0; first--) {
        const shape = near[first];
        if (shape === undefined || !shape.has(x, y)) continue;
        const color = shape.colorAt(x, y);
        painting.push(color);
        if (color >>> 24 === 255) break;
      }
      words.setUint32(at, painting.reverse().reduce(blendPixel, back), true);
    }
  }
  return { width, height, data };
}

/** Creates a {@link Rasterizer} of the reference renderer. Its errors are those of the lowering. */
export function createReferenceRasterizer(): Rasterizer {
  const rasterizer: Rasterizer = {
    info: { backend: "cpu", adapter: "reference", fallback: false },
    renderFrames: (program, options = {}) =>
      renderEachFrame(options, (each) => rasterizer.render(program, each)),
    render: async (program, options = {}) => {
      if (typeof program !== "string") throw new TypeError("the reference reads source text");
      lowerProgram(program, options);
      const frame = renderReference(program, options);
      if (options.into === undefined) return frame;
      options.into.set(frame.data);
      return { ...frame, data: options.into };
    },
    close: async () => {},
  };
  return rasterizer;
}
