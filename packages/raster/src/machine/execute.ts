import {
  compare,
  type Instruction,
  type IntegerValue,
  type Relation,
  type VariableInstruction,
} from "@gvpie/pxl-parser";

import type { DrawListBuilder } from "../draw-list.ts";
import { type ArithmeticOpcode, type DrawingOpcode, effectOf, type PenOpcode } from "../opcodes.ts";
import { INITIAL_PEN, type Pen } from "../pen.ts";
import type { Resolved } from "../resolved.ts";
import { calculate } from "./arithmetic.ts";
import { type ControlRule, MAX_STACK } from "./control.ts";
import { outOfFuel, stackOverflow, stackUnderflow, unsupported, withPlace } from "./failures.ts";
import {
  type Preparation,
  prepareOperands,
  resolve,
  resolveParameters,
  resolveInt32,
  type Scope,
} from "./resolve.ts";
import { type BoundProgram, initialFuel, type MachineState, namesOfVariables } from "./state.ts";

/** A prepared operand from this value on is the number of a variable; below it are the integers of a program. */
const VARIABLES_FROM = 2 ** 40;

/** An instruction made ready to run again and again; everything that is the same in every run is computed once. */
type Ready =
  | { readonly kind: "drawing"; readonly effect: DrawingOpcode; readonly operands: Preparation }
  | { readonly kind: "pen"; readonly effect: PenOpcode; readonly operands: Preparation }
  | {
      readonly kind: "arithmetic";
      readonly effect: ArithmeticOpcode;
      readonly instruction: VariableInstruction;
      readonly variable: number;
      readonly operand: number;
    }
  | {
      readonly kind: "control";
      readonly rule: ControlRule;
      readonly left: number;
      readonly relation: Relation;
      readonly right: number;
      /** The next instruction, unless that is the one on top of the stack. */
      readonly address: number;
    }
  | { readonly kind: "declaration" };

/**
 * Receives each instruction that drew, by its index, and the number of commands that it added. The drawing is valid
 * during the call.
 */
export type OnDrawn = (index: number, drawing: Resolved, commands: number) => void;

/**
 * Runs a program to its end and adds its drawings to a list. Equal to repeated calls of `step`, but faster: instructions
 * are made ready when they first run, variables are numbered, and nothing is copied.
 *
 * @returns the final state.
 * @throws {RasterError} as `step` does, and if a limit of the list is exceeded, with the place of the instruction.
 */
export function execute(bound: BoundProgram, list: DrawListBuilder, onDrawn?: OnDrawn): MachineState {
  return new Executor(bound, list, onDrawn).run();
}

class Executor {
  readonly #bound: BoundProgram;
  readonly #list: DrawListBuilder;
  readonly #onDrawn: OnDrawn | undefined;
  readonly #instructions: readonly Instruction[];
  readonly #ready: (Ready | undefined)[];
  readonly #names: readonly string[];
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #variables: Int32Array;
  readonly #scope: Scope;

  constructor(bound: BoundProgram, list: DrawListBuilder, onDrawn: OnDrawn | undefined) {
    this.#bound = bound;
    this.#list = list;
    this.#onDrawn = onDrawn;
    this.#instructions = bound.program.instructions;
    this.#ready = Array.from<Ready | undefined>({ length: this.#instructions.length });
    this.#names = namesOfVariables(bound.program);
    this.#numbers = new Map(this.#names.map((name, number) => [name, number]));
    this.#variables = new Int32Array(this.#names.length);
    this.#scope = { limits: bound.limits, integers: new Map(), valueOf: (name) => this.#valueOf(name) };
  }

  run(): MachineState {
    const { limits, program } = this.#bound;
    const list = this.#list;
    const variables = this.#variables;
    const { length } = this.#instructions;
    const stack: number[] = [];
    let fuel = initialFuel(program, limits);
    let pen: Pen = INITIAL_PEN;
    let pc = 0;
    let isHalted = false;
    try {
      while (!isHalted && pc < length) {
        if (fuel === 0) throw outOfFuel(limits, this.#instructionAt(pc));
        const ready = this.#ready[pc] ?? this.#prepare(pc);
        switch (ready.kind) {
          case "drawing":
            this.#draw(pc, pen, ready.effect, resolve(ready.operands, this.#scope));
            pc++;
            break;
          case "pen":
            pen = ready.effect.setPen(pen, resolve(ready.operands, this.#scope));
            list.clip(pen.clip);
            pc++;
            break;
          case "arithmetic": {
            const { effect, instruction, variable } = ready;
            const value = variables[variable] as number;
            variables[variable] = calculate(instruction, effect, value, this.#read(ready.operand));
            pc++;
            break;
          }
          case "control": {
            const { rule } = ready;
            const isTaken =
              !rule.isConditional || compare(this.#read(ready.left), ready.relation, this.#read(ready.right));
            if (!isTaken) {
              pc++;
              break;
            }
            let address: number | undefined = ready.address;
            if (rule.next === "top") address = stack.at(-1);
            if (rule.stack === "pop" && stack.pop() === undefined) {
              throw stackUnderflow(this.#instructionAt(pc));
            }
            if (rule.stack === "push" && stack.push(pc + 1) > MAX_STACK) {
              throw stackOverflow(this.#instructionAt(pc));
            }
            isHalted = rule.halts;
            pc = address as number;
            break;
          }
          case "declaration":
            pc++;
        }
        fuel--;
      }
    } catch (error) {
      throw withPlace(error, this.#instructionAt(pc));
    }
    const values = new Map(this.#names.map((name, number) => [name, variables[number] as number]));
    return { pc, variables: values, stack, fuel, status: "halted", pen };
  }

  #draw(pc: number, pen: Pen, effect: DrawingOpcode, drawing: Resolved): void {
    const before = this.#list.count;
    effect.draw(this.#list, pen, drawing);
    this.#onDrawn?.(pc, drawing, this.#list.count - before);
  }

  /** Returns the value of a prepared operand. */
  #read(operand: number): number {
    return operand < VARIABLES_FROM ? operand : (this.#variables[operand - VARIABLES_FROM] as number);
  }

  #prepare(pc: number): Ready {
    const ready = this.#makeReady(this.#instructions[pc] as Instruction, pc);
    // Without jumps nothing runs again.
    if (!this.#bound.program.straight) this.#ready[pc] = ready;
    return ready;
  }

  #makeReady(instruction: Instruction, pc: number): Ready {
    const effect = effectOf(instruction.op);
    if (effect.kind === "drawing") {
      return { kind: "drawing", effect, operands: this.#prepareOperands(instruction) };
    }
    if (effect.kind === "pen") return { kind: "pen", effect, operands: this.#prepareOperands(instruction) };
    if (effect.kind === "declaration") return effect;
    if (effect.kind === "arithmetic") {
      const { name, value } = instruction as VariableInstruction;
      return {
        kind: "arithmetic",
        effect,
        instruction: instruction as VariableInstruction,
        variable: this.#numbers.get(name) as number,
        operand: this.#prepareOperand(value),
      };
    }
    const { rule } = effect;
    const address = rule.next === "target" && "target" in instruction ? instruction.target : pc;
    const { left, relation, right } =
      "relation" in instruction ? instruction : ({ left: 0, relation: "=", right: 0 } as const);
    if (relation === "IS" || typeof right === "string") throw unsupported(instruction);
    return {
      kind: "control",
      rule,
      left: this.#prepareOperand(left),
      relation,
      right: this.#prepareOperand(right),
      address,
    };
  }

  #prepareOperands(instruction: Instruction): Preparation {
    const preparation = prepareOperands(instruction);
    // Without jumps nothing runs again.
    if (preparation.unresolved.length === 0 || this.#bound.program.straight) return preparation;
    return resolveParameters(preparation, this.#bound.parameters, this.#scope);
  }

  #prepareOperand(value: IntegerValue): number {
    const number =
      typeof value === "number" || "operator" in value ? undefined : this.#numbers.get(value.name);
    return number === undefined ? resolveInt32(value, this.#scope) : VARIABLES_FROM + number;
  }

  #valueOf(name: string): number | string | undefined {
    const number = this.#numbers.get(name);
    return number === undefined ? this.#bound.parameters.get(name) : this.#variables[number];
  }

  #instructionAt(pc: number): Instruction {
    return this.#instructions[pc] as Instruction;
  }
}
