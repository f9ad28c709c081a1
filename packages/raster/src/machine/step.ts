import {
  compare,
  type IfInstruction,
  type Instruction,
  type InstructionOf,
  type IntegerValue,
  type VariableInstruction,
} from "@gvpie/pxl-parser";

import { effectOf, ruleOf } from "../opcodes.ts";
import type { Resolved } from "../resolved.ts";
import { calculate } from "./arithmetic.ts";
import { type ControlRule, FOLLOWING, isWithin, MAX_STACK } from "./control.ts";
import { costOf } from "./cost.ts";
import { evaluate } from "./evaluate.ts";
import { badCell, outOfFuel, stackOverflow, stackUnderflow, withPlace } from "./failures.ts";
import { seedOf } from "./random.ts";
import {
  cellsOf,
  hasText,
  prepareOperands,
  resolve,
  resolveInt32,
  resolveStep,
  type Scope,
} from "./resolve.ts";
import type { BoundProgram, MachineState, Values } from "./state.ts";

/** The result of one instruction. */
export interface StepResult {
  readonly state: MachineState;
  /** The drawing, for the pen of the state before; `undefined` if the instruction does not draw. */
  readonly drawing: Resolved | undefined;
}

/**
 * Runs one instruction: the small-step semantics of the language. Returns the state of a halted machine unchanged.
 *
 * `execute` does the same faster, and tests compare the two.
 *
 * @throws {RasterError} with the place of the instruction, or of the part of it that fails: `RASTER_LIMIT_FUEL`,
 * `RASTER_LIMIT_GLYPHS`, `RASTER_DIVISION_BY_ZERO`, `RASTER_OVERFLOW`, `RASTER_STACK_OVERFLOW`,
 * `RASTER_STACK_UNDERFLOW`, `RASTER_BAD_VALUE`, `RASTER_BAD_INDEX`.
 */
export function step(bound: BoundProgram, state: MachineState): StepResult {
  const { instructions } = bound.program;
  const instruction = instructions[state.pc];
  if (state.status === "halted" || instruction === undefined) return { state, drawing: undefined };
  try {
    return run(bound, state, instruction);
  } catch (error) {
    throw withPlace(error, instruction);
  }
}

function run(bound: BoundProgram, state: MachineState, instruction: Instruction): StepResult {
  const { instructions } = bound.program;
  const cost = costOf(instruction, bound);
  if (state.fuel < cost) throw outOfFuel(bound.limits, instruction);

  const scope: Scope = {
    limits: bound.limits,
    language: bound.program.language,
    integers: new Map(),
    surroundings: bound.surroundings,
    pen: state.pen,
    seed: state.seed,
    measured: state.measured,
    valueOf: ({ name }) => state.variables.get(name) ?? bound.parameters.get(name),
    arrayOf: (name) => state.arrays.get(name),
    evaluate: (expression) => evaluate(expression, scope),
  };
  const effect = effectOf(instruction.op);
  const rule = effect.kind === "control" ? ruleOf(instruction, effect) : FOLLOWING;
  let { variables, arrays, pen } = state;
  let drawing: Resolved | undefined;
  let isTaken = true;
  let locals = NONE;
  if (effect.kind === "drawing") {
    drawing = resolve(prepareOperands(instruction, scope.language), scope);
  } else if (effect.kind === "pen") {
    pen = effect.setPen(pen, resolve(prepareOperands(instruction, scope.language), scope));
  } else if (effect.kind === "seed") {
    scope.seed = seedOf(resolveInt32((instruction as InstructionOf<"SEED">).value, scope));
  } else if ("index" in instruction) {
    arrays = withCell(instruction, arrays, scope);
  } else if (effect.kind === "arithmetic") {
    const { name, value } = instruction as VariableInstruction;
    const result = calculate(
      instruction as VariableInstruction,
      effect,
      variables.get(name) ?? 0,
      resolveInt32(value, scope),
    );
    variables = new Map(variables).set(name, result);
  } else if (instruction.op === "FOR") {
    const loop = begin(instruction, scope);
    isTaken = !isWithin(loop.value, loop.limit, loop.step);
    variables = withLoop(variables, instruction, loop);
  } else if (instruction.op === "NEXT") {
    const loop = advance(instruction, variables);
    isTaken = isWithin(loop.value, loop.limit, loop.step);
    if (isTaken) variables = withLoop(variables, instruction, loop);
  } else if (instruction.op === "IF") {
    isTaken = compareSides(instruction, scope) === (rule.when === "holds");
  } else if (instruction.op === "CALL") {
    locals = localsOf(instruction, instructions, scope);
  }

  const following = { pc: state.pc + 1, stack: state.stack, saved: state.saved, changed: NONE };
  const { pc, stack, saved, changed } = isTaken ? follow(rule, instruction, state, locals) : following;
  if (changed.size > 0) variables = new Map([...variables, ...changed]);
  const status = rule.halts || pc === instructions.length ? "halted" : "running";
  const { seed, measured } = scope;
  const fuel = state.fuel - cost;
  return { state: { pc, variables, arrays, seed, measured, stack, saved, fuel, status, pen }, drawing };
}

const NONE: Values = new Map();

/** The values of a FOR, which it takes once. */
interface Loop {
  /** The value of its variable. */
  readonly value: number;
  readonly limit: number;
  readonly step: number;
}

function compareSides({ left, relation, right }: IfInstruction, scope: Scope): boolean {
  if (relation === "IS") return hasText(left, right as string, scope);
  return compare(resolveInt32(left, scope), relation, resolveInt32(right as IntegerValue, scope));
}

/** Returns the arrays after `SET name[index] value`. */
function withCell(
  instruction: VariableInstruction<"SET">,
  arrays: MachineState["arrays"],
  scope: Scope,
): MachineState["arrays"] {
  const { name, index = 0, value } = instruction;
  const cells = Int32Array.from(cellsOf(instruction, scope));
  const at = resolveInt32(index, scope);
  if (at < 0 || at >= cells.length) throw badCell(instruction, instruction, at, cells.length);
  cells[at] = resolveInt32(value, scope);
  return new Map(arrays).set(name, cells);
}

function begin({ from, to, step = 1 }: InstructionOf<"FOR">, scope: Scope): Loop {
  const value = resolveInt32(from, scope);
  const limit = resolveInt32(to, scope);
  return { value, limit, step: resolveStep(step, scope) };
}

function advance({ name, limitName, stepName }: InstructionOf<"NEXT">, variables: Values): Loop {
  const step = variables.get(stepName) ?? 0;
  return { value: (variables.get(name) ?? 0) + step, limit: variables.get(limitName) ?? 0, step };
}

function withLoop(
  variables: Values,
  { name, limitName, stepName }: InstructionOf<"FOR" | "NEXT">,
  { value, limit, step }: Loop,
): Values {
  return new Map(variables).set(name, value).set(limitName, limit).set(stepName, step);
}

/** Returns the locals of the called procedure with the values of its arguments; none for a label. */
function localsOf(
  { procedure, args = [] }: InstructionOf<"CALL">,
  instructions: readonly Instruction[],
  scope: Scope,
): Values {
  const values = args.map((value) => resolveInt32(value, scope));
  if (procedure === undefined) return NONE;
  const { args: names, locals } = instructions[procedure] as InstructionOf<"DEF">;
  const zeros = locals.map((name): [string, number] => [name, 0]);
  return new Map([...zeros, ...names.map((name, i): [string, number] => [name, values[i] ?? 0])]);
}

/**
 * Returns the program counter, the stack and the variables that change after an instruction whose rule applies. A local
 * variable is a variable whose value the stack saves during the call.
 */
function follow(
  rule: ControlRule,
  instruction: Instruction,
  { pc, stack, saved, variables }: MachineState,
  locals: Values,
): Pick<MachineState, "pc" | "stack" | "saved"> & { readonly changed: Values } {
  const following = pc + 1;
  const top = stack.at(-1);
  if (rule.stack === "push" && stack.length === MAX_STACK) throw stackOverflow(instruction);
  if (rule.stack === "pop" && top === undefined) throw stackUnderflow(instruction);
  const stacks = { keep: stack, push: [...stack, following], pop: stack.slice(0, -1) };
  const current = new Map([...locals.keys()].map((name) => [name, variables.get(name) ?? 0]));
  const saves = { keep: saved, push: [...saved, current], pop: saved.slice(0, -1) };
  const target = "target" in instruction ? instruction.target : following;
  const addresses = { following, target, top: top ?? following, same: pc };
  return {
    pc: addresses[rule.next],
    stack: stacks[rule.stack],
    saved: saves[rule.stack],
    changed: { keep: NONE, push: locals, pop: saved.at(-1) ?? NONE }[rule.stack],
  };
}
