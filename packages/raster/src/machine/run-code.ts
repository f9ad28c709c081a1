import type { Expression, Reference } from "@gvpie/pxl-parser";

import {
  ADD,
  BINARY,
  CELL,
  type Code,
  CONSTANT,
  DIVIDE,
  MULTIPLY,
  NEGATE,
  PUSH,
  REMAINDER,
  SUBTRACT,
  UNARY,
  VARIABLE,
} from "./code.ts";
import { applyOperator } from "./evaluate.ts";
import { badCell, divisionByZero, overflow } from "./failures.ts";
import { resolveInt32, type Scope } from "./resolve.ts";

/** The parts of the machine that compiled code works on. */
export interface Registers extends Scope {
  /** The variables, then the constants of operands. */
  readonly slots: Int32Array;
  readonly arrays: readonly Int32Array[];
  /** As deep as any code needs. */
  readonly stack: Int32Array;
}

/**
 * Returns the value of compiled code.
 *
 * @throws {RasterError} as `evaluate` does.
 */
export function runCode({ words, places }: Code, registers: Registers): number {
  const { slots, stack } = registers;
  let depth = 0;
  /** The accumulator. */
  let value = 0;
  for (let i = 0; i < words.length; i += 2) {
    const argument = words[i + 1] as number;
    let left = value;
    let right = argument;
    let result: number;
    switch (words[i]) {
      case CONSTANT:
        value = argument;
        continue;
      case VARIABLE:
        value = slots[argument] as number;
        continue;
      case PUSH:
        stack[depth++] = value;
        continue;
      case CELL: {
        const cells = registers.arrays[argument] as Int32Array;
        if (value < 0 || value >= cells.length) {
          const place = places[i >> 1] as Expression;
          throw badCell(place, place.span, value, cells.length);
        }
        value = cells[value] as number;
        continue;
      }
      case ADD:
        result = left + right;
        break;
      case ADD + 1:
        right = slots[argument] as number;
        result = left + right;
        break;
      case ADD + 2:
        left = stack[--depth] as number;
        right = value;
        result = left + right;
        break;
      case SUBTRACT:
        result = left - right;
        break;
      case SUBTRACT + 1:
        right = slots[argument] as number;
        result = left - right;
        break;
      case SUBTRACT + 2:
        left = stack[--depth] as number;
        right = value;
        result = left - right;
        break;
      case MULTIPLY:
        result = left * right;
        break;
      case MULTIPLY + 1:
        right = slots[argument] as number;
        result = left * right;
        break;
      case MULTIPLY + 2:
        left = stack[--depth] as number;
        right = value;
        result = left * right;
        break;
      case DIVIDE:
        result = divide(left, right);
        break;
      case DIVIDE + 1:
        right = slots[argument] as number;
        result = divide(left, right);
        break;
      case DIVIDE + 2:
        left = stack[--depth] as number;
        right = value;
        result = divide(left, right);
        break;
      case REMAINDER:
        result = left % right;
        break;
      case REMAINDER + 1:
        right = slots[argument] as number;
        result = left % right;
        break;
      case REMAINDER + 2:
        left = stack[--depth] as number;
        right = value;
        result = left % right;
        break;
      case NEGATE:
        result = -value;
        break;
      case UNARY:
        value = applyOperator(places[i >> 1] as Expression, value, 0, registers);
        continue;
      case BINARY:
        value = applyOperator(places[i >> 1] as Expression, stack[--depth] as number, value, registers);
        continue;
      default:
        value = resolveInt32(places[i >> 1] as Reference, registers);
        continue;
    }
    value = result | 0;
    if (value !== result) throw failureOf(places[i >> 1] as Expression, left, right, result);
  }
  return value;
}

/** Returns the quotient, rounded toward zero; not a number for a divisor of 0. */
function divide(dividend: number, divisor: number): number {
  return divisor === 0 ? Number.NaN : Math.trunc(dividend / divisor);
}

function failureOf(place: Expression, left: number, right: number, result: number): Error {
  return Number.isNaN(result) ? divisionByZero(place, left) : overflow(place, left, right);
}
