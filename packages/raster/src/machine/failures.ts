import type { Expression, IntegerValue, Span } from "@gvpie/pxl-parser";

import { RasterError } from "../errors.ts";
import type { Limits } from "../types.ts";
import { INT32_MAX, INT32_MIN } from "./arithmetic.ts";
import { MAX_STACK } from "./control.ts";

export function outOfFuel({ fuel }: Limits, span: Span): RasterError {
  const message = `expected the program to end within ${fuel} steps (limits.fuel), got more`;
  return new RasterError("RASTER_LIMIT_FUEL", message, { span });
}

export function stackOverflow(span: Span): RasterError {
  const message = `expected at most ${MAX_STACK} calls that have not returned, got one more CALL`;
  return new RasterError("RASTER_STACK_OVERFLOW", message, { span });
}

export function stackUnderflow(span: Span): RasterError {
  return new RasterError("RASTER_STACK_UNDERFLOW", "expected a CALL before this RET, got an empty stack", {
    span,
  });
}

/** Returns the error with the place of the instruction that was running, unless it has a place or is of another class. */
export function withPlace(error: unknown, span: Span | undefined): unknown {
  if (!(error instanceof RasterError) || error.line !== undefined || span === undefined) return error;
  return new RasterError(error.code, error.reason, { span, cause: error.cause });
}

export function divisionByZero(expression: Expression, dividend: number): RasterError {
  const message = `expected a divisor other than 0, got ${notation(expression, [dividend, 0])}`;
  return new RasterError("RASTER_DIVISION_BY_ZERO", message, { span: expression.span });
}

/** The failure of an operator whose result has more than 32 bits. */
export function overflow(expression: Expression, ...operands: readonly number[]): RasterError {
  const message = `expected a result from ${INT32_MIN} to ${INT32_MAX}, got ${notation(expression, operands)}`;
  return new RasterError("RASTER_OVERFLOW", message, { span: expression.span });
}

/** The failure of an operator that has no value for its operand. */
export function badOperand(expression: Expression, least: number, found: number): RasterError {
  const message = `expected a number of at least ${least}, got ${notation(expression, [found])}`;
  return new RasterError("RASTER_BAD_VALUE", message, { span: expression.span });
}

/** The failure of an access to a cell that the array `name` does not have. */
export function badCell(
  { name }: { readonly name?: string },
  span: Span,
  index: number,
  length: number,
): RasterError {
  const range = length === 0 ? "no index, because the list is empty" : `an index from 0 to ${length - 1}`;
  return new RasterError("RASTER_BAD_INDEX", `expected ${range}, got ${name}[${index}]`, { span });
}

/** The failure of a FOR whose step is 0. A literal has no place of its own. */
export function badStep(step: IntegerValue | undefined): RasterError {
  const { span } = typeof step === "object" ? step : {};
  return new RasterError("RASTER_BAD_VALUE", "expected a step other than 0, got 0", { span });
}

/** Writes an operator with the values of its operands. */
function notation({ operator, operands }: Expression, values: readonly number[]): string {
  const [a = 0, b = 0] = values;
  if (operator === "negate") return `-(${a})`;
  if (!/^[a-z]/.test(operator)) return `${a} ${operator} ${b}`;
  return `${operator}(${values.slice(0, operands.length).join(", ")})`;
}
