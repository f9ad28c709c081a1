import type { Relation } from "./relations.ts";
import type { Span } from "./span.ts";

/** A use of a parameter or a variable: `{name}`, or `name` as an operand of SET, IF and the arithmetic opcodes. */
export interface Reference {
  /** Declared by a `PARAM` or a `SET` on an earlier line. */
  readonly name: string;
  /** Includes the braces, if there are any. */
  readonly span: Span;
}

/** An integer in the operand's range, or a reference to one. */
export type IntegerValue = number | Reference;
/** A colour as 0xRRGGBBAA, unsigned, or a reference to the parameter that holds one. */
export type ColorValue = number | Reference;
/** A list only if the text contains a reference; its strings are never empty and never adjacent. */
export type TextValue = string | readonly (string | Reference)[];
export type Alignment = "left" | "center" | "right";

/** The type of an operand's value in an instruction, by kind. */
export interface OperandValues {
  readonly position: IntegerValue;
  readonly size: IntegerValue;
  readonly scale: IntegerValue;
  readonly side: number;
  readonly value: IntegerValue;
  readonly color: ColorValue;
  readonly alignment: Alignment;
  readonly relation: Relation;
  /** A new parameter. */
  readonly parameter: string;
  /** A variable, which the instruction may declare. */
  readonly variable: string;
  /** A variable that an earlier line sets. */
  readonly "set variable": string;
  readonly label: string;
  /** At least one character, without trailing blanks and lone surrogates. */
  readonly text: TextValue;
  /** A parameter's default, without the blanks around it; may be empty. */
  readonly default: string;
  /**
   * One word for each row, of ⌈width / 4⌉ hexadecimal digits in lower case. The most significant bit is the leftmost
   * pixel; the bits beyond the width are 0. Height and width are the operands before it.
   */
  readonly rows: readonly string[];
}

export type OperandKind = keyof OperandValues;

/** A decimal integer from `min` to `max`, both included, or a reference. */
export interface IntegerOperand {
  readonly kind: "position" | "size" | "scale" | "side" | "value";
  /** The instruction's key that holds the value. */
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** The form of a reference in its place: `{name}`, `{name}` or `name`, or no reference. */
  readonly reference: "braces" | "bare" | "none";
  readonly doc: string;
}

/** One word that is not an integer. */
export interface WordOperand {
  readonly kind: "color" | "alignment" | "relation" | "parameter" | "variable" | "set variable" | "label";
  /** The instruction's key that holds the value. */
  readonly name: string;
  readonly doc: string;
}

type RestKind = "text" | "default" | "rows";

/** The rest of the line; always the last operand. */
export interface RestOperand<Kind extends RestKind = RestKind> {
  readonly kind: Kind;
  /** The instruction's key that holds the value. */
  readonly name: string;
  readonly doc: string;
}

export type Operand =
  | IntegerOperand
  | WordOperand
  | RestOperand<"text">
  | RestOperand<"default">
  | RestOperand<"rows">;

/** The value of an operand; `undefined` for each operand of an instruction without operands. */
export type OperandValue = OperandValues[OperandKind] | undefined;

/** An operand in an entry of the opcode table. */
export interface OperandSpec {
  readonly name: string;
  readonly kind: OperandKind;
  /** A noun phrase. */
  readonly doc: string;
}

/** The range of each kind of integer. */
const INTEGERS: Readonly<Record<IntegerOperand["kind"], Pick<IntegerOperand, "min" | "max" | "reference">>> =
  {
    position: { min: -(2 ** 31), max: 2 ** 32 - 1, reference: "braces" },
    size: { min: 0, max: 2 ** 32 - 1, reference: "braces" },
    scale: { min: 1, max: 64, reference: "braces" },
    side: { min: 1, max: 256, reference: "none" },
    value: { min: -(2 ** 31), max: 2 ** 31 - 1, reference: "bare" },
  };

/** Adds the range of its kind to an operand. */
export function createOperand({ name, kind, doc }: OperandSpec): Operand {
  switch (kind) {
    case "position":
    case "size":
    case "scale":
    case "side":
    case "value":
      return { kind, name, ...INTEGERS[kind], doc };
    default:
      return { kind, name, doc };
  }
}
