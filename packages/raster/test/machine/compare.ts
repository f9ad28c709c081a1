import type { IntegerValue, Program } from "@gvpie/pxl-parser";

import type { Limits } from "../../src/types.ts";
import { DEFAULT_LIMITS } from "../../src/limits.ts";
import { allocateList, DrawListBuilder } from "../../src/draw-list.ts";
import type { RasterError } from "../../src/errors.ts";
import type { execute } from "../../src/machine/execute.ts";
import { initialState, type MachineState, namesOfVariables } from "../../src/machine/state.ts";
import type { step } from "../../src/machine/step.ts";
import { isArithmetic } from "../../src/opcodes.ts";
import { bindDefaults } from "./bind.ts";
import {
  encodeStep,
  FAULTS,
  OPCODE_NUMBERS,
  PROGRAM,
  RELATION_NUMBERS,
  STATE,
  type Tables,
} from "./encoding.ts";
import { compile, type Value } from "./evaluate.ts";

/** The three implementations, which must run every program with the same result. A test may mutate any of them. */
export interface Machines {
  readonly step: typeof step;
  readonly execute: typeof execute;
  readonly tables: Tables;
}

const FAULT_NAMES = new Map<Value, string>(Object.entries(FAULTS).map(([name, number]) => [number, name]));

/**
 * Runs programs one instruction at a time in `step` and under the encoding, comparing every state, and then in
 * `execute`, comparing the outcome.
 *
 * @returns the number of equal programs and steps, and a description of the first difference, if there is one.
 */
export function compareMachines(
  { step, execute, tables }: Machines,
  programs: Iterable<Program>,
  fuel: number,
): { programs: number; steps: number; difference: string | undefined } {
  const { pc, fuel: left, halted, depth, stack, variables, fault } = encodeStep(STATE, tables);
  const symbols = [...Object.values(STATE), ...Object.values(PROGRAM)];
  const evaluate = compile([pc, left, halted, depth, stack, variables, fault], symbols);
  const limits: Limits = { ...DEFAULT_LIMITS, fuel };
  const counts = { programs: 0, steps: 0 };
  for (const program of programs) {
    const bound = bindDefaults(program, limits);
    const encodedProgram = encodeProgram(program);
    let state = initialState(bound);
    let outcome = "none";
    while (state.status === "running" && outcome === "none") {
      const next = attempt(() => step(bound, state).state);
      const after = typeof next === "string" ? state : next;
      outcome = typeof next === "string" ? (next.split(" ")[0] ?? "") : "none";
      const encodedAfter = evaluate([...encodeState(state), ...encodedProgram]);
      if (!isAlike(after, outcome, encodedAfter)) {
        const found = `${summary(after)} ${outcome} in step, ${JSON.stringify(encodedAfter)} under the encoding`;
        return { ...counts, difference: `after pc ${state.pc}: ${found}\n${show(program)}` };
      }
      counts.steps++;
      state = after;
      if (typeof next === "string") outcome = next;
    }
    const list = new DrawListBuilder({ width: 1, height: 1, background: 0 }, limits, allocateList(0, 0));
    const executed = attempt(() => execute(bound, list));
    const [ofStep, ofExecute] = [
      outcome === "none" ? summary(state) : outcome,
      typeof executed === "string" ? executed : summary(executed),
    ];
    if (ofStep !== ofExecute) {
      return { ...counts, difference: `${ofStep} by step, ${ofExecute} by execute\n${show(program)}` };
    }
    counts.programs++;
  }
  return { ...counts, difference: undefined };
}

/** True if a state and a fault equal those of the encoding. */
function isAlike(state: MachineState, outcome: string, encoded: readonly Value[]): boolean {
  const [pc, fuel, halted, depth, stack, variables, fault] = encoded;
  return (
    state.pc === pc &&
    state.fuel === fuel &&
    (state.status === "halted") === halted &&
    state.stack.length === depth &&
    state.stack.every((address, place) => address === (stack as readonly number[])[place]) &&
    [...state.variables.values()].every(
      (value, number) => value === (variables as readonly number[])[number],
    ) &&
    FAULT_NAMES.get(fault as Value) === outcome
  );
}

/** Returns the result of a function, or the error that it throws, with its place. */
function attempt<T>(run: () => T): T | string {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "RasterError") throw error;
    const { code, line, column } = error as RasterError;
    return `${code} ${line}:${column}`;
  }
}

function summary({ pc, fuel, status, stack, variables }: MachineState): string {
  return [pc, fuel, status, `[${stack.join()}]`, [...variables.values()].join()].join(" ");
}

/** Returns the values of {@link PROGRAM}'s symbols, in their order. */
function encodeProgram(program: Program): Value[] {
  const { instructions } = program;
  const numbers = new Map(namesOfVariables(program).map((name, number) => [name, number]));
  const variableOf = (value: IntegerValue | string): number =>
    typeof value === "object" && !("operator" in value) ? (numbers.get(value.name) ?? -1) : -1;
  const constantOf = (value: IntegerValue | string): number => (typeof value === "number" ? value : 0);
  const operands = instructions.map((i): readonly [IntegerValue, IntegerValue | string] =>
    i.op === "IF" ? [i.left, i.right] : isArithmetic(i) ? [0, i.value] : [0, 0],
  );
  const values: Record<keyof typeof PROGRAM, Value> = {
    length: instructions.length,
    opcode: instructions.map(({ op }) => OPCODE_NUMBERS.get(op) ?? OPCODE_NUMBERS.get("other") ?? -1),
    target: instructions.map((i) => ("target" in i ? i.target : 0)),
    variable: instructions.map((i) => (isArithmetic(i) ? (numbers.get(i.name) ?? 0) : 0)),
    relation: instructions.map((i) => (i.op === "IF" ? (RELATION_NUMBERS.get(i.relation) ?? -1) : -1)),
    leftVariable: operands.map(([left]) => variableOf(left)),
    leftConstant: operands.map(([left]) => constantOf(left)),
    rightVariable: operands.map(([, right]) => variableOf(right)),
    rightConstant: operands.map(([, right]) => constantOf(right)),
  };
  return Object.keys(PROGRAM).map((name) => values[name as keyof typeof PROGRAM]);
}

/** Returns the values of {@link STATE}'s symbols, in their order. */
function encodeState({ pc, fuel, status, stack, variables }: MachineState): Value[] {
  return [pc, fuel, status === "halted", stack.length, stack, [...variables.values()]];
}

function show({ instructions }: Program): string {
  return instructions.map((instruction, pc) => `${pc}: ${JSON.stringify(instruction)}`).join("\n");
}
