import type { RunnableProgram } from "../admit-program.ts";
import { isArithmetic } from "../opcodes.ts";
import { INITIAL_PEN, type Pen } from "../pen.ts";
import type { Limits } from "../types.ts";
import { costOf } from "./cost.ts";
import type { Surroundings } from "./operators.ts";
import type { Bindings } from "./parameters.ts";
import { INITIAL_SEED } from "./random.ts";

/** A program with the values of its parameters and its limits. It does not change while the program runs. */
export interface BoundProgram extends Bindings {
  readonly program: RunnableProgram;
  readonly surroundings: Surroundings;
  readonly limits: Limits;
}

/** The values of variables, by name. */
export type Values = ReadonlyMap<string, number>;

/** The state of a running program, without its draw list. */
export interface MachineState {
  /** Index of the next instruction; the number of instructions after the last one has run. */
  readonly pc: number;
  /**
   * Every variable of the program: a signed 32-bit integer, 0 before the first SET. A local variable `x` of the procedure
   * `f` is `f.x`. The limit and the step of a FOR are variables too, whose names contain `@`.
   */
  readonly variables: Values;
  /** Every list and array of the program. */
  readonly arrays: ReadonlyMap<string, Int32Array>;
  /** State of the random numbers: the seed, or what the last number left. */
  readonly seed: number;
  /** Glyphs of the texts that expressions measured. */
  readonly measured: number;
  /** Return addresses, the top one last. */
  readonly stack: readonly number[];
  /** For each address, the values of the callee's local variables before the call: none for a label. */
  readonly saved: readonly Values[];
  /** Fuel left. */
  readonly fuel: number;
  readonly status: "running" | "halted";
  readonly pen: Pen;
}

/** Returns the state at the start of a program. */
export function initialState(bound: BoundProgram): MachineState {
  const { program, cells } = bound;
  return {
    pc: 0,
    variables: new Map(namesOfVariables(program).map((name) => [name, 0])),
    arrays: cells,
    seed: INITIAL_SEED,
    measured: 0,
    stack: [],
    saved: [],
    fuel: initialFuel(bound),
    status: program.instructions.length === 0 ? "halted" : "running",
    pen: INITIAL_PEN,
  };
}

/** Returns the fuel of a program: a program without jumps runs each instruction at most once and has exactly enough. */
export function initialFuel(bound: BoundProgram): number {
  const { instructions, straight, language } = bound.program;
  if (!straight) return bound.limits.fuel;
  if (language === "1") return instructions.length;
  return instructions.reduce((sum, instruction) => sum + costOf(instruction, bound), 0);
}

/** Returns the variables in the order in which they first occur. */
export function namesOfVariables({ instructions, language }: RunnableProgram): string[] {
  const names = new Set<string>();
  if (language === "1") {
    for (const instruction of instructions) if (isArithmetic(instruction)) names.add(instruction.name);
    return [...names];
  }
  for (const instruction of instructions) {
    if (isArithmetic(instruction)) {
      if (instruction.op !== "SET" || instruction.index === undefined) names.add(instruction.name);
    } else if (instruction.op === "FOR") {
      names.add(instruction.name).add(instruction.limitName).add(instruction.stepName);
    } else if (instruction.op === "DEF") {
      for (const name of instruction.locals) names.add(name);
    }
  }
  return [...names];
}
