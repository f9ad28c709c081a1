import {
  type Instruction,
  type IntegerOperand,
  type IntegerValue,
  type Opcode,
  OPCODES,
  type Operand,
  parseInteger,
  readColor,
  type Reference,
  type TextValue,
} from "@gvpie/pxl-parser";

import { RasterError } from "../errors.ts";
import { checkLimit } from "../limits.ts";
import type { Resolved } from "../resolved.ts";
import type { Limits } from "../types.ts";
import { INT32_MAX, INT32_MIN } from "./arithmetic.ts";
import { unsupported } from "./failures.ts";
import type { Parameters } from "./parameters.ts";

/** Looks up the names in a program. */
export interface Scope {
  readonly limits: Limits;
  /** The integers that long texts stand for, so that each is read once. */
  readonly integers: Map<string, number | undefined>;
  /** Returns the number of a variable or the text of a parameter. */
  valueOf(name: string): number | string | undefined;
}

type Range = Pick<IntegerOperand, "min" | "max">;

const INT32: Range = { min: INT32_MIN, max: INT32_MAX };

type Fields = Record<string, unknown>;

/** An operand that holds references. */
interface UnresolvedOperand {
  readonly operand: Operand;
  readonly value: Reference | Exclude<TextValue, string>;
  /** The part of {@link Preparation.resolved} that takes its value. */
  readonly fields: Fields;
}

/** An instruction whose references can be resolved repeatedly. */
export interface Preparation {
  /** The instruction itself if it has no references; otherwise a copy, to which {@link resolve} writes their values. */
  readonly resolved: Resolved;
  /** In the order in which they are written. */
  readonly unresolved: readonly UnresolvedOperand[];
}

const NONE: readonly UnresolvedOperand[] = [];

type OperandList = Pick<Opcode, "operands" | "group">;

/** The operands of each opcode that may hold references. They hold some if their value is an object. */
const RESOLVABLE: Readonly<Record<string, OperandList>> = Object.fromEntries(
  OPCODES.map(({ name, operands, group }) => [
    name,
    { operands: operands.filter(({ kind }) => kind !== "rows"), group },
  ]),
);

/** Finds the operands of an instruction that hold references. */
export function prepareOperands(instruction: Instruction): Preparation {
  const { operands, group } = RESOLVABLE[instruction.op] as OperandList;
  const source = (group === undefined ? instruction : instruction[group as keyof Instruction]) as
    | Fields
    | undefined;
  if (source === undefined || !hasReference(operands, source)) {
    return { resolved: instruction as Resolved, unresolved: NONE };
  }
  const fields = { ...source };
  const unresolved: UnresolvedOperand[] = [];
  for (const operand of operands) {
    const value = fields[operand.name];
    if (typeof value === "object") {
      unresolved.push({ operand, value: value as UnresolvedOperand["value"], fields });
    }
  }
  const resolved = group === undefined ? fields : { ...instruction, [group]: fields };
  return { resolved: resolved as unknown as Resolved, unresolved };
}

function hasReference(operands: readonly Operand[], fields: Fields): boolean {
  for (let i = 0; i < operands.length; i++) {
    if (typeof fields[(operands[i] as Operand).name] === "object") return true;
  }
  return false;
}

/**
 * Replaces the references of an instruction by their values.
 *
 * @returns the same object every time.
 * @throws {RasterError} `RASTER_BAD_VALUE` for a value that is invalid for its operand; `RASTER_LIMIT_GLYPHS` for a text
 * longer than the glyphs that may be drawn.
 */
export function resolve({ resolved, unresolved }: Preparation, scope: Scope): Resolved {
  for (let i = 0; i < unresolved.length; i++) {
    const { operand, value, fields } = unresolved[i] as UnresolvedOperand;
    fields[operand.name] = resolveOperand(operand, value, scope);
  }
  return resolved;
}

/**
 * Replaces the references to parameters, which do not change while a program runs; references to variables remain. Each
 * variable in a text draws at least one glyph, and glyphs are limited, but a million references to empty parameters would
 * take time without a limit.
 *
 * @throws {RasterError} as {@link resolve} does, also for the current values of the variables.
 */
export function resolveParameters(
  preparation: Preparation,
  parameters: Parameters,
  scope: Scope,
): Preparation {
  const resolved = resolve(preparation, scope);
  const unresolved = preparation.unresolved.flatMap((entry) => {
    const pieces = foldText("name" in entry.value ? [entry.value] : entry.value, parameters);
    if (pieces.every((piece) => typeof piece === "string")) return [];
    return [{ ...entry, value: "name" in entry.value ? entry.value : pieces }];
  });
  return { resolved, unresolved };
}

/** Returns a text with its parameters replaced by their values. */
function foldText(
  text: readonly (string | Reference)[],
  parameters: Parameters,
): readonly (string | Reference)[] {
  const pieces: (string | Reference)[] = [];
  let constant: string[] = [];
  for (const piece of text) {
    const value = typeof piece === "string" ? piece : parameters.get(piece.name);
    if (value !== undefined) {
      constant.push(value);
    } else {
      pieces.push(constant.join(""), piece);
      constant = [];
    }
  }
  pieces.push(constant.join(""));
  return pieces;
}

/** Returns the value of an operand of IF or of an opcode that changes a variable. */
export function resolveInt32(value: IntegerValue, scope: Scope): number {
  if (typeof value === "number") return value;
  if ("operator" in value) throw unsupported(value.span);
  return resolveInteger(value, INT32, scope);
}

function resolveOperand(operand: Operand, value: UnresolvedOperand["value"], scope: Scope): number | string {
  if (!("name" in value)) return resolveText(value, scope);
  if ("min" in operand) return resolveInteger(value, operand, scope);
  if (operand.kind === "color") return resolveColor(value, scope);
  throw new TypeError(`expected an operand that takes references, got a ${operand.kind}`);
}

function resolveInteger(reference: Reference, { min, max }: Range, scope: Scope): number {
  const found = lookUp(reference, scope);
  const number = typeof found === "number" ? found : integerOf(found, scope);
  if (number === undefined) throw badValue(reference, found, "an integer");
  if (number < min || number > max) throw badValue(reference, found, `an integer from ${min} to ${max}`);
  return number;
}

/** Texts up to this length are read faster than looked up. */
const SHORT = 32;

function integerOf(text: string, { integers }: Scope): number | undefined {
  if (text.length <= SHORT) return parseInteger(text);
  let integer = integers.get(text);
  if (integer === undefined && !integers.has(text)) {
    integer = parseInteger(text);
    integers.set(text, integer);
  }
  return integer;
}

function resolveColor(reference: Reference, scope: Scope): number {
  const found = lookUp(reference, scope);
  const color = typeof found === "string" ? readColor(found) : undefined;
  if (color === undefined) throw badValue(reference, found, "a colour");
  return color;
}

function resolveText(text: readonly (string | Reference)[], scope: Scope): string {
  const pieces = text.map((piece) => (typeof piece === "string" ? piece : String(lookUp(piece, scope))));
  // Checked before the pieces are joined, as the string might not fit into memory. A glyph takes at most two code units.
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  checkLimit("glyphs", Math.ceil(length / 2), scope.limits);
  return pieces.join("");
}

function lookUp({ name }: Reference, scope: Scope): number | string {
  const value = scope.valueOf(name);
  if (value === undefined) throw new TypeError(`expected a declared name, got ${name}`);
  return value;
}

function badValue({ name, span }: Reference, found: number | string, expected: string): RasterError {
  const shown = typeof found === "number" ? found : JSON.stringify(found.slice(0, 40));
  return new RasterError("RASTER_BAD_VALUE", `expected ${expected}, got ${shown} in ${name}`, { span });
}
