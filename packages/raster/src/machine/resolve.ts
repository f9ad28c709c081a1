import { measureText } from "@gvpie/glyph-rom";
import {
  PROGRAM_BOUNDS,
  type Channels,
  type Expression,
  type Instruction,
  type IntegerOperand,
  type IntegerValue,
  type Language,
  type Opcode,
  OPCODES,
  type Operand,
  parseInteger,
  readColor,
  readRows,
  type Reference,
  type Template,
} from "@gvpie/pxl-parser";

import { RasterError } from "../errors.ts";
import { checkLimit } from "../limits.ts";
import type { Pen } from "../pen.ts";
import type { Resolved } from "../resolved.ts";
import { formatInteger } from "../shapes/format-integer.ts";
import type { Limits } from "../types.ts";
import { INT32_MAX, INT32_MIN } from "./arithmetic.ts";
import { badStep } from "./failures.ts";
import type { Surroundings } from "./operators.ts";
import type { Parameters } from "./parameters.ts";

/** The part of a running machine that operands depend on, and that expressions change. */
export interface Scope {
  readonly limits: Limits;
  readonly language: Language;
  /** The integers that long texts stand for, so that each is read once. */
  readonly integers: Map<string, number | undefined>;
  surroundings: Surroundings;
  pen: Pen;
  /** The state of the random numbers. */
  seed: number;
  /** Glyphs of the texts that expressions measured. */
  measured: number;
  /** Returns the number of a variable, or the value of a parameter. */
  valueOf(reference: Reference): number | string | undefined;
  /** Returns the integers of a list or an array. */
  arrayOf(name: string): ArrayLike<number> | undefined;
  evaluate(expression: Expression): number;
}

type Range = Pick<IntegerOperand, "min" | "max">;

const INT32: Range = { min: INT32_MIN, max: INT32_MAX };
const CHANNEL: Range = { min: 0, max: 255 };
/** Range of the coordinates of a polygon. */
const POSITION: Range = { min: INT32_MIN, max: 2 ** 32 - 1 };

/** Most points of a polygon. */
export const MAX_POINTS: number = PROGRAM_BOUNDS.points;

type Fields = Record<string, unknown>;

/** A value of an operand that is not a literal. */
export type Unresolved =
  | Reference
  | Expression
  | Channels
  | readonly Piece[]
  | readonly IntegerValue[]
  | string;

/** An operand that holds references or expressions. */
export interface UnresolvedOperand {
  readonly operand: Operand;
  readonly value: Unresolved;
  /** The part of {@link Preparation.resolved} that takes its value. */
  readonly fields: Fields;
}

/** An instruction whose operands can be resolved repeatedly. */
export interface Preparation {
  /** The instruction itself if all operands are literals; otherwise a copy, to which {@link resolve} writes their values. */
  readonly resolved: Resolved;
  /** In the order in which they are written. */
  readonly unresolved: readonly UnresolvedOperand[];
}

const NONE: readonly UnresolvedOperand[] = [];

/** Makes a value ready to be resolved again and again. */
type Ready = (value: IntegerValue) => IntegerValue;

type OperandList = Pick<Opcode, "operands" | "group">;

/** The kinds of operands whose values are objects, but literals. */
const LITERALS: ReadonlySet<Operand["kind"]> = new Set<Operand["kind"]>([
  "palette",
  "picture",
  "integers",
  "arguments",
]);

/**
 * The operands of each opcode that may hold references, in each version. They hold some if their value is an object. It
 * takes long to find that an instruction has no key, so version 1 does not look for the keys of version 2.
 */
const RESOLVABLE: Readonly<Record<Language, Readonly<Record<string, OperandList>>>> = {
  1: resolvableIn(1),
  2: resolvableIn(2),
};

function resolvableIn(version: number): Readonly<Record<string, OperandList>> {
  const isResolvable = ({ kind, since }: Operand): boolean => since <= version && !LITERALS.has(kind);
  return Object.fromEntries(
    OPCODES.map(({ name, operands, group }) => [name, { operands: operands.filter(isResolvable), group }]),
  );
}

/** Finds the operands of an instruction that hold references. */
export function prepareOperands(instruction: Instruction, language: Language): Preparation {
  const { operands, group } = RESOLVABLE[language][instruction.op] as OperandList;
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
    if (isUnresolved(operand, value)) unresolved.push({ operand, value, fields });
  }
  const resolved = group === undefined ? fields : { ...instruction, [group]: fields };
  return { resolved: resolved as unknown as Resolved, unresolved };
}

function hasReference(operands: readonly Operand[], fields: Fields): boolean {
  for (let i = 0; i < operands.length; i++) {
    const operand = operands[i] as Operand;
    if (isUnresolved(operand, fields[operand.name])) return true;
  }
  return false;
}

/** The points of a polygon may be the name of an array, and the rows of a sprite are a list unless a parameter holds them. */
function isUnresolved(operand: Operand, value: unknown): value is Unresolved {
  if (typeof value === "number") return false;
  if (typeof value === "object") return operand.kind !== "rows" || !Array.isArray(value);
  return operand.kind === "points" && value !== undefined;
}

/**
 * Replaces the references and expressions of an instruction by their values.
 *
 * @returns the same object every time.
 * @throws {RasterError} `RASTER_BAD_VALUE` for a value that is invalid for its operand; `RASTER_LIMIT_GLYPHS` for a text
 * longer than the glyphs that may be drawn; and as an expression fails.
 */
export function resolve({ resolved, unresolved }: Preparation, scope: Scope): Resolved {
  for (let i = 0; i < unresolved.length; i++) {
    const { operand, value, fields } = unresolved[i] as UnresolvedOperand;
    fields[operand.name] = resolveOperand(operand, value, fields, scope);
  }
  return resolved;
}

/**
 * Replaces the references to parameters, which do not change while a program runs; all other values remain. Each
 * variable in a text draws at least one glyph, and glyphs are limited, but a million references to empty parameters would
 * take time without a limit.
 *
 * @param ready is applied to what remains.
 */
export function resolveParameters(
  preparation: Preparation,
  parameters: Parameters,
  scope: Scope,
  ready: Ready,
): Preparation {
  const unresolved = preparation.unresolved.flatMap((entry) => {
    const { operand, fields } = entry;
    const value = foldParameters(operand, entry.value, parameters, ready);
    if (isConstant(value, parameters)) {
      const constant = attempt(() => resolveOperand(operand, value, fields, scope));
      if (constant !== undefined) {
        fields[operand.name] = constant;
        return [];
      }
    }
    return [{ operand, value, fields }];
  });
  return { resolved: preparation.resolved, unresolved };
}

/** True for a value that is the same whenever the instruction runs. */
function isConstant(value: Unresolved, parameters: Parameters): boolean {
  if (typeof value === "string") return false;
  if (Array.isArray(value)) return value.every((piece) => typeof piece !== "object");
  return "name" in value && !("operator" in value) && parameters.has(value.name);
}

function foldParameters(
  { kind }: Operand,
  value: Unresolved,
  parameters: Parameters,
  ready: Ready,
): Unresolved {
  if (typeof value === "string") return value;
  if (kind === "text" || kind === "template") return foldText(value as readonly Piece[], parameters, ready);
  if (kind === "points") return (value as readonly IntegerValue[]).map(ready);
  if ("red" in value) {
    const { red, green, blue, alpha, span } = value;
    const channels = { red: ready(red), green: ready(green), blue: ready(blue), span };
    return alpha === undefined ? channels : { ...channels, alpha: ready(alpha) };
  }
  return ready(value as Reference | Expression) as Reference | Expression;
}

/** Returns a text with its parameters and literals replaced by their values. */
function foldText(text: readonly Piece[], parameters: Parameters, ready: Ready): readonly Piece[] {
  const pieces: Piece[] = [];
  let constant: string[] = [];
  for (const piece of text) {
    const value = typeof piece === "string" ? piece : constantText(piece, parameters);
    if (value !== undefined) {
      constant.push(value);
    } else {
      if (constant.length > 0) pieces.push(constant.join(""));
      constant = [];
      const open = piece as Exclude<Piece, string>;
      pieces.push("value" in open ? { ...open, value: ready(open.value) } : (ready(open) as Reference));
    }
  }
  if (constant.length > 0 || pieces.length === 0) pieces.push(constant.join(""));
  return pieces;
}

/** Returns the text of a reference or an insertion that is the same in the whole run. */
function constantText(piece: Exclude<Piece, string>, parameters: Parameters): string | undefined {
  const value = "value" in piece ? piece.value : piece;
  const format = "value" in piece ? piece.format : undefined;
  if (typeof value === "object" && "operator" in value) return undefined;
  const found = typeof value === "number" ? value : parameters.get(value.name);
  if (found === undefined) return undefined;
  if (format === undefined) return String(found);
  const number = typeof found === "number" ? found : parseInteger(found);
  const isInteger = number !== undefined && number >= INT32.min && number <= INT32.max;
  return isInteger ? formatInteger(number, format) : undefined;
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof RasterError) return undefined;
    throw error;
  }
}

/** Returns the value of an operand that is a signed integer of 32 bits. */
export function resolveInt32(value: IntegerValue, scope: Scope): number {
  if (typeof value === "number") return value;
  return "operator" in value ? scope.evaluate(value) : resolveReference(value, INT32, scope);
}

/** Returns the step of a FOR, which is not 0. */
export function resolveStep(value: IntegerValue, scope: Scope): number {
  const step = resolveInt32(value, scope);
  if (step !== 0) return step;
  throw badStep(value);
}

type Piece = string | Reference | Exclude<Template, string>[number];

/** @param fields the literal operands of the instruction. */
function resolveOperand(operand: Operand, value: Unresolved, fields: Fields, scope: Scope): unknown {
  if ("min" in operand) return resolveInteger(value as Reference | Expression, operand, scope);
  switch (operand.kind) {
    case "text":
    case "template":
      return resolveText(value as readonly Piece[], scope);
    case "color":
    case "color stop":
      return resolveColor(value as Reference | Channels, scope);
    case "points":
      return resolvePoints(value as string | readonly IntegerValue[], scope);
    case "rows":
      return resolveRows(value as Reference, fields as { readonly w: number; readonly h: number }, scope);
    default:
      throw new TypeError(`expected an operand that takes references, got a ${operand.kind}`);
  }
}

/** Returns the value of an operand in a range. */
function resolveInteger(value: IntegerValue, range: Range, scope: Scope): number {
  // Faster than `in`, whose result for an absent key engines do not cache.
  if (typeof value === "object" && (value as Partial<Expression>).operator === undefined) {
    return resolveReference(value as Reference, range, scope);
  }
  const number = typeof value === "number" ? value : scope.evaluate(value as Expression);
  if (number >= range.min && number <= range.max) return number;
  const { span } = typeof value === "number" ? {} : value;
  throw new RasterError("RASTER_BAD_VALUE", `expected ${nameOf(range)}, got ${number}`, { span });
}

function resolveReference(reference: Reference, range: Range, scope: Scope): number {
  const found = lookUp(reference, scope);
  const number = typeof found === "number" ? found : integerOf(found, scope);
  if (number === undefined) throw badValue(reference, found, "an integer");
  if (number < range.min || number > range.max) throw badValue(reference, found, nameOf(range));
  return number;
}

function nameOf({ min, max }: Range): string {
  return `an integer from ${min} to ${max}`;
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

function resolveColor(value: Reference | Channels, scope: Scope): number {
  if ("red" in value) {
    const red = resolveInteger(value.red, CHANNEL, scope);
    const green = resolveInteger(value.green, CHANNEL, scope);
    const blue = resolveInteger(value.blue, CHANNEL, scope);
    const alpha = value.alpha === undefined ? 255 : resolveInteger(value.alpha, CHANNEL, scope);
    return ((red << 24) | (green << 16) | (blue << 8) | alpha) >>> 0;
  }
  const found = lookUp(value, scope);
  const color = typeof found === "string" ? readColor(found, scope.language) : undefined;
  if (color === undefined) throw badValue(value, found, "a colour");
  return color;
}

function resolveRows(
  reference: Reference,
  { w, h }: { readonly w: number; readonly h: number },
  scope: Scope,
): readonly string[] {
  const found = lookUp(reference, scope);
  const rows = readRows(String(found), w, h);
  if (rows !== undefined) return rows;
  throw badValue(reference, found, `${h} rows of ${Math.ceil(w / 4)} hexadecimal digits for ${w} pixels`);
}

function resolvePoints(points: string | readonly IntegerValue[], scope: Scope): readonly number[] {
  if (typeof points !== "string") return points.map((point) => resolveInteger(point, POSITION, scope));
  const cells = cellsOf({ name: points }, scope);
  const { length } = cells;
  if (length === 0 || length % 2 === 1 || length > 2 * MAX_POINTS) {
    const expected = `1 to ${MAX_POINTS} points of two integers each`;
    throw new RasterError("RASTER_BAD_VALUE", `expected ${expected}, got ${length} integers in ${points}`);
  }
  return Array.from(cells);
}

function resolveText(text: readonly Piece[], scope: Scope): string {
  const pieces = text.map((piece) => textOf(piece, scope));
  // Checked before the pieces are joined, as the string might not fit into memory. A glyph takes at most two code units.
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  checkLimit("glyphs", Math.ceil(length / 2), scope.limits);
  return pieces.join("");
}

function textOf(piece: Piece, scope: Scope): string {
  if (typeof piece === "string") return piece;
  if (!("value" in piece)) return String(lookUp(piece, scope));
  const { value, format } = piece;
  if (format !== undefined) return formatInteger(resolveInt32(value, scope), format);
  if (typeof value === "object" && !("operator" in value)) return String(lookUp(value, scope));
  return String(resolveInt32(value, scope));
}

/**
 * Returns the text that an expression measures. Its glyphs and its insertions are counted, because they take time.
 *
 * @throws {RasterError} `RASTER_LIMIT_GLYPHS` with the place of the expression.
 */
export function measuredText({ text = "", span }: Expression, scope: Scope): string {
  try {
    if (typeof text !== "string") countMeasured(text.length, scope);
    const found = typeof text === "string" ? text : resolveText(text, scope);
    countMeasured(measureText(found).glyphs, scope);
    return found;
  } catch (error) {
    throw error instanceof RasterError && error.line === undefined
      ? new RasterError(error.code, error.reason, { span })
      : error;
  }
}

function countMeasured(glyphs: number, scope: Scope): void {
  scope.measured += glyphs;
  checkLimit("glyphs", scope.measured, scope.limits);
}

/** True if a parameter has exactly this text; that of an integer is its decimal digits. */
export function hasText(reference: IntegerValue, text: string, scope: Scope): boolean {
  return String(lookUp(reference as Reference, scope)) === text;
}

function lookUp(reference: Reference, scope: Scope): number | string {
  const value = scope.valueOf(reference);
  if (value === undefined) throw new TypeError(`expected a declared name, got ${reference.name}`);
  return value;
}

/** Returns the integers of the list or array of an expression or an instruction. */
export function cellsOf({ name }: { readonly name?: string }, scope: Scope): ArrayLike<number> {
  const cells = name === undefined ? undefined : scope.arrayOf(name);
  if (cells === undefined) throw new TypeError(`expected a declared array, got ${name}`);
  return cells;
}

function badValue({ name, span }: Reference, found: number | string, expected: string): RasterError {
  const shown = typeof found === "number" ? found : JSON.stringify(found.slice(0, 40));
  return new RasterError("RASTER_BAD_VALUE", `expected ${expected}, got ${shown} in ${name}`, { span });
}
