import type { Instruction, InstructionOf, Program } from "@gvpie/pxl-parser";

import type { Limits } from "../../src/types.ts";
import { DEFAULT_LIMITS } from "../../src/limits.ts";
import { allocateList, DrawListBuilder } from "../../src/draw-list.ts";
import type { RasterError } from "../../src/errors.ts";
import type { execute } from "../../src/machine/execute.ts";
import {
  type BoundProgram,
  initialState,
  type MachineState,
  namesOfVariables,
} from "../../src/machine/state.ts";
import type { step } from "../../src/machine/step.ts";
import { isArithmetic } from "../../src/opcodes.ts";
import { bindDefaults } from "./bind.ts";
import {
  anyOperands,
  anyState,
  encodeStep,
  FAULTS,
  FORM_NUMBERS,
  PROGRAM,
  RELATION_NUMBERS,
  type Tables,
} from "./encoding.ts";
import { compile, t, type Value } from "@gvpie/testing/smt";
import { countCost, evaluateOperands } from "./operands.ts";

/** The three implementations, which must run every program with the same result. A test may mutate any of them. */
export interface Machines {
  readonly step: typeof step;
  readonly execute: typeof execute;
  readonly tables: Tables;
}

const FAULT_NAMES = new Map<Value, string>(Object.entries(FAULTS).map(([name, number]) => [number, name]));

/** Locals of one procedure that the comparison has room for. */
const MOST_LOCALS = 256;

export interface Comparison {
  /** Numbers of equal programs and steps. */
  readonly programs: number;
  readonly steps: number;
  /** The forms and the faults that occurred. */
  readonly seen: ReadonlySet<string>;
  /** A description of the first difference, if there is one. */
  readonly difference: string | undefined;
}

/**
 * Runs programs one instruction at a time in `step` and under the encoding, comparing every state, and then in
 * `execute`, comparing the outcome.
 */
export function compareMachines(
  { step, execute, tables }: Machines,
  programs: Iterable<Program>,
  fuel: number,
): Comparison {
  const formulas = new Formulas(tables);
  const limits: Limits = { ...DEFAULT_LIMITS, fuel };
  const counts = { programs: 0, steps: 0, seen: new Set<string>() };
  for (const program of programs) {
    const bound = bindDefaults(program, limits);
    const encoded = encodeProgram(bound);
    let state = initialState(bound);
    let outcome = "none";
    while (state.status === "running" && outcome === "none") {
      const next = attempt(() => step(bound, state).state);
      const after = typeof next === "string" ? state : next;
      outcome = typeof next === "string" ? (next.split(" ")[0] ?? "") : "none";
      const found = formulas.findDifference(encoded, state, after, outcome);
      if (found !== undefined) {
        return { ...counts, difference: `after pc ${state.pc}: ${found}\n${show(program)}` };
      }
      counts.steps++;
      counts.seen.add(encoded.forms[state.pc] ?? "").add(outcome);
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

/** A program as the values of {@link PROGRAM}'s symbols, and the numbers of its names. */
interface EncodedProgram {
  readonly bound: BoundProgram;
  readonly values: readonly Value[];
  readonly forms: readonly string[];
  /** The variables, by slot. */
  readonly variables: readonly string[];
  readonly cells: number;
  readonly locals: number;
}

/** The step rules of a form, as a function of all symbols. */
type StepFormula = (inputs: readonly Value[]) => Value[];

const SLOT_COUNT = 4;

/** The step rules as functions, compiled when they are first needed. */
class Formulas {
  readonly #tables: Tables;
  readonly #compiled = new Map<string, StepFormula>();

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** Returns what differs between the state or the fault after a step and those under the encoding. */
  findDifference(
    { bound, values, forms, variables, cells, locals }: EncodedProgram,
    before: MachineState,
    after: MachineState,
    outcome: string,
  ): string | undefined {
    const form = forms[before.pc] ?? "";
    const instruction = bound.program.instructions[before.pc] as Instruction;
    const operands = evaluateOperands(instruction, bound, before);
    const slots = SLOT_COUNT * Math.ceil(variables.length / SLOT_COUNT);
    const found = this.#formula(
      form,
      slots,
      cells,
      locals,
    )([...encodeState(before, variables), ...values, operands.values, operands.faults, operands.seed]);
    let at = 0;
    const next = (): Value => found[at++] as Value;
    const differences: string[] = [];
    const check = (name: string, ofStep: unknown, ofEncoding: unknown): void => {
      if (ofStep === ofEncoding) return;
      differences.push(`${name} ${String(ofStep)} in step, ${String(ofEncoding)} under the encoding`);
    };
    check("fault", outcome, FAULT_NAMES.get(next()) ?? "unknown");
    check("pc", after.pc, next());
    check("fuel", after.fuel, next());
    check("halted", after.status === "halted", next());
    check("depth", after.stack.length, next());
    check("seed", after.seed, next());
    for (let slot = 0; slot < slots; slot++) {
      const value = next();
      if (slot < variables.length) {
        check(`variable ${slot}`, after.variables.get(variables[slot] ?? ""), value);
      }
    }
    const afterCells = cellsOf(after.arrays);
    for (let index = 0; index < cells; index++) check(`cell ${index}`, afterCells[index], next());
    // The entries that a step may change: the top one, and the one above it.
    for (const place of [before.stack.length - 1, before.stack.length]) {
      const [address, first, count] = [next(), next() as number, next() as number];
      const saved = Array.from({ length: locals }, next);
      if (place < 0 || place >= after.stack.length) continue;
      check(`address ${place}`, after.stack[place], address);
      const names = [...(after.saved[place]?.keys() ?? [])];
      check(`locals ${place}`, names.join(), variables.slice(first, first + count).join());
      for (const [local, value] of [...(after.saved[place]?.values() ?? [])].entries()) {
        check(`saved ${place}.${local}`, value, saved[local]);
      }
    }
    // Those below stay as they are.
    for (let place = 0; place < Math.min(before.stack.length, after.stack.length) - 1; place++) {
      if (before.stack[place] !== after.stack[place] || before.saved[place] !== after.saved[place]) {
        differences.push(`entry ${place} changed in step`);
      }
    }
    return differences.length === 0 ? undefined : differences.join("; ");
  }

  #formula(form: string, slots: number, cells: number, locals: number): StepFormula {
    const key = `${form}/${slots}/${cells}/${locals}`;
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const { state, symbols } = anyState();
    const { operands, symbols: operandSymbols } = anyOperands();
    const after = encodeStep(state, operands, this.#tables, form);
    const numbers = (count: number): t.Term[] => Array.from({ length: count }, (_, i) => t.int(i));
    const entry = (place: t.Term): t.Term[] => [
      after.address(place),
      after.firstSaved(place),
      after.savedCount(place),
      ...numbers(locals).map((local) => after.saved(place, local)),
    ];
    const roots = [
      after.fault,
      after.pc,
      after.fuel,
      after.halted,
      after.depth,
      after.seed,
      ...numbers(slots).map(after.variable),
      ...numbers(cells).map(after.cell),
      ...entry(t.subtract(state.depth, t.int(1))),
      ...entry(state.depth),
    ];
    const formula = compile(roots, [
      ...Object.values(symbols),
      ...Object.values(PROGRAM),
      ...Object.values(operandSymbols),
    ]);
    this.#compiled.set(key, formula);
    return formula;
  }
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

function summary({ pc, fuel, status, seed, stack, saved, variables, arrays }: MachineState): string {
  const savedValues = saved.map((values) => [...values].join()).join(";");
  const cells = Array.from(arrays, ([name, array]) => `${name}=${array.join()}`).join(";");
  return [pc, fuel, status, seed, `[${stack.join()}]`, savedValues, [...variables].join(), cells].join(" ");
}

/** The form of an instruction whose rules the encoding has. */
function formOf(instruction: Instruction): string {
  const { op } = instruction;
  if (op === "IF") return instruction.label === undefined ? "IF block" : "IF";
  if (op === "END") return instruction.closes === "DEF" ? "END of DEF" : "END";
  if (op === "SET" && instruction.index !== undefined) return "SET cell";
  return FORM_NUMBERS.has(op) ? op : "other";
}

function encodeProgram(bound: BoundProgram): EncodedProgram {
  const { program, cells } = bound;
  const { instructions } = program;
  const procedures = instructions.filter((i): i is InstructionOf<"DEF"> => i.op === "DEF");
  // The locals of a procedure are neighbours.
  const variables = [
    ...new Set([...procedures.flatMap(({ locals }) => locals), ...namesOfVariables(program)]),
  ];
  const slots = new Map(variables.map((name, slot) => [name, slot]));
  const slotOf = (name: string): number => slots.get(name) ?? -1;
  const firstCells = new Map<string, number>();
  let cellCount = 0;
  for (const [name, array] of cells) {
    firstCells.set(name, cellCount);
    cellCount += array.length;
  }
  const procedureOf = (i: Instruction): InstructionOf<"DEF"> | undefined =>
    i.op === "CALL" && i.procedure !== undefined
      ? (instructions[i.procedure] as InstructionOf<"DEF">)
      : undefined;
  const arrayOf = (i: Instruction): string | undefined =>
    i.op === "SET" && i.index !== undefined ? i.name : undefined;
  const numberOf = (part: Exclude<keyof typeof PROGRAM, "length">, i: Instruction): number => {
    switch (part) {
      case "form":
        return FORM_NUMBERS.get(formOf(i)) ?? -1;
      case "cost":
        return countCost(i);
      case "target":
        return "target" in i ? i.target : 0;
      case "relation":
        return i.op === "IF" ? (RELATION_NUMBERS.get(i.relation === "IS" ? "=" : i.relation) ?? -1) : -1;
      case "variable":
        return isArithmetic(i) || i.op === "FOR" || i.op === "NEXT" ? slotOf(i.name) : -1;
      case "limit":
        return i.op === "FOR" || i.op === "NEXT" ? slotOf(i.limitName) : -1;
      case "step":
        return i.op === "FOR" || i.op === "NEXT" ? slotOf(i.stepName) : -1;
      case "firstLocal":
        return slots.get(procedureOf(i)?.locals[0] ?? "") ?? 0;
      case "localCount":
        return procedureOf(i)?.locals.length ?? 0;
      case "argumentCount":
        return procedureOf(i)?.args.length ?? 0;
      case "firstCell":
        return firstCells.get(arrayOf(i) ?? "") ?? 0;
      case "cellCount":
        return cells.get(arrayOf(i) ?? "")?.length ?? 0;
    }
  };
  return {
    bound,
    values: Object.keys(PROGRAM).map((part) =>
      part === "length"
        ? instructions.length
        : instructions.map((i) => numberOf(part as Exclude<keyof typeof PROGRAM, "length">, i)),
    ),
    forms: instructions.map(formOf),
    variables,
    cells: cellCount,
    locals: Math.max(0, ...procedures.map(({ locals }) => locals.length)),
  };
}

/** Returns the values of a state's symbols, in their order. Of the saved values only those of the top entry are read. */
function encodeState(
  { pc, fuel, status, seed, stack, saved, variables, arrays }: MachineState,
  names: readonly string[],
): Value[] {
  const top = saved.at(-1);
  const savedNames = [...(top?.keys() ?? [])];
  const place = stack.length - 1;
  const firstSaved: number[] = [];
  const savedCount: number[] = [];
  const values: number[] = [];
  if (top !== undefined) {
    firstSaved[place] = Math.max(0, names.indexOf(savedNames[0] ?? ""));
    savedCount[place] = savedNames.length;
    for (const [local, value] of [...top.values()].entries()) values[MOST_LOCALS * place + local] = value;
  }
  return [
    pc,
    fuel,
    status === "halted",
    stack.length,
    seed,
    stack,
    firstSaved,
    savedCount,
    values,
    names.map((name) => variables.get(name) ?? 0),
    cellsOf(arrays),
  ];
}

const NO_CELLS: readonly number[] = [];

function cellsOf(arrays: MachineState["arrays"]): readonly number[] {
  return arrays.size === 0 ? NO_CELLS : Array.from(arrays.values(), (array) => [...array]).flat();
}

function show({ instructions }: Program): string {
  return instructions.map((instruction, pc) => `${pc}: ${JSON.stringify(instruction)}`).join("\n");
}
