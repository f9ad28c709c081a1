import type { Instruction, IntegerValue, Relation } from "@gvpie/pxl-parser";

import { draw } from "../draw.ts";
import type { DrawListBuilder } from "../draw-list.ts";
import { RasterError } from "../errors.ts";
import { INITIAL_PEN, type Pen, setPen } from "../pen.ts";
import {
  type Drawing,
  type DrawingInstruction,
  isDrawing,
  isPenInstruction,
  type PenInstruction,
  type PenSetting,
} from "../resolved.ts";
import { type ArithmeticOpcode, calculate, compare, isArithmetic } from "./arithmetic.ts";
import { type ControlRule, controlRuleOf, MAX_STACK } from "./control-opcodes.ts";
import { outOfFuel, stackOverflow, stackUnderflow, withPlace } from "./failures.ts";
import { foldText } from "./fold-text.ts";
import { resolveDrawing, resolveInt32, resolvePenSetting, type Scope } from "./resolve.ts";
import { type BoundProgram, initialFuel, type MachineState, namesOfVariables } from "./state.ts";

/** An operand: an integer, or, from here on, the number of a variable. Beyond every integer of a program. */
const VARIABLES_FROM = 2 ** 40;

/** An instruction made ready to run again and again; what does not change between runs is worked out. */
type Ready =
  | { readonly kind: "drawing"; readonly drawing: Drawing }
  | { readonly kind: "unresolved drawing"; readonly instruction: DrawingInstruction }
  | { readonly kind: "pen"; readonly setting: PenSetting }
  | { readonly kind: "unresolved pen"; readonly instruction: PenInstruction }
  | {
      readonly kind: "arithmetic";
      readonly op: ArithmeticOpcode;
      readonly variable: number;
      readonly operand: number;
    }
  | {
      readonly kind: "control";
      readonly rule: ControlRule;
      readonly left: number;
      readonly relation: Relation;
      readonly right: number;
      /** Where `rule.next` leads, unless that is the top of the stack. */
      readonly address: number;
    }
  | { readonly kind: "nothing" };

/** Told of each instruction that drew, by its index, and of how many commands came of it. */
export type OnDrawn = (index: number, drawing: Drawing, commands: number) => void;

/**
 * Runs a program to its end and adds what it draws to a list. Equal to `step` again and again, but faster: instructions
 * are made ready when they first run, variables are numbered, and nothing is copied.
 *
 * @returns the final state.
 * @throws {RasterError} as `step` does, and where a limit of the list is exceeded, with the place of the instruction.
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
  /** Whether a variable was looked up since this was last set to false. */
  #hasReadVariable = false;

  constructor(bound: BoundProgram, list: DrawListBuilder, onDrawn: OnDrawn | undefined) {
    this.#bound = bound;
    this.#list = list;
    this.#onDrawn = onDrawn;
    this.#instructions = bound.program.instructions;
    this.#ready = Array.from<Ready | undefined>({ length: this.#instructions.length });
    this.#names = namesOfVariables(bound.program);
    this.#numbers = new Map(this.#names.map((name, number) => [name, number]));
    this.#variables = new Int32Array(this.#names.length);
    this.#scope = { limits: bound.limits, valueOf: (name) => this.#valueOf(name) };
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
            this.#draw(pc, pen, ready.drawing);
            pc++;
            break;
          case "unresolved drawing":
            this.#draw(pc, pen, resolveDrawing(ready.instruction, this.#scope));
            pc++;
            break;
          case "pen":
            pen = setPen(pen, ready.setting);
            list.clip(pen.clip);
            pc++;
            break;
          case "unresolved pen":
            pen = setPen(pen, resolvePenSetting(ready.instruction, this.#scope));
            list.clip(pen.clip);
            pc++;
            break;
          case "arithmetic": {
            const { op, variable } = ready;
            const result = calculate(op, variables[variable] as number, this.#read(ready.operand));
            if (typeof result !== "number") throw new RasterError(...result);
            variables[variable] = result;
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
            if (rule.stack === "pop" && stack.pop() === undefined)
              throw stackUnderflow(this.#instructionAt(pc));
            if (rule.stack === "push" && stack.push(pc + 1) > MAX_STACK)
              throw stackOverflow(this.#instructionAt(pc));
            isHalted = rule.halts;
            pc = address as number;
            break;
          }
          case "nothing":
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

  #draw(pc: number, pen: Pen, drawing: Drawing): void {
    const before = this.#list.count;
    draw(this.#list, pen, drawing);
    this.#onDrawn?.(pc, drawing, this.#list.count - before);
  }

  /** The value of an operand that was made ready. */
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
    if (isDrawing(instruction)) {
      this.#hasReadVariable = false;
      const drawing = resolveDrawing(instruction, this.#scope);
      if (!this.#hasReadVariable) return { kind: "drawing", drawing };
      return { kind: "unresolved drawing", instruction: foldText(instruction, this.#bound.parameters) };
    }
    if (isPenInstruction(instruction)) {
      this.#hasReadVariable = false;
      const setting = resolvePenSetting(instruction, this.#scope);
      return this.#hasReadVariable ? { kind: "unresolved pen", instruction } : { kind: "pen", setting };
    }
    if (isArithmetic(instruction)) {
      const variable = this.#numbers.get(instruction.name) as number;
      return {
        kind: "arithmetic",
        op: instruction.op,
        variable,
        operand: this.#prepareOperand(instruction.value),
      };
    }
    const rule = controlRuleOf(instruction.op);
    if (rule.next === "following") return { kind: "nothing" };
    const address = rule.next === "target" && "target" in instruction ? instruction.target : pc;
    const { left, relation, right } =
      instruction.op === "IF" ? instruction : ({ left: 0, relation: "=", right: 0 } as const);
    return {
      kind: "control",
      rule,
      left: this.#prepareOperand(left),
      relation,
      right: this.#prepareOperand(right),
      address,
    };
  }

  #prepareOperand(value: IntegerValue): number {
    const number = typeof value === "number" ? undefined : this.#numbers.get(value.name);
    return number === undefined ? resolveInt32(value, this.#scope) : VARIABLES_FROM + number;
  }

  #valueOf(name: string): number | string | undefined {
    const number = this.#numbers.get(name);
    if (number === undefined) return this.#bound.parameters.get(name);
    this.#hasReadVariable = true;
    return this.#variables[number];
  }

  #instructionAt(pc: number): Instruction {
    return this.#instructions[pc] as Instruction;
  }
}
