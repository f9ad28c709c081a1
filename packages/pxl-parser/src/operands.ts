import type { Reference, TextValue } from "./types.ts";

/** The least value of a position: −2³¹. */
const POSITION_MIN = -0x8000_0000;
/** The greatest value of a position or a size: 2³²−1. */
const UNSIGNED_MAX = 0xffff_ffff;
const INT32_MIN = -0x8000_0000;
const INT32_MAX = 0x7fff_ffff;
const MAX_SCALE = 64;
/** Widest and highest sprite. */
const MAX_SIDE = 256;

/** A decimal integer between `min` and `max`, both included, or a reference. */
export interface IntegerOperand {
  readonly kind: "position" | "size" | "scale" | "side" | "value";
  /** The instruction's key that holds the value. */
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** How a reference may be written in its place: `{name}`, also without braces, or not at all. */
  readonly reference: "braces" | "bare" | "none";
  readonly doc: string;
}

/** One word that is no integer. */
export interface WordOperand {
  readonly kind: "color" | "alignment" | "relation" | "parameter" | "variable" | "set variable" | "label";
  /** The instruction's key that holds the value. */
  readonly name: string;
  readonly doc: string;
}

type RestKind = "text" | "default" | "rows";

/** All that is left of the line; always the last operand. */
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

/** What an operand is read as; `undefined` for each operand of an instruction that may do without, and does. */
export type OperandValue = number | string | Reference | TextValue | readonly string[] | undefined;

export function position(name: string, doc: string): IntegerOperand {
  return { kind: "position", name, min: POSITION_MIN, max: UNSIGNED_MAX, reference: "braces", doc };
}

export function size(name: string, doc: string): IntegerOperand {
  return { kind: "size", name, min: 0, max: UNSIGNED_MAX, reference: "braces", doc };
}

export function scale(name: string, doc: string): IntegerOperand {
  return { kind: "scale", name, min: 1, max: MAX_SCALE, reference: "braces", doc };
}

export function side(name: string, doc: string): IntegerOperand {
  return { kind: "side", name, min: 1, max: MAX_SIDE, reference: "none", doc };
}

export function value(name: string, doc: string): IntegerOperand {
  return { kind: "value", name, min: INT32_MIN, max: INT32_MAX, reference: "bare", doc };
}

export function word(kind: WordOperand["kind"], name: string, doc: string): WordOperand {
  return { kind, name, doc };
}

export function rest<Kind extends RestKind>(kind: Kind, name: string, doc: string): RestOperand<Kind> {
  return { kind, name, doc };
}
