import {
  type Instruction,
  type IntegerValue,
  parseProgram,
  type Program,
  type Reference,
} from "@gvpie/pxl-parser";
import {
  blendPixel,
  type Frame,
  lowerProgram,
  type Rasterizer,
  renderEachFrame,
  type RenderOptions,
} from "@gvpie/raster";

import {
  boxRegion,
  circleRegion,
  lineRegion,
  outlineRegion,
  type Region,
  spriteRegion,
  textRegion,
} from "./regions.ts";

/** A set of pixels and its colour. */
interface Shape extends Region {
  readonly color: number;
}

/**
 * Renders a program for tests: runs it as the specification says, then finds for every pixel the shapes that paint it.
 * A second opinion: it shares no code with the machine, the lowering and the drawing, only the blending, which has a
 * reference of its own. A new opcode needs an entry here.
 */
export function renderReference(program: string | Program, options: RenderOptions = {}): Frame {
  const { width = 128, height = 64, background = "#000", params = {} } = options;
  const shapes = runReference(
    typeof program === "string" ? parseProgram(program) : program,
    params,
    width,
    height,
  );
  const back = colorOf(background);
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
        painting.push(shape.color);
        if (shape.color >>> 24 === 255) break;
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

/** Runs a program that ends without an error; returns its drawings in order, clipped. */
function runReference(
  { instructions }: Program,
  given: Readonly<Record<string, string | number>>,
  width: number,
  height: number,
): Shape[] {
  const texts = new Map<string, string>();
  for (const i of instructions) if (i.op === "PARAM") texts.set(i.name, String(given[i.name] ?? i.value));
  const numbers = new Map<string, number>();
  const value = (reference: Reference): string =>
    texts.get(reference.name) ?? String(numbers.get(reference.name) ?? 0);
  const int = (operand: IntegerValue | string): number => {
    if (typeof operand === "number") return operand;
    if (typeof operand === "string" || "operator" in operand) throw new Error("expected version 1");
    return Number(value(operand));
  };
  const everything = boxRegion(0, 0, width, height);

  const shapes: Shape[] = [];
  const calls: number[] = [];
  let [color, scale, originX, originY, align, clip] = [0xff_ff_ff_ff, 1, 0, 0, "left", everything];
  const paint = (region: Region): void => {
    const box = clip;
    shapes.push({
      color,
      hasRow: (y) => region.hasRow(y) && box.hasRow(y),
      has: (x, y) => region.has(x, y) && box.has(x, y),
    });
  };
  for (let pc = 0; pc < instructions.length; pc++) {
    const i = instructions[pc] as Instruction;
    switch (i.op) {
      case "HALT":
        return shapes;
      case "PARAM":
        break;
      case "SET":
        numbers.set(i.name, int(i.value));
        break;
      case "ADD":
        numbers.set(i.name, (numbers.get(i.name) ?? 0) + int(i.value));
        break;
      case "SUB":
        numbers.set(i.name, (numbers.get(i.name) ?? 0) - int(i.value));
        break;
      case "MUL":
        numbers.set(i.name, Number(BigInt(numbers.get(i.name) ?? 0) * BigInt(int(i.value))));
        break;
      case "DIV":
        numbers.set(i.name, Number(BigInt(numbers.get(i.name) ?? 0) / BigInt(int(i.value))));
        break;
      case "MOD":
        numbers.set(i.name, Number(BigInt(numbers.get(i.name) ?? 0) % BigInt(int(i.value))));
        break;
      case "JMP":
        pc = i.target - 1;
        break;
      case "CALL":
        calls.push(pc);
        pc = i.target - 1;
        break;
      case "RET":
        pc = calls.pop() ?? Number.NaN;
        break;
      case "IF": {
        const difference = int(i.left) - int(i.right);
        const holds = {
          "<": difference < 0,
          "<=": difference <= 0,
          "=": difference === 0,
          "!=": difference !== 0,
          ">=": difference >= 0,
          ">": difference > 0,
        };
        if (i.relation !== "IS" && holds[i.relation]) pc = i.target - 1;
        break;
      }
      case "COLOR":
        color = typeof i.color === "number" ? swap(i.color) : colorOf(value(i.color as Reference));
        break;
      case "SCALE":
        scale = int(i.n);
        break;
      case "ORIGIN":
        [originX, originY] = [int(i.x), int(i.y)];
        break;
      case "ALIGN":
        align = i.align;
        break;
      case "CLIP":
        clip =
          i.box === undefined
            ? everything
            : boxRegion(originX + int(i.box.x), originY + int(i.box.y), int(i.box.w), int(i.box.h));
        break;
      case "CLEAR":
        paint(everything);
        break;
      case "LINE":
        paint(lineRegion(originX + int(i.x0), originY + int(i.y0), originX + int(i.x1), originY + int(i.y1)));
        break;
      case "RECT":
      case "PIX":
      case "BOX":
      case "CIRCLE":
      case "DISC":
      case "SPRITE":
      case "TXT": {
        const x = originX + int(i.x);
        const y = originY + int(i.y);
        if (i.op === "RECT") {
          paint(boxRegion(x, y, int(i.w), int(i.h)));
        } else if (i.op === "PIX") {
          paint(boxRegion(x, y, 1, 1));
        } else if (i.op === "BOX") {
          paint(outlineRegion(x, y, int(i.w), int(i.h)));
        } else if (i.op === "CIRCLE") {
          paint(circleRegion(x, y, int(i.r), true));
        } else if (i.op === "DISC") {
          paint(circleRegion(x, y, int(i.r), false));
        } else if (i.op === "SPRITE") {
          paint(spriteRegion(x, y, i.w, i.rows, scale));
        } else {
          const pieces = typeof i.text === "string" ? [i.text] : i.text;
          const text = pieces.map((piece) => (typeof piece === "string" ? piece : value(piece))).join("");
          paint(textRegion(x, y, text, scale, align));
        }
        break;
      }
      default:
        throw new Error(`expected an opcode of version 1, got ${i.op}`);
    }
  }
  return shapes;
}

/** Reads a hex colour, packed. */
function colorOf(text: string): number {
  const digits = text.slice(1);
  const long = digits.length === 3 ? Array.from(digits, (digit) => digit + digit).join("") : digits;
  return swap(Number.parseInt(long.padEnd(8, "f"), 16));
}

/** Reverses the bytes of 0xRRGGBBAA. */
function swap(rgba: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, rgba);
  return view.getUint32(0, true);
}
