import type { Instruction, Label, PxlErrorCode, Span } from "@gvpie/pxl-parser";

/** A diagnostic without its message. */
export type Fault = Span & { readonly code: PxlErrorCode };

interface Reading {
  readonly instructions: Instruction[];
  readonly labels: Map<string, Label>;
  readonly faults: Fault[];
}

type Report = (code: PxlErrorCode, from: number, to: number) => void;

interface Word {
  readonly word: string;
  readonly from: number;
  readonly to: number;
}

const FORBIDDEN = /(?!\t)\p{Control}|\p{Surrogate}/u;
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/** The operands of every opcode of version 1 as `key:kind`, from the tables of docs/language.md. */
const SHAPES: Readonly<Record<string, string>> = {
  TXT: "x:position y:position text:text",
  RECT: "x:position y:position w:size h:size",
  BOX: "x:position y:position w:size h:size",
  LINE: "x0:position y0:position x1:position y1:position",
  CIRCLE: "x:position y:position r:size",
  DISC: "x:position y:position r:size",
  PIX: "x:position y:position",
  SPRITE: "x:position y:position w:side h:side rows:rows",
  CLEAR: "",
  COLOR: "color:color",
  SCALE: "n:scale",
  ALIGN: "align:alignment",
  ORIGIN: "x:position y:position",
  CLIP: "x:position y:position w:size h:size",
  PARAM: "name:parameter value:default",
  SET: "name:variable value:value",
  ADD: "name:set_variable value:value",
  SUB: "name:set_variable value:value",
  MUL: "name:set_variable value:value",
  DIV: "name:set_variable value:value",
  MOD: "name:set_variable value:value",
  JMP: "label:label",
  IF: "left:value relation:relation right:value label:label",
  CALL: "label:label",
  RET: "",
  HALT: "",
};

const RANGES: Readonly<Record<string, readonly [min: bigint, max: bigint]>> = {
  position: [-(2n ** 31n), 2n ** 32n - 1n],
  size: [0n, 2n ** 32n - 1n],
  scale: [1n, 64n],
  side: [1n, 256n],
  value: [-(2n ** 31n), 2n ** 31n - 1n],
};

const BASIC_COLORS: Readonly<Record<string, string>> = {
  black: "#000",
  silver: "#c0c0c0",
  gray: "#808080",
  white: "#fff",
  maroon: "#800000",
  red: "#f00",
  purple: "#800080",
  fuchsia: "#f0f",
  green: "#008000",
  lime: "#0f0",
  olive: "#808000",
  yellow: "#ff0",
  navy: "#000080",
  blue: "#00f",
  teal: "#008080",
  aqua: "#0ff",
};

/**
 * A second implementation of version 1 of the language in docs/language.md, simple instead of fast: lines are split, columns are indexes into arrays of
 * code points, numbers are BigInt.
 */
export function parseReference(source: string): Reading {
  const lines = source
    .replace(/^\uFEFF/, "")
    .split("\n")
    .map((line) => line.replace(/\r$/, ""));
  const defined = new Set(lines.map((line) => /^[ \t]*([^ \t]+):(?![^ \t])/.exec(line)?.[1] ?? ""));
  const parser = new ReferenceParser(new Set([...defined].filter((name) => NAME.test(name))));
  for (const [index, line] of lines.entries()) parser.readLine(line, index + 1);
  for (const instruction of parser.instructions) {
    if (!("target" in instruction)) continue;
    const { label = "" } = instruction as { label?: string };
    Object.assign(instruction, { target: parser.labels.get(label)?.index });
  }
  return parser;
}

class ReferenceParser {
  readonly instructions: Instruction[] = [];
  readonly labels = new Map<string, Label>();
  readonly faults: Fault[] = [];
  readonly #names = new Map<string, "parameter" | "variable">();
  readonly #definedLabels: ReadonlySet<string>;
  #instructionCount = 0;

  constructor(definedLabels: ReadonlySet<string>) {
    this.#definedLabels = definedLabels;
  }

  readLine(content: string, line: number): void {
    const faults: Fault[] = [];
    const place = (from: number, to: number): Span => ({
      line,
      column: Array.from(content.slice(0, from)).length + 1,
      length: Array.from(content.slice(from, to)).length,
    });
    const report: Report = (code, from, to) => {
      if (!FORBIDDEN.test(content.slice(from, to))) faults.push({ code, ...place(from, to) });
    };
    const instruction = this.#readContent(content.replace(/[ \t]+$/, ""), report, place);
    for (const [i, character] of Array.from(content).entries()) {
      if (!FORBIDDEN.test(character)) continue;
      const code = /\p{Surrogate}/u.test(character) ? "PXL_LONE_SURROGATE" : "PXL_CONTROL_CHARACTER";
      faults.push({ code, line, column: i + 1, length: 1 });
    }
    if (instruction !== undefined && faults.length === 0) {
      this.instructions.push(instruction);
      this.#instructionCount++;
    }
    this.faults.push(...faults.sort((a, b) => a.column - b.column));
  }

  #readContent(
    line: string,
    report: Report,
    place: (from: number, to: number) => Span,
  ): Instruction | undefined {
    const words = [...line.matchAll(/[^ \t]+/g)].map((match) => ({
      word: match[0],
      from: match.index,
      to: match.index + match[0].length,
    }));
    const [first, ...operands] = words;
    if (first === undefined || first.word.startsWith("#")) return undefined;

    if (first.word.endsWith(":")) {
      const name = first.word.slice(0, -1);
      if (!NAME.test(name)) {
        report("PXL_NOT_A_NAME", first.from, first.to);
      } else if (this.labels.has(name)) {
        report("PXL_DUPLICATE_LABEL", first.from, first.to);
      } else {
        this.labels.set(name, { index: this.#instructionCount, span: place(first.from, first.to) });
      }
      if (operands[0]) report("PXL_EXTRA_OPERAND", operands[0].from, line.length);
      return undefined;
    }

    // Only ASCII letters have two cases: the long s and the Kelvin sign are not letters of an opcode.
    const op = /^[A-Za-z]+$/.test(first.word) ? first.word.toUpperCase() : "";
    if (!Object.hasOwn(SHAPES, op)) {
      report("PXL_UNKNOWN_OPCODE", first.from, first.to);
      return undefined;
    }
    const span = place(first.from, line.length);
    const fields: Record<string, unknown> = {};
    this.#readOperands(op as Instruction["op"], { line, first, operands, fields }, report, place);
    const { name } = fields;
    if (typeof name === "string" && !this.#names.has(name)) {
      if (op === "PARAM") this.#names.set(name, "parameter");
      if (op === "SET") this.#names.set(name, "variable");
    }
    if (op === "CLIP") return { op, box: operands.length === 0 ? undefined : fields, ...span } as Instruction;
    if ("label" in fields) fields["target"] = undefined;
    return { op, ...fields, ...span } as unknown as Instruction;
  }

  #readOperands(
    op: Instruction["op"],
    {
      line,
      first,
      operands,
      fields,
    }: { line: string; first: Word; operands: Word[]; fields: Record<string, unknown> },
    report: Report,
    place: (from: number, to: number) => Span,
  ): void {
    if (op === "CLIP" && operands.length === 0) return;
    const shape = (SHAPES[op] ?? "").split(" ").filter(Boolean);
    for (const [i, keyAndKind] of shape.entries()) {
      const [key = "", kind = ""] = keyAndKind.split(":");
      const before = operands[i - 1] ?? first;
      if (kind === "default") {
        fields[key] = line.slice(before.to).replace(/^[ \t]+/, "");
        return;
      }
      if (kind === "rows") {
        fields[key] = this.#readRows(line, operands.slice(i), fields, report);
        return;
      }
      const operand = operands[i];
      if (operand === undefined) {
        report(kind === "text" ? "PXL_MISSING_TEXT" : "PXL_MISSING_OPERAND", line.length, line.length);
        return;
      }
      if (kind === "text") {
        fields[key] = this.#readText(line.slice(before.to + 1), before.to + 1, place);
        return;
      }
      const value = this.#readWord(kind, operand, place);
      if (typeof value === "object" && "code" in value) {
        report(value.code, operand.from, operand.to);
      } else {
        fields[key] = value;
      }
    }
    const extra = operands[shape.length];
    if (extra) report("PXL_EXTRA_OPERAND", extra.from, line.length);
  }

  #readText(text: string, start: number, place: (from: number, to: number) => Span): unknown {
    const pieces: unknown[] = [];
    let literal = "";
    for (let i = 0; i < text.length;) {
      const name = /^\{([A-Za-z_][A-Za-z0-9_]{0,63})\}/.exec(text.slice(i, i + 66))?.[1];
      if (name === undefined || !this.#names.has(name)) {
        literal += text[i];
        i++;
        continue;
      }
      if (literal !== "") pieces.push(literal);
      literal = "";
      pieces.push({ name, span: place(start + i, start + i + name.length + 2) });
      i += name.length + 2;
    }
    if (pieces.length === 0) return text;
    return literal === "" ? pieces : [...pieces, literal];
  }

  #readRows(line: string, words: Word[], { w, h }: Record<string, unknown>, report: Report): string[] {
    if (typeof w !== "number" || typeof h !== "number") return [];
    const rows = words.slice(0, h);
    for (const { word, from, to } of rows) {
      const isHex = /^[0-9A-Fa-f]+$/.test(word) && word.length === Math.ceil(w / 4);
      const bits = isHex
        ? BigInt(`0x${word}`)
            .toString(2)
            .padStart(4 * word.length, "0")
        : "";
      if (!isHex || bits.slice(w).includes("1")) report("PXL_NOT_A_ROW", from, to);
    }
    const extra = words[h];
    if (words.length < h) {
      report("PXL_MISSING_OPERAND", line.length, line.length);
    } else if (extra) {
      report("PXL_EXTRA_OPERAND", extra.from, line.length);
    }
    return rows.map(({ word }) => word.toLowerCase());
  }

  /** Returns the value of a word, or the code of its fault. */
  #readWord(
    kind: string,
    { word, from, to }: Word,
    place: (from: number, to: number) => Span,
  ): string | number | { name: string; span: Span } | { code: PxlErrorCode } {
    const braced = /^\{(.*)\}$/.exec(word)?.[1] ?? "";
    const refer = (name: string) =>
      this.#names.has(name) ? { name, span: place(from, to) } : ({ code: "PXL_UNDECLARED_NAME" } as const);

    const range = RANGES[kind];
    if (range !== undefined) {
      if (/^-?[0-9]+$/.test(word)) {
        const value = BigInt(word);
        return value < range[0] || value > range[1] ? { code: "PXL_OUT_OF_RANGE" } : Number(value);
      }
      if (kind !== "side" && NAME.test(braced)) return refer(braced);
      return kind === "value" && NAME.test(word) ? refer(word) : { code: "PXL_NOT_AN_INTEGER" };
    }
    const lower = word.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    if (kind === "color") {
      const hex = Object.hasOwn(BASIC_COLORS, lower) ? (BASIC_COLORS[lower] ?? "") : lower;
      if (/^#([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/.test(hex)) {
        const digits = hex.length === 4 ? hex.slice(1).replace(/./g, "$&$&") : hex.slice(1);
        return Number(`0x${digits.padEnd(8, "f")}`);
      }
      const isName = NAME.test(braced) && this.#names.get(braced) !== "variable";
      return isName ? refer(braced) : { code: "PXL_NOT_A_COLOR" };
    }
    if (kind === "alignment") {
      return ["left", "center", "right"].includes(lower) ? lower : { code: "PXL_NOT_AN_ALIGNMENT" };
    }
    if (kind === "relation") return /^(<=?|>=?|!?=)$/.test(word) ? word : { code: "PXL_NOT_A_RELATION" };
    if (!NAME.test(word)) return { code: "PXL_NOT_A_NAME" };
    if (kind === "label") return this.#definedLabels.has(word) ? word : { code: "PXL_UNDEFINED_LABEL" };
    const declared = this.#names.get(word);
    if (kind === "parameter") return declared === undefined ? word : { code: "PXL_DUPLICATE_NAME" };
    if (declared === "parameter") return { code: "PXL_NOT_A_VARIABLE" };
    return kind === "variable" || declared === "variable" ? word : { code: "PXL_UNDECLARED_NAME" };
  }
}
