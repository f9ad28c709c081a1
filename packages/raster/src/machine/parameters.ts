import {
  PROGRAM_BOUNDS,
  describeValue,
  type InstructionOf,
  type IntInstruction,
  type ParameterInstruction,
} from "@gvpie/pxl-parser";

import type { RunnableProgram } from "../admit-program.ts";
import { RasterError } from "../errors.ts";
import { readDecimal } from "./read-decimal.ts";
import { readIntegers } from "./read-integers.ts";

/** The text of each PARAM, and the integer of each INT. */
export type Parameters = ReadonlyMap<string, string | number>;

/** The integers of each list and array. */
export type Cells = ReadonlyMap<string, Int32Array>;

/** The values that a program gets from the caller, and the defaults of the others. */
export interface Bindings {
  readonly parameters: Parameters;
  /** At the start of the run. */
  readonly cells: Cells;
}

/** Greatest length of a value that the caller gives, in UTF-16 code units. */
const MAX_PARAM_LENGTH = 65_536;
/** Most integers of all lists and arrays. */
export const MAX_CELLS: number = PROGRAM_BOUNDS.cells;

/** Those of a program of version 1. */
const NO_CELLS = new Map<string, Int32Array>();
const NONE: Bindings = { parameters: new Map(), cells: NO_CELLS };

// All but the tab, as in a program's text.
const CONTROL_CHARACTER = /(?!\t)\p{Cc}/u;

/**
 * Returns the parameters of a program: the caller's values, and the defaults of its lines for those left out.
 *
 * @throws {RasterError} `RASTER_BAD_PARAM` for a name that the program does not declare, and for a value that is neither
 * a safe integer nor a text of at most 65,536 code units that fits on one line; for a LIST, unless the text consists of
 * integers. An INT has a value for everything.
 */
export function bindParameters(
  program: RunnableProgram,
  given?: Readonly<Record<string, unknown>>,
): Bindings {
  const { params } = program;
  const arrays = arraysOf(program);
  if (given === undefined && params.length === 0 && arrays.length === 0) return NONE;
  const parameters = new Map<string, string | number>();
  const cells = program.language === "1" ? NO_CELLS : new Map<string, Int32Array>();
  for (const param of params) {
    if (param.op === "LIST") cells.set(param.name, Int32Array.from(param.values));
    else parameters.set(param.name, param.value);
  }
  for (const { name, size } of arrays) cells.set(name, new Int32Array(size));
  if (given === undefined) return { parameters, cells };

  const declarations = new Map(params.map((param) => [param.name, param]));
  for (const [name, value] of Object.entries(given)) {
    const declaration = declarations.get(name);
    if (declaration === undefined) {
      const shown = JSON.stringify(name.slice(0, 64));
      throw new RasterError(
        "RASTER_BAD_PARAM",
        `expected the name of a parameter of the program, got ${shown}`,
      );
    }
    if (declaration.op === "INT") parameters.set(name, integerOf(declaration, value));
    else if (declaration.op === "LIST") cells.set(name, listOf(name, textOf(name, value)));
    else parameters.set(name, textOf(name, value));
  }
  checkCells(cells, params);
  return { parameters, cells };
}

function arraysOf({ language, instructions }: RunnableProgram): readonly InstructionOf<"ARRAY">[] {
  return language === "1" ? [] : instructions.filter((instruction) => instruction.op === "ARRAY");
}

/** Returns the value of an INT: the nearest one in its range, or its default if the caller gives no number. */
function integerOf({ lo, hi, value, decimals }: IntInstruction, given: unknown): number {
  const isText = typeof given === "string" && given.length <= MAX_PARAM_LENGTH;
  const text = isText ? given : typeof given === "number" ? String(given) : "";
  const number = readDecimal(text, decimals);
  return number === undefined ? value : Math.min(Math.max(number, lo), hi);
}

function listOf(name: string, text: string): Int32Array {
  const integers = readIntegers(text);
  if (Array.isArray(integers)) return Int32Array.from(integers);
  const { at, found } = integers;
  const expected = "integers from -2147483648 to 2147483647, separated by spaces or commas";
  throw badParam(name, `${expected}, got ${JSON.stringify(found.slice(0, 40))} at character ${at}`);
}

function checkCells(cells: Cells, params: readonly ParameterInstruction[]): void {
  let sum = 0;
  for (const { length } of cells.values()) sum += length;
  if (sum <= MAX_CELLS) return;
  const name = params.findLast(({ op }) => op === "LIST")?.name ?? "";
  throw badParam(name, `lists and arrays of at most ${MAX_CELLS} integers in all, got ${sum}`);
}

function textOf(name: string, value: unknown): string {
  if (typeof value === "number") {
    if (Number.isSafeInteger(value)) return String(value);
    throw badParam(name, `an integer within ±(2⁵³ − 1), got ${describeValue(value)}`);
  }
  if (typeof value !== "string") {
    throw badParam(name, `a string or a number, got ${describeValue(value)}`);
  }
  if (value.length > MAX_PARAM_LENGTH) {
    throw badParam(name, `at most ${MAX_PARAM_LENGTH} UTF-16 code units, got ${value.length}`);
  }
  if (!value.isWellFormed()) throw badParam(name, "well-formed Unicode, got half of a surrogate pair");
  const control = CONTROL_CHARACTER.exec(value);
  if (control !== null) {
    const codePoint = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    throw badParam(name, `no control characters, got U+${codePoint}`);
  }
  return value;
}

function badParam(name: string, expected: string): RasterError {
  return new RasterError("RASTER_BAD_PARAM", `parameter ${name}: expected ${expected}`);
}
