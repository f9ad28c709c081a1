import type { Program } from "@gvpie/pxl-parser";

import { INITIAL_PEN, type Pen } from "../pen.ts";
import type { Limits } from "../types.ts";
import { isArithmetic } from "./arithmetic.ts";
import type { Parameters } from "./parameters.ts";

/** A program with the values of its parameters: what does not change while it runs. */
export interface BoundProgram {
  readonly program: Program;
  readonly parameters: Parameters;
  readonly limits: Limits;
}

/** All that changes while a program runs, but for what it drew. */
export interface MachineState {
  /** Index of the next instruction; that after the last one where the machine has run off the end. */
  readonly pc: number;
  /** Every variable of the program: a signed 32-bit integer, 0 before the first SET. */
  readonly variables: ReadonlyMap<string, number>;
  /** Return addresses, the one on top last. */
  readonly stack: readonly number[];
  /** Steps left. */
  readonly fuel: number;
  readonly status: "running" | "halted";
  readonly pen: Pen;
}

/** The state in which a program begins. */
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

/** A program without jumps runs each instruction at most once, so it has the fuel for that. */
export function initialFuel({ instructions, straight }: Program, limits: Limits): number {
  return straight ? instructions.length : limits.fuel;
}

/** In the order in which they first occur. */
export function namesOfVariables({ instructions }: Program): string[] {
  const names = new Set<string>();
  for (const instruction of instructions) {
    if (isArithmetic(instruction)) names.add(instruction.name);
  }
  return [...names];
}
