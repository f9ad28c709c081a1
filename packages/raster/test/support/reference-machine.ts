import { type Font, fontOf } from "@gvpie/glyph-rom";
import type {
  ColorValue,
  Instruction,
  InstructionOf,
  IntegerValue,
  Program,
  Reference,
  Relation,
  Template,
} from "@gvpie/pxl-parser";

import { formatReference, numberOf, wrapReference } from "./reference-text.ts";
import {
  arcRegion,
  boxRegion,
  circleRegion,
  lineRegion,
  outlineRegion,
  polygonRegion,
  type Region,
  roundedRegion,
  spriteRegion,
  textRegion,
} from "./regions.ts";

/** A set of pixels and the packed colour of each. */
export interface Shape extends Region {
  colorAt(x: number, y: number): number;
}

/** The run that a program makes its drawings in. */
export interface Run {
  readonly params: Readonly<Record<string, string | number>>;
  readonly width: number;
  readonly height: number;
  readonly frame: number;
}

/** The vectors of 0° to 359°: sines and cosines in units of 1/65536. */
const SINES = Array.from({ length: 360 }, (_, degrees) =>
  Math.round(Math.sin((degrees * Math.PI) / 180) * 65_536),
);

/** Runs a program that ends without an error; returns its drawings in order, clipped. */
export function runReference({ instructions, frames }: Program, run: Run): Shape[] {
  const { width, height } = run;
  const texts = new Map<string, string>();
  const numbers = new Map<string, number>();
  const arrays = new Map<string, number[]>();
  for (const i of instructions) {
    if (i.op === "PARAM") texts.set(i.name, String(run.params[i.name] ?? i.value));
    if (i.op === "INT") numbers.set(i.name, numberOf(run.params[i.name], i.lo, i.hi, i.value, i.decimals));
    if (i.op === "LIST") {
      const given = run.params[i.name];
      const words =
        typeof given === "string" ? given.split(/[\s,]+/).filter((word) => word !== "") : i.values;
      arrays.set(i.name, words.map(Number));
    }
    if (i.op === "ARRAY") arrays.set(i.name, [...new Uint8Array(i.size)]);
  }

  const everything = boxRegion(0, 0, width, height);
  const shapes: Shape[] = [];
  /** Return addresses, and the values of locals that return with them. */
  const calls: { address: number; saved: [string, number][] }[] = [];
  let font: Font = fontOf("5x7");
  let random = 0n;
  let [color, scale, originX, originY, align, clip] = [0xff_ff_ff_ff, 1, 0, 0, "left", everything];

  const textOf = ({ name }: Reference): string => texts.get(name) ?? String(numbers.get(name) ?? 0);
  const textWidth = (text: string): number => {
    const { length } = Array.from(text);
    return length === 0 ? 0 : scale * (font.advance * (length - 1) + font.width);
  };
  const columnsIn = (w: number): number =>
    Math.floor((w + (font.advance - font.width) * scale) / (font.advance * scale));
  const trigonometric = (degrees: number, factor: number): number => {
    const product = BigInt(SINES[((degrees % 360) + 360) % 360] ?? 0) * BigInt(factor);
    const size = Number(((product < 0n ? -product : product) * 2n + 65_536n) / 131_072n);
    return product < 0n ? -size : size;
  };

  const int = (value: IntegerValue): number => {
    if (typeof value === "number") return value;
    if (!("operator" in value)) return Number(textOf(value));
    const [a = 0, b = 0] = value.operands.map(int);
    const cells = arrays.get(value.name ?? "") ?? [];
    switch (value.operator) {
      case "+":
        return a + b;
      case "-":
        return a - b;
      case "*":
        return Number(BigInt(a) * BigInt(b));
      case "/":
        return Number(BigInt(a) / BigInt(b));
      case "%":
        return Number(BigInt(a) % BigInt(b));
      case "negate":
        return 0 - a;
      case "min":
        return a < b ? a : b;
      case "max":
        return a > b ? a : b;
      case "abs":
        return a < 0 ? 0 - a : a;
      case "sqrt": {
        let root = 0;
        while (BigInt(root + 1) * BigInt(root + 1) <= BigInt(a)) root++;
        return root;
      }
      case "sin":
        return trigonometric(a, b);
      case "cos":
        return trigonometric((a % 360) + 90, b);
      case "rand": {
        random = BigInt.asUintN(32, random + 0x9e_37_79_b9n);
        let z = random;
        z = BigInt.asUintN(32, (z ^ (z >> 16n)) * 0x85_eb_ca_6bn);
        z = BigInt.asUintN(32, (z ^ (z >> 13n)) * 0xc2_b2_ae_35n);
        return Number((z ^ (z >> 16n)) % BigInt(a));
      }
      case "len":
        return cells.length;
      case "index":
        return cells[a] ?? Number.NaN;
      case "textwidth":
        return textWidth(fill(value.text ?? ""));
      case "textlines":
        return wrapReference(fill(value.text ?? ""), columnsIn(a), Infinity).length;
      case "width":
        return width;
      case "height":
        return height;
      case "frame":
        return run.frame;
      case "frames":
        return frames?.count ?? 1;
      case "pitch":
        return font.pitch * scale;
    }
  };
  const fill = (text: Template): string =>
    (typeof text === "string" ? [text] : text)
      .map((piece) => {
        if (typeof piece === "string") return piece;
        const { value, format } = piece;
        if (format === undefined && typeof value === "object" && !("operator" in value)) return textOf(value);
        return formatReference(int(value), format ?? {});
      })
      .join("");
  const rowsOf = ({ w, rows }: InstructionOf<"SPRITE">): readonly string[] => {
    if (!("name" in rows)) return rows;
    const all = textOf(rows).replaceAll(/[ \t]/g, "").toLowerCase();
    return all.match(new RegExp(`.{${Math.ceil(w / 4)}}`, "g")) ?? [];
  };

  const colorOf = (value: ColorValue): number => {
    if (typeof value === "number") return swap(value);
    if ("name" in value) return readColor(textOf(value));
    const channels = [value.red, value.green, value.blue, value.alpha ?? 255].map(int);
    return channels.reduce((word, channel, i) => word + channel * 256 ** i, 0);
  };
  const holds = (left: IntegerValue, relation: Relation | "IS", right: IntegerValue | string): boolean => {
    if (relation === "IS") return textOf(left as Reference) === right;
    const a = int(left);
    const b = int(right as IntegerValue);
    return { "<": a < b, "<=": a <= b, "=": a === b, "!=": a !== b, ">=": a >= b, ">": a > b }[relation];
  };

  const paint = (region: Region, colorAt?: Shape["colorAt"]): void => {
    const [box, ink] = [clip, color];
    shapes.push({
      colorAt: colorAt ?? (() => ink),
      hasRow: (y) => region.hasRow(y) && box.hasRow(y),
      has: (x, y) => region.has(x, y) && box.has(x, y),
    });
  };
  const paintLine = (x: number, y: number, text: string): void => {
    paint(textRegion(x, y, text, scale, align, font));
  };

  const draw = (i: Instruction): void => {
    const at = (x: IntegerValue, y: IntegerValue): [number, number] => [originX + int(x), originY + int(y)];
    switch (i.op) {
      case "CLEAR":
        return paint(everything);
      case "PIX":
        return paint(boxRegion(...at(i.x, i.y), 1, 1));
      case "LINE":
        return paint(lineRegion(...at(i.x0, i.y0), ...at(i.x1, i.y1)));
      case "TRI":
        return paint(polygonRegion([...at(i.x0, i.y0), ...at(i.x1, i.y1), ...at(i.x2, i.y2)]));
      case "POLY": {
        const points = typeof i.points === "string" ? (arrays.get(i.points) ?? []) : i.points.map(int);
        return paint(polygonRegion(points.map((value, j) => value + (j % 2 === 0 ? originX : originY))));
      }
      case "RECT":
      case "BOX": {
        const [x, y] = at(i.x, i.y);
        const [w, h] = [int(i.w), int(i.h)];
        if (i.radius !== undefined) return paint(roundedRegion(x, y, w, h, int(i.radius), i.op === "BOX"));
        return paint(i.op === "BOX" ? outlineRegion(x, y, w, h) : boxRegion(x, y, w, h));
      }
      case "CIRCLE":
      case "DISC":
        return paint(circleRegion(...at(i.x, i.y), int(i.r), i.op === "CIRCLE"));
      case "ARC":
        return paint(arcRegion(...at(i.x, i.y), int(i.r), int(i.thickness), int(i.from), int(i.to)));
      case "SPRITE":
        return paint(spriteRegion(...at(i.x, i.y), i.w, rowsOf(i), scale));
      case "FILL": {
        const [x, y] = at(i.x, i.y);
        const [w, h] = [int(i.w), int(i.h)];
        const [start, end] = [colorOf(i.start), colorOf(i.end)];
        const last = BigInt((i.direction === "left" || i.direction === "right" ? w : h) - 1);
        const indexOf = {
          right: (px: number) => px - x,
          left: (px: number) => x + w - 1 - px,
          down: (_: number, py: number) => py - y,
          up: (_: number, py: number) => y + h - 1 - py,
        }[i.direction];
        return paint(boxRegion(x, y, w, h), (px, py) => {
          if (last === 0n) return start;
          const j = BigInt(indexOf(px, py));
          return [0, 8, 16, 24].reduce((word, shift) => {
            const [c0, c1] = [BigInt((start >>> shift) & 0xff), BigInt((end >>> shift) & 0xff)];
            return word + Number((c0 * (last - j) + c1 * j + last / 2n) / last) * 2 ** shift;
          }, 0);
        });
      }
      case "IMAGE": {
        const [x, y] = at(i.x, i.y);
        const size = scale;
        const palette = new Map(i.palette.map((entry) => [entry.key, swap(entry.color)]));
        const rows = i.rows.map((row) => Array.from(row, (key) => palette.get(key)));
        const pixel = (px: number, py: number): number | undefined =>
          rows[Math.floor((py - y) / size)]?.[Math.floor((px - x) / size)];
        return paint(
          {
            hasRow: (py) => py >= y && py < y + size * rows.length,
            has: (px, py) => pixel(px, py) !== undefined,
          },
          (px, py) => pixel(px, py) ?? 0,
        );
      }
      case "TXT": {
        const pieces = typeof i.text === "string" ? [i.text] : i.text;
        const text = pieces.map((piece) => (typeof piece === "string" ? piece : textOf(piece))).join("");
        return paintLine(...at(i.x, i.y), text);
      }
      case "PRINT": {
        const [x, y] = at(i.x, i.y);
        return paintLine(x, y, fill(i.text));
      }
      case "WRAP": {
        const [x, y] = at(i.x, i.y);
        const [w, h] = [int(i.w), int(i.h)];
        const most =
          h < font.height * scale ? 0 : 1 + Math.floor((h - font.height * scale) / (font.pitch * scale));
        const anchor = x + (align === "right" ? w : align === "center" ? Math.floor(w / 2) : 0);
        for (const [row, line] of wrapReference(fill(i.text), columnsIn(w), most).entries()) {
          paintLine(anchor, y + row * font.pitch * scale, line);
        }
        return undefined;
      }
      default:
        throw new Error(`expected a drawing opcode, got ${i.op}`);
    }
  };

  for (let pc = 0; pc < instructions.length; pc++) {
    const i = instructions[pc] as Instruction;
    switch (i.op) {
      case "HALT":
        return shapes;
      case "PARAM":
      case "INT":
      case "LIST":
      case "ARRAY":
      case "CANVAS":
      case "FRAMES":
        break;
      case "SET": {
        const cells = i.index === undefined ? undefined : arrays.get(i.name);
        if (cells === undefined) numbers.set(i.name, int(i.value));
        else cells[int(i.index ?? 0)] = int(i.value);
        break;
      }
      case "ADD":
      case "SUB":
      case "MUL":
      case "DIV":
      case "MOD": {
        const operator = ({ ADD: "+", SUB: "-", MUL: "*", DIV: "/", MOD: "%" } as const)[i.op];
        const { span } = { span: i };
        numbers.set(i.name, int({ operator, operands: [{ name: i.name, span }, i.value], span }));
        break;
      }
      case "SEED":
        random = BigInt.asUintN(32, BigInt(int(i.value)));
        break;
      case "JMP":
      case "ELSE":
      case "DEF":
        pc = i.target - 1;
        break;
      case "CALL": {
        const values = (i.args ?? []).map(int);
        const def = i.procedure === undefined ? undefined : instructions[i.procedure];
        const saved: [string, number][] = [];
        if (def?.op === "DEF") {
          for (const name of def.locals) {
            saved.push([name, numbers.get(name) ?? 0]);
            numbers.set(name, 0);
          }
          for (const [j, name] of def.args.entries()) numbers.set(name, values[j] ?? 0);
        }
        calls.push({ address: pc, saved });
        pc = i.target - 1;
        break;
      }
      case "END":
      case "RET": {
        if (i.op === "END" && i.closes === "IF") break;
        const { address, saved } = calls.pop() ?? { address: Number.NaN, saved: [] };
        for (const [name, value] of saved) numbers.set(name, value);
        pc = address;
        break;
      }
      case "IF":
        // With a label it jumps if the comparison holds, without one if it does not.
        if (holds(i.left, i.relation, i.right) === (i.label !== undefined)) pc = i.target - 1;
        break;
      case "FOR": {
        const from = int(i.from);
        const limit = int(i.to);
        const step = i.step === undefined ? 1 : int(i.step);
        numbers.set(i.name, from);
        numbers.set(i.limitName, limit);
        numbers.set(i.stepName, step);
        if (step > 0 ? from > limit : from < limit) pc = i.target - 1;
        break;
      }
      case "NEXT": {
        const step = numbers.get(i.stepName) ?? 1;
        const limit = numbers.get(i.limitName) ?? 0;
        const following = (numbers.get(i.name) ?? 0) + step;
        if (step > 0 ? following > limit : following < limit) break;
        numbers.set(i.name, following);
        pc = i.target - 1;
        break;
      }
      case "COLOR":
        color = colorOf(i.color);
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
      case "FONT":
        font = fontOf(i.font);
        break;
      case "CLIP":
        clip =
          i.box === undefined
            ? everything
            : boxRegion(originX + int(i.box.x), originY + int(i.box.y), int(i.box.w), int(i.box.h));
        break;
      default:
        draw(i);
    }
  }
  return shapes;
}

/** Reads a hex colour, packed. */
export function readColor(text: string): number {
  const digits = text.slice(1);
  const long = digits.length === 3 ? Array.from(digits, (digit) => digit + digit).join("") : digits;
  return swap(Number.parseInt(long.padEnd(8, "f"), 16));
}

/** Reverses the bytes of 0xRRGGBBAA. */
export function swap(rgba: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, rgba);
  return view.getUint32(0, true);
}
