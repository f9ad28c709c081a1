import { createRandom, type Random } from "./prng.ts";
import { BACKGROUNDS, BORDERS, createStrokes, SIDES, type Strokes } from "./random-core.ts";
import { Version2Writer } from "./random-version-2.ts";
import type { RandomProgram, RandomProgramOptions } from "./types.ts";

const COLORS = [
  "red",
  "#0f0",
  "#0000ff88",
  "#123456",
  "#ffffff",
  "#80808080",
  "#fedcba01",
  "#abcdeffe",
  "#00000000",
];
const RELATIONS = ["<", "<=", "=", "!=", ">=", ">"];
const FAR = [-(2 ** 31), -65536, 2 ** 24, 2 ** 32 - 1];

/**
 * Returns a valid program from a seed, which renders without an error. The same seed and options give the same program in
 * every release with the same opcodes. An even seed gives a program of language version 1, an odd one a program of
 * version 2.
 *
 * Draws with every opcode, clipped at every edge, at extreme coordinates, with glyphs cut at edges and borders, with
 * texts that begin far outside, in opaque and translucent colours, scaled, moved and aligned, with values of parameters
 * and variables, in loops and subroutines, and sometimes with a HALT before the end. Programs of version 2 use every
 * operator, blocks, procedures, arrays, templates, fonts, and names before their declarations.
 *
 * @param seed any integer.
 */
export function randomProgram(seed: number, options: RandomProgramOptions = {}): RandomProgram {
  return writeProgram(seed, options, Math.abs(seed % 2) === 1);
}

/** Returns a random program of the opcodes of language version 1. It never changes, because cases consist of it. */
export function randomVersion1Program(seed: number, options: RandomProgramOptions): RandomProgram {
  return writeProgram(seed, options, false);
}

/** Returns a random program of language version 2. It never changes, because cases consist of it. */
export function randomVersion2Program(seed: number, options: RandomProgramOptions): RandomProgram {
  return writeProgram(seed, options, true);
}

function writeProgram(
  seed: number,
  { sides = SIDES, borders = BORDERS }: RandomProgramOptions,
  isVersion2: boolean,
): RandomProgram {
  const random = createRandom(seed);
  const width = random.pick(sides);
  const height = random.pick(sides);
  const strokes = createStrokes(random, width, height, borders);
  const writer = new Writer(random, strokes, width, height);
  const params: Record<string, string> = {};
  if (random.below(4) === 0) params["size"] = String(random.below(40));
  if (random.below(4) === 0) params["name"] = `{row} ${random.pick(["\u{8a9e}", "RECT 0 0 9 9", "x"])}`;
  if (isVersion2 && random.below(4) === 0) params["temp"] = random.pick(["21.75", "-1e3", "unavailable", ""]);
  if (isVersion2 && random.below(4) === 0) params["data"] = "1, -2 300,4 5,60";
  return {
    source: isVersion2 ? new Version2Writer(random, strokes, width, height).program() : writer.program(),
    width,
    height,
    background: random.pick(BACKGROUNDS),
    params,
  };
}

/** Writes random lines, with labels and variables of their own. */
class Writer {
  readonly #random: Random;
  readonly #strokes: Strokes;
  readonly #width: number;
  readonly #height: number;
  #labels = 0;

  constructor(random: Random, strokes: Strokes, width: number, height: number) {
    this.#random = random;
    this.#strokes = strokes;
    this.#width = width;
    this.#height = height;
  }

  program(): string {
    const random = this.#random;
    const lines = ["PARAM size 12", "PARAM name a b", "PARAM ink #ff80c0a0", "SET row 3", "SET n 0"];
    const length = random.below(20);
    for (let i = 0; i < length; i++) lines.push(...this.#part());
    if (random.below(4) === 0) lines.push("HALT", this.#stroke());
    if (random.below(2) === 0) {
      lines.splice(random.between(5, lines.length), 0, "CALL sub");
      lines.push("HALT", "sub:", this.#setting(), this.#stroke(), "RET");
    }
    return lines.join("\n");
  }

  /** Returns one or more lines, which jump only to each other. */
  #part(): string[] {
    const random = this.#random;
    const kind = random.below(16);
    if (kind < 8) return [this.#stroke()];
    if (kind < 12) return [this.#setting()];
    if (kind === 12) return this.#calculation();
    if (kind === 13) return this.#loop();
    const label = `skip${this.#labels++}`;
    const jump =
      kind === 14 ? `JMP ${label}` : `IF row ${random.pick(RELATIONS)} ${random.between(-20, 20)} ${label}`;
    return [jump, this.#setting(), this.#stroke(), `${label}:`];
  }

  /** Returns a line that draws. */
  #stroke(): string {
    const { rect, text } = this.#strokes;
    const x = this.#x();
    const y = this.#y();
    switch (this.#random.below(13)) {
      case 0:
      case 1:
        return rect();
      case 2:
      case 3:
        return text();
      case 4:
        return `TXT ${x} ${y} {name} {row}:{size} {other}`;
      case 5:
        return `BOX ${x} ${y} ${this.#size()} ${this.#size()}`;
      case 6:
        return `PIX ${x} ${y}`;
      case 7:
      case 8:
        return `LINE ${x} ${y} ${this.#x()} ${this.#y()}`;
      case 9:
        return `CIRCLE ${x} ${y} ${this.#size()}`;
      case 10:
        return `DISC ${x} ${y} ${this.#size()}`;
      case 11:
        return this.#sprite(x, y);
      default:
        return "CLEAR";
    }
  }

  /** Returns a line that changes the pen. */
  #setting(): string {
    const random = this.#random;
    switch (random.below(6)) {
      case 0:
        return `COLOR ${random.pick([...COLORS, "{ink}"])}`;
      case 1:
        return `COLOR ${random.pick(COLORS)}`;
      case 2:
        return `SCALE ${random.pick([1, 1, 2, 3, 7, 64])}`;
      case 3: {
        if (random.below(8) === 0) return `ORIGIN ${random.pick(FAR)} ${random.pick(FAR)}`;
        return `ORIGIN ${random.between(-9, 9)} ${random.between(-9, 9)}`;
      }
      case 4:
        return `ALIGN ${random.pick(["left", "center", "right"])}`;
      default:
        return random.below(3) === 0
          ? "CLIP"
          : `CLIP ${this.#x()} ${this.#y()} ${this.#size()} ${this.#size()}`;
    }
  }

  /** Returns lines that give `row` another value between −99 and 99. */
  #calculation(): string[] {
    const random = this.#random;
    const start = `SET row ${random.between(-99, 99)}`;
    const operand = random.between(1, 9) * (random.below(2) === 0 ? 1 : -1);
    return [
      start,
      `MUL row ${operand}`,
      `${random.pick(["ADD", "SUB"])} row {size}`,
      `${random.pick(["DIV row", "MOD row"])} ${random.between(10, 99)}`,
    ];
  }

  #loop(): string[] {
    const label = `loop${this.#labels++}`;
    const times = this.#random.between(1, 4);
    const body = [this.#setting(), this.#stroke(), `DISC {n} {row} {n}`, `RECT {row} {n} {size} {n}`];
    return ["SET n 0", `${label}:`, ...body, "ADD n 1", `IF n < ${times} ${label}`];
  }

  #sprite(x: number | string, y: number | string): string {
    const random = this.#random;
    const w = random.between(1, 21);
    const h = random.between(1, 9);
    const digits = Math.ceil(w / 4);
    const spare = digits * 4 - w;
    const row = (): string => {
      const bits = Array.from({ length: w }, () => random.below(2)).join("") + "0".repeat(spare);
      return Number.parseInt(bits, 2).toString(16).padStart(digits, "0");
    };
    return `SPRITE ${x} ${y} ${w} ${h} ${Array.from({ length: h }, row).join(" ")}`;
  }

  #x(): number | string {
    return this.#random.below(12) === 0 ? "{row}" : this.#strokes.position(this.#width);
  }

  #y(): number | string {
    return this.#random.below(12) === 0 ? "{size}" : this.#strokes.position(this.#height);
  }

  #size(): number | string {
    const random = this.#random;
    if (random.below(12) === 0) return "{size}";
    return this.#strokes.size(random.between(-9, 9), random.pick([this.#width, this.#height]));
  }
}
