import { compare, type Instruction, type VariableInstruction } from "@gvpie/pxl-parser";

import { effectOf } from "../opcodes.ts";
import type { Resolved } from "../resolved.ts";
import { calculate } from "./arithmetic.ts";
import { type ControlRule, FOLLOWING, MAX_STACK } from "./control.ts";
import { outOfFuel, stackOverflow, stackUnderflow, unsupported } from "./failures.ts";
import { prepareOperands, resolve, resolveInt32, type Scope } from "./resolve.ts";
import type { BoundProgram, MachineState } from "./state.ts";

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
 * @throws {RasterError} with the place of the instruction if it fails: `RASTER_LIMIT_FUEL`,
 * `RASTER_DIVISION_BY_ZERO`, `RASTER_OVERFLOW`, `RASTER_STACK_OVERFLOW`, `RASTER_STACK_UNDERFLOW`, `RASTER_BAD_VALUE`.
 */
export function step(bound: BoundProgram, state: MachineState): StepResult {
  const { instructions } = bound.program;
  const instruction = instructions[state.pc];
  if (state.status === "halted" || instruction === undefined) return { state, drawing: undefined };
  if (state.fuel === 0) throw outOfFuel(bound.limits, instruction);

  const scope: Scope = {
    limits: bound.limits,
    integers: new Map(),
    valueOf: (name) => state.variables.get(name) ?? bound.parameters.get(name),
  };
  const effect = effectOf(instruction.op);
  let { variables, pen } = state;
  let drawing: Resolved | undefined;
  if (effect.kind === "drawing") {
    drawing = resolve(prepareOperands(instruction), scope);
  } else if (effect.kind === "pen") {
    pen = effect.setPen(pen, resolve(prepareOperands(instruction), scope));
  } else if (effect.kind === "arithmetic") {
    const { name, value } = instruction as VariableInstruction;
    const result = calculate(
      instruction as VariableInstruction,
      effect,
      variables.get(name) ?? 0,
      resolveInt32(value, scope),
    );
    variables = new Map(variables).set(name, result);
  }

  const rule = effect.kind === "control" ? effect.rule : FOLLOWING;
  const following = state.pc + 1;
  const { pc, stack } = isTaken(rule, instruction, scope)
    ? follow(rule, instruction, state)
    : { pc: following, stack: state.stack };
  const status = rule.halts || pc === instructions.length ? "halted" : "running";
  return { state: { pc, variables, stack, fuel: state.fuel - 1, status, pen }, drawing };
}

function isTaken(rule: ControlRule, instruction: Instruction, scope: Scope): boolean {
  if (!rule.isConditional || !("relation" in instruction)) return true;
  const { left, relation, right } = instruction;
  if (relation === "IS" || typeof right === "string") throw unsupported(instruction);
  return compare(resolveInt32(left, scope), relation, resolveInt32(right, scope));
}

/** Returns the program counter and the stack after an instruction whose rule applies. */
function follow(
  rule: ControlRule,
  instruction: Instruction,
  { pc, stack }: MachineState,
): Pick<MachineState, "pc" | "stack"> {
  const following = pc + 1;
  const top = stack.at(-1);
  if (rule.stack === "push" && stack.length === MAX_STACK) throw stackOverflow(instruction);
  if (rule.stack === "pop" && top === undefined) throw stackUnderflow(instruction);
  const stacks = { keep: stack, push: [...stack, following], pop: stack.slice(0, -1) };
  const target = "target" in instruction ? instruction.target : following;
  const addresses = { following, target, top: top ?? following, same: pc };
  return { pc: addresses[rule.next], stack: stacks[rule.stack] };
}
