import type { RunnableProgram } from "../admit-program.ts";
import { isArithmetic } from "../opcodes.ts";
import { INITIAL_PEN, type Pen } from "../pen.ts";
import type { Limits } from "../types.ts";
import type { Parameters } from "./parameters.ts";

/** A program with the values of its parameters and its limits. It does not change while the program runs. */
export interface BoundProgram {
  readonly program: RunnableProgram;
  readonly parameters: Parameters;
  readonly limits: Limits;
}

/** The state of a running program, without its draw list. */
export interface MachineState {
  /** Index of the next instruction; the number of instructions after the last one has run. */
  readonly pc: number;
  /** Every variable of the program: a signed 32-bit integer, 0 before the first SET. */
  readonly variables: ReadonlyMap<string, number>;
  /** Return addresses, the top one last. */
  readonly stack: readonly number[];
  /** Steps left. */
  readonly fuel: number;
  readonly status: "running" | "halted";
  readonly pen: Pen;
}

/** Returns the state at the start of a program. */
export function initialState({ program, limits }: BoundProgram): MachineState {
  return {
    pc: 0,
    variables: new Map(namesOfVariables(program).map((name) => [name, 0])),
    stack: [],
    fuel: initialFuel(program, limits),
    status: program.instructions.length === 0 ? "halted" : "running",
    pen: INITIAL_PEN,
  };
}

/** Returns the fuel of a program: a program without jumps runs each instruction at most once and has exactly enough. */
export function initialFuel({ instructions, straight }: RunnableProgram, limits: Limits): number {
  return straight ? instructions.length : limits.fuel;
}

/** Returns the variables in the order in which they first occur. */
export function namesOfVariables({ instructions }: RunnableProgram): string[] {
  const names = new Set<string>();
  for (const instruction of instructions) {
    if (isArithmetic(instruction)) names.add(instruction.name);
  }
  return [...names];
}
