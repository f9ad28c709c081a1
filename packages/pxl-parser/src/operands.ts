import type { OperatorName } from "./operator-table.ts";
import type { Relation } from "./relations.ts";
import type { Span } from "./span.ts";

/** A use of a parameter or a variable: `name` or `{name}`. */
export interface Reference {
  /** Declared by the program; a local variable `x` of the procedure `f` is `f.x`. */
  readonly name: string;
  /** Includes the braces, if there are any. */
  readonly span: Span;
}

/** An operator with its operands. */
export interface Expression {
  readonly operator: OperatorName;
  /** In source order, left to right. */
  readonly operands: readonly IntegerValue[];
  /** The array of `index` and `len`; absent otherwise. */
  readonly name?: string;
  /** The text of `textwidth` and `textlines`; absent otherwise. */
  readonly text?: Template;
  /** From its first character to its last one, the parentheses inside it included. */
  readonly span: Span;
}

/** An integer, or what gives one when the instruction runs: discriminate by `typeof` and `"operator" in value`. */
export type IntegerValue = number | Reference | Expression;

/** Three or four numbers from 0 to 255 as a colour, at least one of them not a literal. */
export interface Channels {
  readonly red: IntegerValue;
  readonly green: IntegerValue;
  readonly blue: IntegerValue;
  /** Absent for 255. */
  readonly alpha?: IntegerValue;
  /** From the first number to the last one. */
  readonly span: Span;
}

/** A colour as 0xRRGGBBAA, unsigned, or a reference to the parameter that holds one. */
export type ColorStop = number | Reference;
/** A colour of COLOR, which may also be given by numbers. */
export type ColorValue = ColorStop | Channels;

/** The notation of an integer in a {@link Template}. */
export interface InsertionFormat {
  /** Least number of characters, the sign included: 1 … 32. Absent for no least number. */
  readonly pad?: number;
  /** True to pad with zeros after the sign instead of spaces before it. Absent for false. */
  readonly zero?: boolean;
  /** Digits after the point, 1 … 9: the value counts units of the last one. Absent for an integer. */
  readonly decimals?: number;
  /** True to put a comma before each group of three digits. Absent for false. */
  readonly group?: boolean;
}

/** `{expression}` or `{expression:format}` in a {@link Template}. */
export interface Insertion {
  /** A reference to a `PARAM`, without a format, is replaced by its text. */
  readonly value: IntegerValue;
  readonly format?: InsertionFormat;
  /** Includes the braces. */
  readonly span: Span;
}

/** A text with insertions: a list only if it has one; its strings are never empty and never adjacent. */
export type Template = string | readonly (string | Insertion)[];

/** A character of the rows of an `IMAGE`, and the colour of its pixels. */
export interface PaletteEntry {
  /** One code point. */
  readonly key: string;
  /** 0xRRGGBBAA, unsigned. */
  readonly color: number;
}

/** A list only if the text contains a reference; its strings are never empty and never adjacent. */
export type TextValue = string | readonly (string | Reference)[];
/** The values of each kind of word that has few. */
export const ALIGNMENTS = ["left", "center", "right"] as const;
export type Alignment = (typeof ALIGNMENTS)[number];
/** The side on which the last colour of a gradient is. */
export const DIRECTIONS = ["right", "down", "left", "up"] as const;
export type Direction = (typeof DIRECTIONS)[number];
export const FONT_NAMES = ["3x5", "5x7", "8x13", "5x7-intl", "8x13-intl"] as const;
export type FontName = (typeof FONT_NAMES)[number];

/** The type of an operand's value in an instruction, by kind. */
export interface OperandValues {
  readonly position: IntegerValue;
  readonly size: IntegerValue;
  readonly scale: IntegerValue;
  readonly side: number;
  /** The rest of the line, or of the side of a comparison: blanks may stand between its tokens. */
  readonly value: IntegerValue;
  /** One word. */
  readonly number: IntegerValue;
  readonly literal: number;
  readonly decimals: number;
  readonly cells: number;
  readonly dimension: number;
  readonly count: number;
  readonly color: ColorValue;
  readonly "color stop": ColorStop;
  readonly "literal color": number;
  readonly alignment: Alignment;
  readonly direction: Direction;
  readonly font: FontName;
  readonly relation: Relation | "IS";
  /** A new parameter. */
  readonly parameter: string;
  /** A variable, which the instruction may declare. */
  readonly variable: string;
  /** A variable that an earlier line sets. */
  readonly "set variable": string;
  /** A new list or array. */
  readonly array: string;
  /** A new procedure. */
  readonly procedure: string;
  readonly label: string;
  /** The names of the arguments in the program: those of `f` begin with `f.`. */
  readonly arguments: readonly string[];
  readonly numbers: readonly IntegerValue[];
  readonly integers: readonly number[];
  /** Pairs of a column and a row, or the name of an array that holds them. */
  readonly points: string | readonly IntegerValue[];
  /** In source order; no two with one key. */
  readonly palette: readonly PaletteEntry[];
  /** One string for each row line; each has as many code points as the picture is wide. */
  readonly picture: readonly string[];
  readonly template: Template;
  /** At least one character, without trailing blanks and lone surrogates. */
  readonly text: TextValue;
  /** A parameter's default, without the blanks around it; may be empty. */
  readonly default: string;
  /**
   * One word for each row, of ⌈width / 4⌉ hexadecimal digits in lower case. The most significant bit is the leftmost
   * pixel; the bits beyond the width are 0. Height and width are the operands before it. A reference is one to the
   * parameter that holds all these digits.
   */
  readonly rows: readonly string[] | Reference;
}

export type OperandKind = keyof OperandValues;

interface NamedOperand {
  /** The instruction's key that holds the value. */
  readonly name: string;
  readonly doc: string;
  /** True if the operand may be omitted; its key is then absent. */
  readonly isOptional: boolean;
  /** The first version of the language that has the operand. */
  readonly since: 1 | 2;
}

/** The integers from `min` to `max`, both included. */
export interface IntegerRange {
  readonly min: number;
  readonly max: number;
}

/** An integer in a range. */
export interface IntegerOperand extends NamedOperand, IntegerRange {
  readonly kind:
    | "position"
    | "size"
    | "scale"
    | "side"
    | "value"
    | "number"
    | "literal"
    | "decimals"
    | "cells"
    | "dimension"
    | "count";
  /**
   * The form of a reference that version 1 allows in its place: `{name}`, `{name}` or `name`, or no reference. In version
   * 2 an operand takes every expression, or only a literal for `none`.
   */
  readonly reference: "braces" | "bare" | "none";
}

/** One word that is not an integer; `color` may be three or four. */
export interface WordOperand extends NamedOperand {
  readonly kind:
    | "color"
    | "color stop"
    | "literal color"
    | "alignment"
    | "direction"
    | "font"
    | "relation"
    | "parameter"
    | "variable"
    | "set variable"
    | "array"
    | "procedure"
    | "label";
}

type RestKind =
  | "text"
  | "default"
  | "rows"
  | "template"
  | "arguments"
  | "numbers"
  | "integers"
  | "points"
  | "palette"
  | "picture";

/** The rest of the line; always the last operand, but for the rows of a picture, which are lines of their own. */
export interface RestOperand<Kind extends RestKind = RestKind> extends NamedOperand {
  readonly kind: Kind;
}

export type Operand =
  | IntegerOperand
  | WordOperand
  | { readonly [Kind in RestKind]: RestOperand<Kind> }[RestKind];

/** An operand of version 1. */
export type CoreOperand =
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
  readonly optional?: true;
  /** Version 1 if it is absent and the opcode's is. */
  readonly since?: 2;
}

export const INT32: IntegerRange = { min: -(2 ** 31), max: 2 ** 31 - 1 };
export const POSITION: IntegerRange = { min: -(2 ** 31), max: 2 ** 32 - 1 };

/** The range of each kind of integer. */
const INTEGERS: Readonly<Record<IntegerOperand["kind"], Pick<IntegerOperand, "min" | "max" | "reference">>> =
  {
    position: { ...POSITION, reference: "braces" },
    size: { min: 0, max: 2 ** 32 - 1, reference: "braces" },
    scale: { min: 1, max: 64, reference: "braces" },
    side: { min: 1, max: 256, reference: "none" },
    value: { ...INT32, reference: "bare" },
    number: { ...INT32, reference: "bare" },
    literal: { ...INT32, reference: "none" },
    decimals: { min: 0, max: 9, reference: "none" },
    cells: { min: 1, max: 65_536, reference: "none" },
    dimension: { min: 1, max: 2 ** 32 - 1, reference: "none" },
    count: { min: 1, max: 65_535, reference: "none" },
  };

/** Adds the range of its kind to an operand of an opcode that version `since` has. */
export function createOperand(
  { name, kind, doc, optional, since }: OperandSpec,
  opcodeSince: 1 | 2,
): Operand {
  const common = { name, doc, isOptional: optional ?? false, since: since ?? opcodeSince };
  switch (kind) {
    case "position":
    case "size":
    case "scale":
    case "side":
    case "value":
    case "number":
    case "literal":
    case "decimals":
    case "cells":
    case "dimension":
    case "count":
      return { kind, ...common, ...INTEGERS[kind] };
    default:
      return { kind, ...common };
  }
}
