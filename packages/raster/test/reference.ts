import { GLYPH_ADVANCE, GLYPH_HEIGHT, GLYPH_WIDTH, glyphFor } from "@gvpie/glyph-rom";
import { type Instruction, parseProgram } from "@gvpie/pxl-parser";
import { type Frame, lowerProgram, parseColor, type Rasterizer, type RenderOptions } from "@gvpie/raster";

/** Whether an instruction paints the pixel at (`x`, `y`), said as the language's specification says it. */
interface Shape {
  hasRow(y: number): boolean;
  has(x: number, y: number): boolean;
}

/**
 * A rasteriser for tests: asks of every pixel whether any instruction paints it. It shares neither the lowering nor
 * any drawing code with the real ones.
 */
export function renderReference(source: string, options: RenderOptions = {}): Frame {
  const { width = 128, height = 64, background = "#000" } = options;
  const { instructions } = parseProgram(source);
  const halt = instructions.findIndex(({ op }) => op === "HALT");
  const shapes = (halt === -1 ? instructions : instructions.slice(0, halt)).map(shapeOf);
  const white = [255, 255, 255, 255];
  const back = bytesOf(parseColor(background));
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0, at = 0; y < height; y++) {
    const near = shapes.filter((shape) => shape.hasRow(y));
    for (let x = 0; x < width; x++, at += 4) {
      data.set(near.some((shape) => shape.has(x, y)) ? white : back, at);
    }
  }
  return { width, height, data };
}

/** The reference as a {@link Rasterizer}; refusals are left to the lowering. */
export function createReferenceRasterizer(): Rasterizer {
  return {
    info: { backend: "cpu", adapter: "reference", fallback: false },
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
}

function shapeOf(instruction: Instruction): Shape {
  if (instruction.op === "RECT") {
    const { x, y, w, h } = instruction;
    return {
      hasRow: (py) => py >= y && py < y + h,
      has: (px) => px >= x && px < x + w,
    };
  }
  if (instruction.op === "TXT") {
    const { x, y, text } = instruction;
    const glyphs = Array.from(text, (character) => glyphFor(character.codePointAt(0) ?? 0));
    return {
      hasRow: (py) => py >= y && py < y + GLYPH_HEIGHT,
      has: (px, py) => {
        const column = (px - x) % GLYPH_ADVANCE;
        const row = glyphs[Math.floor((px - x) / GLYPH_ADVANCE)]?.rows[py - y];
        return row !== undefined && column < GLYPH_WIDTH && ((row >> (GLYPH_WIDTH - 1 - column)) & 1) === 1;
      },
    };
  }
  throw new Error(`no shape for ${instruction.op}`);
}

function bytesOf(color: number): number[] {
  return [color & 255, (color >> 8) & 255, (color >> 16) & 255, color >>> 24];
}
