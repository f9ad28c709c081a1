import type { Expression, Instruction, IntegerValue, OperatorName, Reference } from "@gvpie/pxl-parser";

import type { BoundProgram, MachineState } from "../../src/machine/state.ts";
import { SINES } from "../../src/sine.ts";
import { define, defineRandom } from "./definitions.ts";
import { FAULTS } from "./encoding.ts";
import { compile, type Value } from "@gvpie/testing/smt";
import { encodeOperator, OPERATION } from "./operator-formulas.ts";

/** The values of the operands of an instruction under the formulas. */
export interface Operands {
  readonly values: readonly number[];
  /** Numbers of {@link FAULTS}. */
  readonly faults: readonly number[];
  /** The state of the random numbers after them. */
  readonly seed: number;
}

/** A fault of an operand, by its number. */
class Fault extends Error {
  readonly number: number;
  constructor(number: number) {
    super(String(number));
    this.number = number;
  }
}

const formulas = new Map<OperatorName, (inputs: readonly Value[]) => Value[]>();

/** Returns the value of an operator under its formulas; throws its {@link Fault}. */
function applyFormula(
  name: OperatorName,
  inputs: Readonly<Record<Exclude<keyof typeof OPERATION, "sines">, Value>>,
): number {
  let formula = formulas.get(name);
  if (formula === undefined) {
    const { value, fault, constraint } = encodeOperator(name);
    formula = compile([value, fault, constraint], Object.values(OPERATION));
    formulas.set(name, formula);
  }
  const { a, b, result, cells, firstCell, cellCount } = inputs;
  const [value, fault, isPossible] = formula([a, b, result, cells, firstCell, cellCount, SINES]);
  if (fault !== FAULTS.none) throw new Fault(fault as number);
  if (isPossible !== true) throw new Error(`${name} of ${String(a)} has the result ${String(result)}`);
  return value as number;
}

/** Returns the value of an operator of integers under its formulas, or the name of its fault. */
export function calculateByFormula(name: OperatorName, a: number, b: number): number | string {
  const defined = name === "sqrt" ? define(name, a, b) : 0;
  const result = typeof defined === "number" ? defined : 0;
  try {
    return applyFormula(name, { a, b, result, cells: [], firstCell: 0, cellCount: 0 });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return Object.entries(FAULTS).find(([, number]) => number === error.number)?.[0] ?? "";
  }
}

/** Returns the operands of an instruction, in the order in which they are evaluated. */
function operandsOf(instruction: Instruction): readonly IntegerValue[] {
  switch (instruction.op) {
    case "SET":
      return instruction.index === undefined ? [instruction.value] : [instruction.index, instruction.value];
    case "ADD":
    case "SUB":
    case "MUL":
    case "DIV":
    case "MOD":
    case "SEED":
      return [instruction.value];
    case "FOR":
      return [instruction.from, instruction.to, instruction.step ?? 1];
    case "CALL":
      return instruction.args ?? [];
    case "IF":
      return typeof instruction.right === "string" ? [] : [instruction.left, instruction.right];
    case "PIX":
      return [instruction.x, instruction.y];
    default:
      return [];
  }
}

/** Evaluates the operands of an instruction under the formulas of their operators. */
export function evaluateOperands(
  instruction: Instruction,
  { parameters, surroundings }: BoundProgram,
  state: MachineState,
): Operands {
  let { seed } = state;

  const referenceOf = ({ name }: Reference): number => {
    const value = state.variables.get(name) ?? parameters.get(name) ?? "";
    const isInteger = typeof value === "number" || /^-?[0-9]+$/.test(value);
    const number = Number(value);
    if (!isInteger || number < -(2 ** 31) || number > 2 ** 31 - 1) throw new Fault(FAULTS.RASTER_BAD_VALUE);
    return number;
  };
  const resultOf = (operator: OperatorName, a: number): number => {
    switch (operator) {
      case "sqrt":
        return a < 0 ? 0 : (define("sqrt", a, 0) as number);
      case "rand": {
        const random = defineRandom(seed, a);
        if (a >= 1) ({ seed } = random);
        return random.value;
      }
      case "width":
      case "height":
      case "frame":
      case "frames":
        return surroundings[operator];
      default:
        return 0;
    }
  };
  const valueOf = (value: IntegerValue): number => {
    if (typeof value === "number") return value;
    if (!("operator" in value)) return referenceOf(value);
    const { operator, operands, name = "" } = value satisfies Expression;
    const [a = 0, b = 0] = operands.map(valueOf);
    const cells = state.arrays.get(name) ?? [];
    const result = resultOf(operator, a);
    return applyFormula(operator, { a, b, result, cells: [...cells], firstCell: 0, cellCount: cells.length });
  };

  if (instruction.op === "IF" && instruction.relation === "IS") {
    const isAlike = String(parameters.get((instruction.left as Reference).name)) === instruction.right;
    return { values: [isAlike ? 0 : 1, 0], faults: [], seed };
  }
  const values: number[] = [];
  const faults: number[] = [];
  for (const operand of operandsOf(instruction)) {
    try {
      values.push(valueOf(operand));
      faults.push(FAULTS.none);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      values.push(0);
      faults.push(error.number);
    }
  }
  return { values, faults, seed };
}

/** Returns the cost of an instruction: 1, and 1 for each operator except names. */
export function countCost(instruction: Instruction): number {
  const count = (value: IntegerValue): number =>
    typeof value === "number" || !("operator" in value)
      ? 0
      : value.operands.reduce<number>(
          (sum, operand) => sum + count(operand),
          FREE.has(value.operator) ? 0 : 1,
        );
  return operandsOf(instruction).reduce<number>((sum, operand) => sum + count(operand), 1);
}

const FREE: ReadonlySet<string> = new Set(["width", "height", "frame", "frames", "pitch"]);
