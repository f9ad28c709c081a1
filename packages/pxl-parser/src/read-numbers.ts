import { PROGRAM_BOUNDS } from "./bounds.ts";
import { DIGIT_0, findWordEnd, skipBlanks } from "./characters.ts";
import { readSide } from "./comparison.ts";
import type { Item, Range } from "./expressions.ts";
import { Fault } from "./fault.ts";
import type { Fields, LineCursor } from "./line-cursor.ts";
import { isName } from "./names.ts";
import { INT32, POSITION, type IntegerOperand, type IntegerRange, type IntegerValue } from "./operands.ts";
import { parseInteger } from "./read-word.ts";

const { cells: MAX_CELLS, points: MAX_POINTS } = PROGRAM_BOUNDS;

/** Reads an operand that is one word. */
export function readNumber(
  cursor: LineCursor,
  operand: IntegerOperand,
  start: number,
): IntegerValue | undefined {
  const { name } = operand;
  const item = readItem(cursor, name, operand.min, start);
  if (item === undefined) return undefined;
  if (name === "step" && item.value === 0) {
    cursor.addFault(new Fault("PXL_OUT_OF_RANGE", () => "expected step other than 0"), item);
    return undefined;
  }
  return inRange(cursor, name, operand, item);
}

/** Reads one word as an expression; `undefined` if it is malformed. */
export function readItem(cursor: LineCursor, name: string, min: number, start: number): Item | undefined {
  cursor.operandFindings = cursor.findings.length;
  const item = readDigits(cursor, start) ?? cursor.expressions.readOperand(start, false);
  if (item !== undefined && cursor.isEnd(item.end)) {
    cursor.index = item.end;
    // An expression of literals has a value only when it runs.
    if (typeof item.value !== "number") cursor.scope.dependsOnValues = true;
    return item;
  }
  const end = cursor.findOperandEnd(start);
  cursor.index = end;
  addMalformed(cursor, name, min, item, { start, end });
  return undefined;
}

/** Reads a word of digits, which most operands are; `undefined` for another one. */
function readDigits(cursor: LineCursor, start: number): Item | undefined {
  let value = 0;
  let end = start;
  for (; ; end++) {
    const digit = cursor.source.charCodeAt(end) - DIGIT_0;
    if (end >= cursor.end || digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return end > start && cursor.isEnd(end) ? { value, start, end } : undefined;
}

/** Reads an operand in which blanks may stand between tokens. */
export function readValue(
  cursor: LineCursor,
  operand: IntegerOperand,
  start: number,
): IntegerValue | undefined {
  cursor.operandFindings = cursor.findings.length;
  const side = readSide(cursor.expressions, cursor.source, start, cursor.end, false);
  cursor.index = side.end;
  if (side.item !== undefined) return inRange(cursor, operand.name, operand, side.item);
  addMalformed(cursor, operand.name, operand.min, undefined, { start, end: side.end });
  return undefined;
}

/**
 * Reports an operand that is not an expression, unless the reader of expressions has reported it.
 *
 * @param min the least value, for the example.
 * @param item an expression at the beginning of the operand, if there is one.
 */
export function addMalformed(
  cursor: LineCursor,
  name: string,
  min: number,
  item: Item | undefined,
  place: Range,
): void {
  const { problem } = cursor.expressions;
  if (problem?.isReported === true) {
    cursor.isAborted = true;
    return;
  }
  // The parts of a malformed operand have no meaning.
  cursor.findings.length = cursor.operandFindings;
  const example = `expected ${name} as an integer such as 12${min < 0 ? " or -3" : ""}, a name or an expression`;
  const index = item?.end ?? problem?.index ?? place.start;
  const wanted = item === undefined ? (problem?.expected ?? "a blank") : "an operator or a blank";
  cursor.add("PXL_NOT_AN_INTEGER", place, () => {
    const column = cursor.columns.column(index);
    const detail = index > place.start ? `; column ${column}: expected ${wanted}` : "";
    return `${example} (${cursor.usage}), got ${cursor.quote(place)}${detail}`;
  });
}

/** Returns a value, or `undefined` for an integer outside its range, which it reports. */
export function inRange(
  cursor: LineCursor,
  name: string,
  { min, max }: IntegerRange,
  item: Item,
): IntegerValue | undefined {
  const { value } = item;
  if (typeof value !== "number" || (value >= min && value <= max)) return value;
  cursor.addFault(new Fault("PXL_OUT_OF_RANGE", () => `expected ${name} from ${min} to ${max}`), item);
  return undefined;
}

/** Reads a word that is an integer. */
export function readLiteral(cursor: LineCursor, operand: IntegerOperand, word: Range): number | undefined {
  const value = parseInteger(cursor.text(word));
  const { name, min, max } = operand;
  if (operand.kind === "literal") cursor.literals.push(word);
  if (value === undefined) {
    const example = `expected ${name} as an integer such as 12${min < 0 ? " or -3" : ""}`;
    cursor.addFault(new Fault("PXL_NOT_AN_INTEGER", () => example), word);
    return undefined;
  }
  if (operand.kind === "cells" && value >= min && value <= max) {
    cursor.scope.cells += value;
    if (cursor.scope.cells > MAX_CELLS) addTooManyCells(cursor, word);
  }
  if (value >= min && value <= max) return value;
  cursor.addFault(new Fault("PXL_OUT_OF_RANGE", () => `expected ${name} from ${min} to ${max}`), word);
  return undefined;
}

/** Checks that lo ≤ value ≤ hi. */
export function checkInt(cursor: LineCursor, fields: Fields): void {
  const { lo, hi, value } = fields as Record<string, number | undefined>;
  const [, hiPlace, valuePlace] = cursor.literals;
  fields["decimals"] ??= 0;
  if (lo === undefined || hi === undefined || hiPlace === undefined) return;
  if (lo > hi) {
    cursor.addFault(new Fault("PXL_OUT_OF_RANGE", () => `expected hi of at least lo, ${lo}`), hiPlace);
  } else if (value !== undefined && valuePlace !== undefined && (value < lo || value > hi)) {
    cursor.addFault(
      new Fault("PXL_OUT_OF_RANGE", () => `expected value from lo to hi, ${lo} to ${hi}`),
      valuePlace,
    );
  }
}

/** Reads the integers of a LIST. */
export function readIntegers(cursor: LineCursor): readonly number[] {
  const values: number[] = [];
  for (let word = cursor.nextWord(); word !== undefined; word = cursor.nextWord()) {
    const value = parseInteger(cursor.text(word));
    if (value === undefined) {
      const expected = (): string => "expected an integer such as 12 or -3";
      cursor.addFault(new Fault("PXL_NOT_AN_INTEGER", expected), word);
    } else if (value < INT32.min || value > INT32.max) {
      const expected = (): string => `expected an integer from ${INT32.min} to ${INT32.max}`;
      cursor.addFault(new Fault("PXL_OUT_OF_RANGE", expected), word);
    } else {
      values.push(value);
    }
    cursor.scope.cells++;
    if (cursor.scope.cells > MAX_CELLS) {
      if (cursor.scope.cells === MAX_CELLS + 1) addTooManyCells(cursor, word);
      cursor.isAborted = true;
      break;
    }
  }
  return values;
}

function addTooManyCells(cursor: LineCursor, place: Range): void {
  const expected = (): string => `expected at most ${MAX_CELLS} cells in all lists and arrays`;
  cursor.addFault(new Fault("PXL_TOO_MANY_CELLS", expected), place);
}

/** Reads the points of a POLY: the name of an array, or numbers up to the end of the line. */
export function readPoints(cursor: LineCursor, start: number): string | readonly IntegerValue[] {
  const wordEnd = findWordEnd(cursor.source, start, cursor.end);
  const name = cursor.source.slice(start, wordEnd);
  if (isName(name) && wordEnd === cursor.end) {
    cursor.index = wordEnd;
    return cursor.arrayOf(name, { start, end: wordEnd });
  }
  const values: IntegerValue[] = [];
  let at = start;
  while (at < cursor.end) {
    if (values.length === 2 * MAX_POINTS) {
      const end = findWordEnd(cursor.source, at, cursor.end);
      const expected = (): string => `expected at most ${MAX_POINTS} points`;
      cursor.addFault(new Fault("PXL_TOO_MANY_POINTS", expected), { start: at, end });
      cursor.isAborted = true;
      return values;
    }
    const item = readItem(cursor, "points", -1, at);
    if (item === undefined) {
      cursor.isAborted = true;
      return values;
    }
    const { value } = item;
    if (typeof value === "number" && (value < POSITION.min || value > POSITION.max)) {
      const expected = (): string => `expected a position from ${POSITION.min} to ${POSITION.max}`;
      cursor.addFault(new Fault("PXL_OUT_OF_RANGE", expected), item);
    }
    values.push(value);
    at = Math.min(skipBlanks(cursor.source, cursor.index), cursor.end);
  }
  if (values.length % 2 !== 0) {
    const end = cursor.end;
    cursor.add("PXL_MISSING_OPERAND", { start: end, end }, () => {
      return `expected a row for each column (${cursor.usage}), got the end of the line`;
    });
  }
  return values;
}
