import type { Instruction, Relation } from "@gvpie/pxl-parser";

import type { RasterErrorCode } from "../errors.ts";

/** The least value of a variable: −2³¹. */
export const INT32_MIN: number = -(2 ** 31);
/** The greatest value of a variable: 2³¹−1. */
export const INT32_MAX: number = 2 ** 31 - 1;

/** The opcodes that change a variable. */
export type ArithmeticOpcode = "SET" | "ADD" | "SUB" | "MUL" | "DIV" | "MOD";

/** What each makes of a variable's value and of its operand, before the check for overflow. */
export const ARITHMETIC_OPCODES: Readonly<
  Record<ArithmeticOpcode, (value: number, operand: number) => number>
> = {
  SET: (_, operand) => operand,
  ADD: (value, operand) => value + operand,
  SUB: (value, operand) => value - operand,
  // A product that is not exact as a double is far beyond the range, and stays so when rounded.
  MUL: (value, operand) => value * operand,
  DIV: (value, operand) => Math.trunc(value / operand),
  MOD: (value, operand) => value % operand,
};

/** The comparisons of IF: whether each holds where its left side is less than, equal to, or greater than its right. */
export const RELATIONS: Readonly<Record<Relation, Outcomes>> = {
  "<": { less: true, equal: false, greater: false },
  "<=": { less: true, equal: true, greater: false },
  "=": { less: false, equal: true, greater: false },
  "!=": { less: true, equal: false, greater: true },
  ">=": { less: false, equal: true, greater: true },
  ">": { less: false, equal: false, greater: true },
};

interface Outcomes {
  readonly less: boolean;
  readonly equal: boolean;
  readonly greater: boolean;
}

/** Why an operation has no result, as the code and the message of the error; the result otherwise. */
export function calculate(
  op: ArithmeticOpcode,
  value: number,
  operand: number,
): number | readonly [RasterErrorCode, string] {
  if (operand === 0 && (op === "DIV" || op === "MOD")) {
    return ["RASTER_DIVISION_BY_ZERO", `${op} divides ${value} by 0`];
  }
  const result = ARITHMETIC_OPCODES[op](value, operand);
  if (result < INT32_MIN || result > INT32_MAX) {
    const range = `${INT32_MIN} … ${INT32_MAX}`;
    return ["RASTER_OVERFLOW", `${op} of ${value} and ${operand} is not in ${range}`];
  }
  // Turns −0 into 0.
  return result + 0;
}

/** Whether a comparison holds. */
export function compare(left: number, relation: Relation, right: number): boolean {
  const { less, equal, greater } = RELATIONS[relation];
  return left < right ? less : left > right ? greater : equal;
}

/** Whether an instruction changes a variable. */
export function isArithmetic(instruction: Instruction): instruction is ArithmeticInstruction {
  return Object.hasOwn(ARITHMETIC_OPCODES, instruction.op);
}

export type ArithmeticInstruction = Extract<Instruction, { op: ArithmeticOpcode }>;
