import type { Instruction, Span } from "./types.ts";

/** The least value of a position: −2³¹. */
const POSITION_MIN = -0x8000_0000;
/** The greatest value of a position or a size: 2³²−1. */
const UNSIGNED_MAX = 0xffff_ffff;

/** A decimal integer between `min` and `max`, both included. */
export interface IntegerOperand {
  readonly kind: "position" | "size";
  /** The instruction's key that holds the value. */
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly doc: string;
}

/** The rest of the line after one separator; always the last operand. */
export interface TextOperand {
  readonly kind: "text";
  /** The instruction's key that holds the text. */
  readonly name: string;
  readonly doc: string;
}

export type Operand = IntegerOperand | TextOperand;

/** What an opcode is called, takes and does. Parser, formatter and messages draw on it; docs and editors may. */
export interface Opcode {
  /** In upper case, ASCII letters only. */
  readonly name: Instruction["op"];
  /** In the order in which they are written. */
  readonly operands: readonly Operand[];
  /** One sentence. */
  readonly doc: string;
}

/** A value for each operand, in their order: a number for an integer, a string for text. */
type OperandValues = readonly (number | string)[];

/** An opcode together with the shape of its instruction. */
export interface OpcodeEntry<I extends Instruction = Instruction> extends Opcode {
  readonly name: I["op"];
  readonly build: (values: OperandValues, span: Span) => I;
}

const position = (name: string, doc: string): IntegerOperand => ({
  kind: "position",
  name,
  min: POSITION_MIN,
  max: UNSIGNED_MAX,
  doc,
});

const size = (name: string, doc: string): IntegerOperand => ({
  kind: "size",
  name,
  min: 0,
  max: UNSIGNED_MAX,
  doc,
});

const text = (name: string, doc: string): TextOperand => ({ kind: "text", name, doc });

/** The language: one entry an opcode. A new opcode is one more entry, and its instruction in types.ts. */
export const OPCODE_ENTRIES: { readonly [I in Instruction as I["op"]]: OpcodeEntry<I> } = {
  TXT: {
    name: "TXT",
    operands: [
      position("x", "left edge of the first glyph"),
      position("y", "top edge of the first glyph"),
      text("text", "what to write"),
    ],
    doc: "Writes text in the 5×7 font, 6 pixels a code point, without wrapping.",
    build: (values, span) => ({
      op: "TXT",
      x: values[0] as number,
      y: values[1] as number,
      text: values[2] as string,
      span,
    }),
  },
  RECT: {
    name: "RECT",
    operands: [
      position("x", "left edge, inside the rectangle"),
      position("y", "top edge, inside the rectangle"),
      size("w", "width"),
      size("h", "height"),
    ],
    doc: "Fills the half-open rectangle from (x, y) up to, but not including, (x + w, y + h).",
    build: (values, span) => ({
      op: "RECT",
      x: values[0] as number,
      y: values[1] as number,
      w: values[2] as number,
      h: values[3] as number,
      span,
    }),
  },
  HALT: {
    name: "HALT",
    operands: [],
    doc: "Ends the program; the lines after it are checked, but never run.",
    build: (_values, span) => ({ op: "HALT", span }),
  },
};

/** Every opcode of the language, in the order of its documentation. */
export const OPCODES: readonly Opcode[] = Object.values(OPCODE_ENTRIES);
