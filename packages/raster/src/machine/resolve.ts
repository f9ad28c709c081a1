import {
  type ColorValue,
  type IntegerValue,
  readColor,
  type Reference,
  type TextValue,
} from "@gvpie/pxl-parser";

import { RasterError } from "../errors.ts";
import { checkLimit } from "../limits.ts";
import type { Drawing, DrawingInstruction, PenInstruction, PenSetting } from "../resolved.ts";
import type { Limits } from "../types.ts";
import { INT32_MAX, INT32_MIN } from "./arithmetic.ts";

/** What the names in a program stand for. */
export interface Scope {
  readonly limits: Limits;
  /** The number that a variable holds, or the text of a parameter. */
  valueOf(name: string): number | string | undefined;
}

/** The integers that an operand takes. */
interface Range {
  readonly min: number;
  readonly max: number;
}

const POSITION: Range = { min: -(2 ** 31), max: 2 ** 32 - 1 };
const SIZE: Range = { min: 0, max: 2 ** 32 - 1 };
const SCALE: Range = { min: 1, max: 64 };
const INT32: Range = { min: INT32_MIN, max: INT32_MAX };

/**
 * A drawing instruction with a value for every reference.
 *
 * @throws {RasterError} `RASTER_BAD_VALUE` for a value that the operand does not take; `RASTER_LIMIT_GLYPHS` for a text
 * that is longer than any that may be drawn.
 */
export function resolveDrawing(i: DrawingInstruction, scope: Scope): Drawing {
  const { op } = i;
  switch (op) {
    case "TXT": {
      const x = integer(i.x, POSITION, scope);
      return { op, x, y: integer(i.y, POSITION, scope), text: resolveText(i.text, scope) };
    }
    case "RECT":
    case "BOX":
      return { op, ...resolveBox(i, scope) };
    case "CLEAR":
      return { op };
    case "PIX":
      return { op, x: integer(i.x, POSITION, scope), y: integer(i.y, POSITION, scope) };
    case "LINE": {
      const x0 = integer(i.x0, POSITION, scope);
      const y0 = integer(i.y0, POSITION, scope);
      return { op, x0, y0, x1: integer(i.x1, POSITION, scope), y1: integer(i.y1, POSITION, scope) };
    }
    case "CIRCLE":
    case "DISC": {
      const x = integer(i.x, POSITION, scope);
      return { op, x, y: integer(i.y, POSITION, scope), r: integer(i.r, SIZE, scope) };
    }
    case "SPRITE":
      return { ...i, x: integer(i.x, POSITION, scope), y: integer(i.y, POSITION, scope) };
  }
}

/** An instruction that changes the pen, with a value for every reference; throws as {@link resolveDrawing} does. */
export function resolvePenSetting(i: PenInstruction, scope: Scope): PenSetting {
  const { op } = i;
  switch (op) {
    case "COLOR":
      return { op, color: resolveColor(i.color, scope) };
    case "SCALE":
      return { op, n: integer(i.n, SCALE, scope) };
    case "ORIGIN":
      return { op, x: integer(i.x, POSITION, scope), y: integer(i.y, POSITION, scope) };
    case "ALIGN":
      return i;
    case "CLIP":
      return { op, box: i.box && resolveBox(i.box, scope) };
  }
}

/** The value of an operand of a control instruction, or of one that changes a variable. */
export function resolveInt32(value: IntegerValue, scope: Scope): number {
  return integer(value, INT32, scope);
}

function resolveBox(
  { x, y, w, h }: { x: IntegerValue; y: IntegerValue; w: IntegerValue; h: IntegerValue },
  scope: Scope,
): { x: number; y: number; w: number; h: number } {
  return {
    x: integer(x, POSITION, scope),
    y: integer(y, POSITION, scope),
    w: integer(w, SIZE, scope),
    h: integer(h, SIZE, scope),
  };
}

function integer(value: IntegerValue, { min, max }: Range, scope: Scope): number {
  if (typeof value === "number") return value;
  const found = lookUp(value, scope);
  const number = typeof found === "number" ? found : integerOf(found);
  if (number === undefined) throw badValue(value, found, "an integer");
  if (number < min || number > max) throw badValue(value, found, `an integer from ${min} to ${max}`);
  return number;
}

function resolveColor(value: ColorValue, scope: Scope): number {
  if (typeof value === "number") return value;
  const found = lookUp(value, scope);
  const color = typeof found === "string" ? readColor(found) : undefined;
  if (color === undefined) throw badValue(value, found, "a colour");
  return color;
}

function resolveText(text: TextValue, scope: Scope): string {
  if (typeof text === "string") return text;
  const pieces = text.map((piece) => (typeof piece === "string" ? piece : String(lookUp(piece, scope))));
  // Checked before a string is made that might not fit into memory; no glyph takes more than two code units.
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  checkLimit("glyphs", Math.ceil(length / 2), scope.limits);
  return pieces.join("");
}

function lookUp({ name }: Reference, scope: Scope): number | string {
  const value = scope.valueOf(name);
  if (value === undefined) throw new TypeError(`the program refers to ${name}, which it does not declare`);
  return value;
}

/** The integer that a text is in a program, exact unless it is beyond every range. */
function integerOf(text: string): number | undefined {
  return /^-?[0-9]+$/.test(text) ? Number(text) + 0 : undefined;
}

function badValue({ name, span }: Reference, found: number | string, expected: string): RasterError {
  const shown = typeof found === "number" ? found : JSON.stringify(found.slice(0, 40));
  return new RasterError("RASTER_BAD_VALUE", `${name} is ${shown}, where ${expected} is expected`, { span });
}
