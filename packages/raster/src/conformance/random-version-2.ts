import type { Random } from "./prng.ts";
import type { Strokes } from "./random-core.ts";
import { type BoundedArray, type BoundedName, ExpressionWriter } from "./random-expression.ts";

const COLORS = [
  "orange",
  "rebeccapurple",
  "#0f0",
  "#0000ff88",
  "#80808080",
  "#fedcba01",
  "#abcdeffe",
  "{ink}",
];
const FONTS = ["5x7", "3x5", "8x13", "5x7-intl", "8x13-intl"];
const RELATIONS = ["<", "<=", "=", "!=", ">=", ">"];
const FORMATS = ["", ":02", ":6", ":.2", ":,", ":,.1"];
const WORDS = [
  "a",
  "wide",
  "Jg,y",
  "\u{416}\u{3a9}",
  "\u{e9}\u{20ac}",
  "\u{8a9e}",
  "\u{1f600}",
  "{{",
  "}",
  "  ",
  "|",
];
const KEYS = ["a", "#", "\u{1f600}", "\u{416}"];

const ARRAYS: readonly BoundedArray[] = [
  { name: "data", length: 6, bound: 120 },
  { name: "cells", length: 9, bound: 999 },
];
const GLOBALS: readonly BoundedName[] = [
  { name: "row", bound: 999 },
  { name: "col", bound: 999 },
  { name: "size", bound: 40 },
  { name: "temp", bound: 600 },
];
const LOCALS: readonly BoundedName[] = [
  { name: "a", bound: 99 },
  { name: "b", bound: 99 },
  { name: "c", bound: 999 },
];

/** Writes random programs of language version 2, which run to their end without an error. */
export class Version2Writer {
  readonly #random: Random;
  readonly #strokes: Strokes;
  readonly #width: number;
  readonly #height: number;
  readonly #expressions: ExpressionWriter;
  /** The names at the present line. */
  #names: readonly BoundedName[] = GLOBALS;
  #labels = 0;

  constructor(random: Random, strokes: Strokes, width: number, height: number) {
    this.#random = random;
    this.#strokes = strokes;
    this.#width = width;
    this.#height = height;
    this.#expressions = new ExpressionWriter(random, ARRAYS, () =>
      random.pick(["a b", "{size} wide", "\u{e9}{temp:.1}", "a longer text", "{name}"]),
    );
  }

  program(): string {
    const random = this.#random;
    const declarations = [
      "INT temp -400 600 215 1",
      "LIST data 12 10 9 -40 120 3",
      "ARRAY cells 9",
      ...(random.below(2) === 0 ? [`FRAMES ${random.between(1, 9)} ${random.between(1, 999)}`] : []),
      ...(random.below(2) === 0
        ? [`CANVAS ${random.between(1, 99)} 7 ${random.pick(["navy", "#12380080"])}`]
        : []),
    ];
    const procedures = [...this.#procedure("first"), ...this.#procedure("second"), ...this.#recursion()];
    const body = Array.from({ length: random.between(2, 9) }, () => this.#part(0)).flat();
    if (random.below(4) === 0) body.push("HALT", ...this.#stroke());
    const lines = [
      "PARAM size 12",
      "PARAM name a b",
      "PARAM ink #ff80c0a0",
      "SET row 3",
      `SET col ${random.between(-9, 99)}`,
      `SEED ${this.#word(0, 99)}`,
    ];
    // Neither declarations nor procedures have to stand before their use.
    const [before, after] = random.below(2) === 0 ? [declarations, []] : [[], declarations];
    const parts = random.below(2) === 0 ? [...procedures, ...body] : [...body, ...procedures];
    return [...before, ...lines, ...parts, ...after].join("\n");
  }

  /** Returns lines of a part of a block; `depth` blocks are around them. */
  #part(depth: number): string[] {
    const random = this.#random;
    switch (random.below(depth < 2 ? 16 : 10)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
      case 5:
        return this.#stroke();
      case 6:
      case 7:
        return [this.#setting()];
      case 8:
      case 9:
        return this.#calculation();
      case 10:
      case 11:
        return this.#loop(depth);
      case 12:
        return this.#choice(depth);
      case 13: {
        const label = `skip${this.#labels++}`;
        const jump = random.below(4) === 0 ? `JMP ${label}` : `IF ${this.#comparison()} ${label}`;
        return [jump, ...this.#stroke(), `${label}:`];
      }
      default:
        return [this.#call()];
    }
  }

  #loop(depth: number): string[] {
    const name = `i${depth}`;
    const [from, to, step] = this.#random.pick([
      ["0", "3", ""],
      ["3", "-3", " -2"],
      ["5", "1", ""],
      [this.#word(0, 3), this.#word(2, 5), ""],
      ["col-4", "{col + 4}", " 3"],
      ["2147483646", "2147483647", ""],
    ] as const);
    const head = `FOR ${name} ${from} ${to}${step}`;
    const isFar = from === "2147483646";
    const body = this.#with(isFar ? [] : [{ name, bound: 1003 }], () => [
      ...this.#stroke(),
      ...this.#part(depth + 1),
    ]);
    return [head, ...body, "NEXT"];
  }

  #choice(depth: number): string[] {
    const random = this.#random;
    const condition = random.below(4) === 0 ? `name IS ${random.pick(["a", "x", "{{"])}` : this.#comparison();
    const otherwise = random.below(2) === 0 ? [] : ["ELSE", ...this.#part(depth + 1)];
    return [`IF ${condition}`, ...this.#part(depth + 1), ...otherwise, "END"];
  }

  #comparison(): string {
    return `${this.#open()} ${this.#random.pick(RELATIONS)} ${this.#open()}`;
  }

  /** Returns lines that change variables and cells, which stay between −999 and 999. */
  #calculation(): string[] {
    const random = this.#random;
    const name = this.#names === GLOBALS || random.below(2) === 0 ? random.pick(["row", "col"]) : "row";
    switch (random.below(6)) {
      case 0:
        return [`SET cells[${this.#open(0, 8)}] ${this.#open(0, 999)}`];
      case 1:
        return [`SEED ${this.#word()}`];
      case 2:
        return [
          `${random.pick(["ADD", "SUB"])} ${name} ${this.#open(0, 999)}`,
          `MOD ${name} ${random.pick(["1000", "-50", "size+1"])}`,
        ];
      case 3:
        return [`MUL ${name} ${this.#open(0, 9)}`, `DIV ${name} 9+${this.#open(0, 9)}`];
      default:
        return [`SET ${name} (${this.#open()}) % 1000`];
    }
  }

  #procedure(name: string): string[] {
    const random = this.#random;
    const body = this.#with(LOCALS, () => [
      `SET c ${this.#open(0, 99)}`,
      ...this.#part(1),
      ...(random.below(2) === 0 ? [`IF ${this.#comparison()}`, "RET", "END"] : []),
      ...this.#part(1),
    ]);
    // Calls inside would have no end.
    return [`DEF ${name} a b`, ...body.filter((line) => !line.startsWith("CALL")), "END"];
  }

  #recursion(): string[] {
    const stroke = this.#with([{ name: "n", bound: 5 }], () => this.#stroke());
    return ["DEF again n", "IF n > 0", ...stroke, "CALL again n-1", "END", "END"];
  }

  #call(): string {
    if (this.#random.below(4) === 0) return `CALL again ${this.#word(0, 4)}`;
    return `CALL ${this.#random.pick(["first", "second"])} ${this.#word(0, 99)} ${this.#word(0, 99)}`;
  }

  /** Returns the lines of a drawing. */
  #stroke(): string[] {
    const random = this.#random;
    const x = this.#x();
    const y = this.#y();
    const box = (): string => `${x} ${y} ${this.#size()} ${this.#size()}`;
    switch (random.below(18)) {
      case 0:
      case 1:
        return [`RECT ${box()}${random.below(2) === 0 ? "" : ` ${this.#size()}`}`];
      case 2:
      case 3:
        return [`BOX ${box()} ${this.#size()}`];
      case 4:
      case 5:
        return [`TRI ${x} ${y} ${this.#x()} ${this.#y()} ${this.#x()} ${this.#y()}`];
      case 6:
        return [
          `POLY ${Array.from({ length: random.between(1, 6) }, () => `${this.#x()} ${this.#y()}`).join(" ")}`,
        ];
      case 7:
        return ["POLY data"];
      case 8:
      case 9: {
        const angle = (): string =>
          random.pick([this.#word(), String(random.between(-360, 720)), "90", "180"]);
        return [`ARC ${x} ${y} ${this.#size()} ${this.#size()} ${angle()} ${angle()}`];
      }
      case 10:
      case 11: {
        const direction = random.pick(["right", "down", "left", "up"]);
        return [`FILL ${box()} ${random.pick(COLORS)} ${random.pick(COLORS)} ${direction}`];
      }
      case 12:
        return this.#image(x, y);
      case 13:
      case 14:
        return [`PRINT ${x} ${y} (${this.#template()})`];
      case 15:
        return [`WRAP ${box()} (${this.#template()})`];
      case 16:
        return [
          random.pick([
            `TXT ${x} ${y} {name} {row}:{size} {width}`,
            `PIX ${x} ${y}`,
            "CLEAR",
            `DISC ${x} ${y} ${this.#size()}`,
          ]),
        ];
      default:
        return [
          random.pick([
            `LINE ${x} ${y} ${this.#x()} ${this.#y()}`,
            `CIRCLE ${x} ${y} ${this.#size()}`,
            `SPRITE ${x} ${y} 5 2 a8 50`,
          ]),
        ];
    }
  }

  #image(x: string, y: string): string[] {
    const random = this.#random;
    const w = random.between(1, 9);
    const h = random.between(1, 6);
    const palette = KEYS.map((key) => `${key}=${random.pick(["red", "#00ff0088", "#abcdef", "tomato"])}`);
    if (random.below(4) === 0) palette.push(".=#40404080");
    const row = (): string => Array.from({ length: w }, () => random.pick([".", "#", ...KEYS])).join("");
    return [
      `IMAGE ${x} ${y} ${w} ${h} ${palette.join(" ")}`,
      ...Array.from({ length: h }, () => `| ${row()}`),
    ];
  }

  /** Returns a line that changes the pen. */
  #setting(): string {
    const random = this.#random;
    switch (random.below(7)) {
      case 0:
        return `COLOR ${this.#word(0, 255)} ${this.#word(0, 255)} ${random.below(256)}${random.below(2) === 0 ? "" : ` ${this.#word(0, 255)}`}`;
      case 1:
        return `COLOR ${random.pick(COLORS)}`;
      case 2:
      case 3:
        return `FONT ${random.pick(FONTS)}`;
      case 4:
        return `SCALE ${random.pick(["1", "1", "2", "64", this.#word(1, 4)])}`;
      case 5:
        return random.below(2) === 0
          ? `ALIGN ${random.pick(["left", "center", "right"])}`
          : `ORIGIN ${this.#word(0, 9)} -${random.below(9)}`;
      default:
        return random.below(3) === 0
          ? "CLIP"
          : `CLIP ${this.#x()} ${this.#y()} ${this.#size()} ${this.#size()}`;
    }
  }

  #template(): string {
    const random = this.#random;
    const piece = (): string =>
      random.below(2) === 0
        ? random.pick(WORDS)
        : random.pick([`{${this.#open()}${random.pick(FORMATS)}}`, "{name}", "{temp}"]);
    return Array.from({ length: random.between(1, 9) }, piece).join(random.pick(["", " "]));
  }

  /** Calls back with more names. */
  #with<T>(names: readonly BoundedName[], write: () => T): T {
    const before = this.#names;
    this.#names = [...before, ...names];
    const written = write();
    this.#names = before;
    return written;
  }

  /** Returns an expression as the rest of a line; between two limits if they are given. */
  #open(low?: number, high?: number): string {
    return this.#expressions.open(this.#expression(low, high));
  }

  /** Returns an expression as one operand; between two limits if they are given. */
  #word(low?: number, high?: number): string {
    return this.#expressions.word(this.#expression(low, high));
  }

  #expression(low?: number, high?: number): ReturnType<ExpressionWriter["expression"]> {
    return low === undefined || high === undefined
      ? this.#expressions.expression(this.#names)
      : this.#expressions.between(this.#names, low, high);
  }

  #x(): string {
    return this.#position(this.#width);
  }

  #y(): string {
    return this.#position(this.#height);
  }

  /** Returns a position, mostly in sight. */
  #position(side: number): string {
    const kind = this.#random.below(12);
    if (kind === 0) return this.#word();
    return kind < 4 ? this.#word(0, side) : String(this.#strokes.position(side));
  }

  #size(): string {
    const random = this.#random;
    if (random.below(3) === 0) return this.#word(0, random.pick([3, 9, 60]));
    return String(this.#strokes.size(random.between(-9, 9), random.pick([this.#width, this.#height])));
  }
}
