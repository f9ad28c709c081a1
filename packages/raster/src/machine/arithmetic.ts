import type { VariableInstruction } from "@gvpie/pxl-parser";

import { RasterError } from "../errors.ts";
import type { ArithmeticOpcode } from "../opcodes.ts";

/** Least value of a variable, −2³¹. */
export const INT32_MIN: number = -(2 ** 31);
/** Greatest value of a variable, 2³¹−1. */
export const INT32_MAX: number = 2 ** 31 - 1;

/**
 * Returns the new value of a variable.
 *
 * @throws {RasterError} `RASTER_DIVISION_BY_ZERO` or `RASTER_OVERFLOW` with the place of the instruction.
 */
export function calculate(
  instruction: VariableInstruction,
  { calculate }: ArithmeticOpcode,
  value: number,
  operand: number,
): number {
  const result = calculate(value, operand);
  const { op } = instruction;
  if (!Number.isFinite(result)) {
    const message = `expected a divisor other than 0, got ${value} ${op} 0`;
    throw new RasterError("RASTER_DIVISION_BY_ZERO", message, { span: instruction });
  }
  if (result < INT32_MIN || result > INT32_MAX) {
    const message = `expected a result from ${INT32_MIN} to ${INT32_MAX}, got ${value} ${op} ${operand}`;
    throw new RasterError("RASTER_OVERFLOW", message, { span: instruction });
  }
  // Turns −0 into 0.
  return result + 0;
}
