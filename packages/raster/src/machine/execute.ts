import {
  compare,
  type Expression,
  type Instruction,
  type InstructionOf,
  type IntegerValue,
  type Reference,
  type Relation,
  type VariableInstruction,
} from "@gvpie/pxl-parser";

import type { DrawListBuilder } from "../draw-list.ts";
import {
  type ArithmeticOpcode,
  type DrawingOpcode,
  effectOf,
  type OpcodeEffect,
  type PenOpcode,
  ruleOf,
} from "../opcodes.ts";
import { RasterError } from "../errors.ts";
import { INITIAL_PEN, type Pen } from "../pen.ts";
import type { Resolved } from "../resolved.ts";
import { calculate } from "./arithmetic.ts";
import { type Code, compile, type Names } from "./code.ts";
import { type ControlRule, FOLLOWING, isWithin, MAX_ARGUMENTS, MAX_STACK } from "./control.ts";
import { costOf } from "./cost.ts";
import { evaluate } from "./evaluate.ts";
import { badCell, badStep, outOfFuel, stackOverflow, stackUnderflow, withPlace } from "./failures.ts";
import { INITIAL_SEED, seedOf } from "./random.ts";
import {
  hasText,
  type Preparation,
  prepareOperands,
  resolve,
  resolveInt32,
  resolveParameters,
  type Scope,
} from "./resolve.ts";
import { type Registers, runCode } from "./run-code.ts";
import { SavedLocals } from "./saved-locals.ts";
import { type BoundProgram, initialFuel, type MachineState, namesOfVariables, type Values } from "./state.ts";

/** The kinds of instructions that are ready to run: numbers, and one shape for all, because the loop reads them at each step. */
const DRAWING = 0;
const PEN = 1;
const ARITHMETIC = 2;
const CONTROL = 3;
const FOR = 4;
const NEXT = 5;
const CELL = 6;
const SEED = 7;
const DECLARATION = 8;

/**
 * An instruction made ready to run again and again; everything that is the same in every run is computed once. An operand
 * is the number of a slot, or the bitwise complement of the number of compiled code.
 */
interface Ready {
  readonly kind: number;
  readonly cost: number;
  readonly instruction: Instruction;
  readonly effect: OpcodeEffect;
  /** Of a drawing or a setting of the pen. */
  readonly operands: Preparation;
  readonly rule: ControlRule;
  /** The left side of IF. */
  readonly left: number;
  readonly relation: Relation;
  /** The right side of IF, or the value of an instruction that has one. */
  readonly right: number;
  /** The arguments of CALL, or the values of FOR. */
  readonly args: readonly number[];
  /** The variable that changes; the slots of a loop; those of the callee's locals, its arguments first. */
  readonly slots: Int32Array;
  /** The array of `SET name[index]`. */
  readonly cells: Int32Array;
  /** The next instruction, unless that is the one on top of the stack. */
  readonly address: number;
}

/** A reference to a variable with the number of its slot. */
interface VariableReference extends Reference {
  readonly slot: number;
}

interface CompiledExpression extends Expression {
  readonly code: Code;
}

/**
 * Receives each instruction that drew, by its index, the number of commands that it added, and the pen that drew. The
 * drawing is valid during the call.
 */
export type OnDrawn = (index: number, drawing: Resolved, commands: number, pen: Pen) => void;

/**
 * Runs a program to its end and adds its drawings to a list. Equal to repeated calls of `step`, but faster: instructions
 * are made ready when they first run, variables are numbered, expressions are compiled, and nothing is copied.
 *
 * @returns the final state.
 * @throws {RasterError} as `step` does, and if a limit of the list is exceeded, with the place of the instruction.
 */
export function execute(bound: BoundProgram, list: DrawListBuilder, onDrawn?: OnDrawn): MachineState {
  return new Executor(bound, !bound.program.straight).run(list, bound.surroundings.frame, onDrawn);
}

const NO_SLOTS = new Int32Array(0);
const NO_ARGS: readonly number[] = [];
const NO_VALUES: Values = new Map();
const NO_OPERANDS: Preparation = { resolved: { op: "CLEAR" }, unresolved: [] };

/** Slots for constants, and of the stack, at first. */
const SPARE_SLOTS = 16;

/** Runs a program, again for each frame. */
export class Executor {
  readonly #bound: BoundProgram;
  readonly #instructions: readonly Instruction[];
  /** True if instructions run again, which are then worth making ready. */
  readonly #repeats: boolean;
  readonly #ready: (Ready | undefined)[];
  readonly #names: readonly string[];
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #arrayNumbers: ReadonlyMap<string, number>;
  readonly #registers: Registers;
  readonly #codes: Code[] = [];
  /** The slot of each constant. */
  readonly #constants = new Map<number, number>();
  /** The values of the arguments of a CALL. */
  readonly #arguments = new Int32Array(MAX_ARGUMENTS);
  /** The first slot after the constants. */
  #nextSlot: number;
  readonly #codeNames: Names;

  constructor(bound: BoundProgram, repeats: boolean) {
    this.#bound = bound;
    this.#instructions = bound.program.instructions;
    this.#repeats = repeats;
    this.#ready = Array.from<Ready | undefined>({ length: this.#instructions.length });
    this.#names = namesOfVariables(bound.program);
    this.#numbers = new Map(this.#names.map((name, number) => [name, number]));
    this.#arrayNumbers = new Map([...bound.cells.keys()].map((name, number) => [name, number]));
    this.#nextSlot = this.#names.length;
    const arrays = [...bound.cells.values()].map((cells) => cells.slice());
    const scope: Scope = {
      limits: bound.limits,
      language: bound.program.language,
      integers: new Map(),
      surroundings: bound.surroundings,
      pen: INITIAL_PEN,
      seed: INITIAL_SEED,
      measured: 0,
      valueOf: (reference) => this.#valueOf(reference),
      arrayOf: (name) => arrays[this.#arrayNumbers.get(name) ?? -1],
      evaluate: (expression) => this.#evaluate(expression),
    };
    const slots = new Int32Array(this.#names.length + SPARE_SLOTS);
    this.#registers = { slots, arrays, scope, stack: new Int32Array(SPARE_SLOTS) };
    this.#codeNames = {
      variableOf: (name) => this.#numbers.get(name),
      arrayOf: (name) => this.#arrayNumbers.get(name) ?? -1,
      constantOf: (value) => this.#constantOf(value),
    };
  }

  /** Runs the program from its start; `frame` is the value of the name in expressions. */
  run(list: DrawListBuilder, frame: number, onDrawn?: OnDrawn): MachineState {
    const registers = this.#registers;
    const { scope } = registers;
    const { length } = this.#instructions;
    const readies = this.#ready;
    const stack: number[] = [];
    const saved = this.#bound.program.language === "1" ? undefined : new SavedLocals();
    this.#reset(frame);
    let { slots } = registers;
    let fuel = initialFuel(this.#bound);
    let pen: Pen = INITIAL_PEN;
    let pc = 0;
    let isHalted = false;
    try {
      while (!isHalted && pc < length) {
        let ready = readies[pc];
        if (ready === undefined) {
          ready = this.#prepare(pc, fuel);
          slots = registers.slots;
        }
        if (fuel < ready.cost) throw outOfFuel(this.#bound.limits, ready.instruction);
        switch (ready.kind) {
          case DRAWING: {
            const drawing = resolve(ready.operands, scope);
            const before = list.count;
            (ready.effect as DrawingOpcode).draw(list, pen, drawing);
            onDrawn?.(pc, drawing, list.count - before, pen);
            pc++;
            break;
          }
          case PEN:
            pen = (ready.effect as PenOpcode).setPen(pen, resolve(ready.operands, scope));
            scope.pen = pen;
            list.clip(pen.clip);
            pc++;
            break;
          case ARITHMETIC: {
            const slot = ready.slots[0] as number;
            slots[slot] = calculate(
              ready.instruction as VariableInstruction,
              ready.effect as ArithmeticOpcode,
              slots[slot] as number,
              this.#read(ready.right, slots),
            );
            pc++;
            break;
          }
          case CONTROL: {
            const { rule } = ready;
            if (saved !== undefined) this.#readArguments(ready.args);
            const isTaken =
              rule.when === "always" ||
              compare(this.#read(ready.left, slots), ready.relation, this.#read(ready.right, slots)) ===
                (rule.when === "holds");
            if (!isTaken) {
              pc++;
              break;
            }
            let address: number | undefined = ready.address;
            if (rule.next === "top") address = stack.at(-1);
            if (rule.stack === "pop" && stack.pop() === undefined) {
              throw stackUnderflow(ready.instruction);
            }
            if (rule.stack === "push" && stack.push(pc + 1) > MAX_STACK) {
              throw stackOverflow(ready.instruction);
            }
            if (saved !== undefined) {
              if (rule.stack === "push") saved.push(ready.slots, slots, this.#arguments, ready.args.length);
              else if (rule.stack === "pop") saved.pop(slots);
            }
            isHalted = rule.halts;
            pc = address as number;
            break;
          }
          case FOR: {
            const value = this.#read(ready.args[0] as number, slots);
            const limit = this.#read(ready.args[1] as number, slots);
            const step = this.#read(ready.args[2] as number, slots);
            if (step === 0) throw badStep((ready.instruction as InstructionOf<"FOR">).step);
            slots[ready.slots[0] as number] = value;
            slots[ready.slots[1] as number] = limit;
            slots[ready.slots[2] as number] = step;
            const isEmpty = !isWithin(value, limit, step);
            pc = isEmpty === (ready.rule.when === "is empty") ? ready.address : pc + 1;
            break;
          }
          case NEXT: {
            const variable = ready.slots[0] as number;
            const limit = slots[ready.slots[1] as number] as number;
            const step = slots[ready.slots[2] as number] as number;
            const value = (slots[variable] as number) + step;
            const isOn = isWithin(value, limit, step);
            if (isOn) slots[variable] = value;
            pc = isOn === (ready.rule.when === "continues") ? ready.address : pc + 1;
            break;
          }
          case CELL: {
            const { cells } = ready;
            const index = this.#read(ready.left, slots);
            if (index < 0 || index >= cells.length) {
              const { instruction } = ready;
              throw badCell(instruction as InstructionOf<"SET">, instruction, index, cells.length);
            }
            cells[index] = this.#read(ready.right, slots);
            pc++;
            break;
          }
          case SEED:
            scope.seed = seedOf(this.#read(ready.right, slots));
            pc++;
            break;
          default:
            pc++;
        }
        fuel -= ready.cost;
      }
    } catch (error) {
      throw withPlace(error, this.#instructions[pc]);
    }
    return {
      pc,
      variables: new Map(this.#names.map((name, number) => [name, slots[number] as number])),
      arrays: this.#arraysByName(),
      seed: scope.seed,
      measured: scope.measured,
      stack,
      saved: saved?.valuesByName(this.#names) ?? stack.map(() => NO_VALUES),
      fuel,
      status: "halted",
      pen,
    };
  }

  /** Sets everything that a run changes to its value at the start. */
  #reset(frame: number): void {
    const { slots, arrays, scope } = this.#registers;
    slots.fill(0, 0, this.#names.length);
    let i = 0;
    for (const cells of this.#bound.cells.values()) arrays[i++]?.set(cells);
    scope.surroundings = { ...this.#bound.surroundings, frame };
    scope.pen = INITIAL_PEN;
    scope.seed = INITIAL_SEED;
    scope.measured = 0;
  }

  /** Returns the value of a prepared operand. */
  #read(operand: number, slots: Int32Array): number {
    return operand >= 0
      ? (slots[operand] as number)
      : runCode(this.#codes[~operand] as Code, this.#registers);
  }

  #readArguments(args: readonly number[]): void {
    const { slots } = this.#registers;
    for (let i = 0; i < args.length; i++) this.#arguments[i] = this.#read(args[i] as number, slots);
  }

  #prepare(pc: number, fuel: number): Ready {
    const instruction = this.#instructions[pc] as Instruction;
    const cost = costOf(instruction, this.#bound);
    // Before its operands fail.
    if (fuel < cost) throw outOfFuel(this.#bound.limits, instruction);
    const ready = this.#makeReady(instruction, pc, cost);
    if (this.#repeats) this.#ready[pc] = ready;
    return ready;
  }

  #makeReady(instruction: Instruction, pc: number, cost: number): Ready {
    const effect = effectOf(instruction.op);
    const rule = effect.kind === "control" ? ruleOf(instruction, effect) : FOLLOWING;
    let kind = DECLARATION;
    let operands = NO_OPERANDS;
    let left = 0;
    let relation: Relation = "=";
    let right = 0;
    let args = NO_ARGS;
    let slots: Int32Array = NO_SLOTS;
    let cells: Int32Array = NO_SLOTS;
    if (!this.#repeats) {
      this.#nextSlot = this.#names.length;
      this.#codes.length = 0;
    }
    if (effect.kind === "drawing" || effect.kind === "pen") {
      kind = effect.kind === "drawing" ? DRAWING : PEN;
      operands = this.#prepareOperands(instruction);
    } else if (effect.kind === "seed") {
      kind = SEED;
      right = this.#prepareOperand((instruction as InstructionOf<"SEED">).value);
    } else if ("index" in instruction) {
      kind = CELL;
      cells = this.#registers.arrays[this.#arrayNumbers.get(instruction.name) ?? -1] ?? NO_SLOTS;
      left = this.#prepareOperand(instruction.index ?? 0);
      right = this.#prepareOperand(instruction.value);
    } else if (effect.kind === "arithmetic") {
      const { name, value } = instruction as VariableInstruction;
      kind = ARITHMETIC;
      slots = this.#slotsOf([name]);
      right = this.#prepareOperand(value);
    } else if (effect.kind === "control") {
      kind = CONTROL;
      if (instruction.op === "IF") {
        ({ relation } = instruction as { relation: Relation });
        if (instruction.relation === "IS") {
          relation = "=";
          left = this.#prepareOperand(
            hasText(instruction.left, instruction.right as string, this.#registers.scope) ? 0 : 1,
          );
          right = this.#prepareOperand(0);
        } else {
          left = this.#prepareOperand(instruction.left);
          right = this.#prepareOperand(instruction.right as IntegerValue);
        }
      } else if (instruction.op === "FOR") {
        kind = FOR;
        const { name, limitName, stepName, from, to, step = 1 } = instruction;
        slots = this.#slotsOf([name, limitName, stepName]);
        args = [from, to, step].map((value) => this.#prepareOperand(value));
      } else if (instruction.op === "NEXT") {
        kind = NEXT;
        slots = this.#slotsOf([instruction.name, instruction.limitName, instruction.stepName]);
      } else if (instruction.op === "CALL" && instruction.procedure !== undefined) {
        const procedure = this.#instructions[instruction.procedure] as InstructionOf<"DEF">;
        slots = this.#slotsOf(procedure.locals);
        args = (instruction.args ?? []).map((value) => this.#prepareOperand(value));
      }
    }
    const target = "target" in instruction ? instruction.target : pc + 1;
    const address = rule.next === "target" ? target : rule.next === "following" ? pc + 1 : pc;
    return {
      kind,
      cost,
      instruction,
      effect,
      operands,
      rule,
      left,
      relation,
      right,
      args,
      slots,
      cells,
      address,
    };
  }

  #slotsOf(names: readonly string[]): Int32Array {
    return Int32Array.from(names, (name) => this.#numbers.get(name) as number);
  }

  #prepareOperands(instruction: Instruction): Preparation {
    const preparation = prepareOperands(instruction);
    if (preparation.unresolved.length === 0 || !this.#repeats) return preparation;
    return resolveParameters(preparation, this.#bound.parameters, this.#registers.scope, (value) =>
      this.#compile(value),
    );
  }

  /** Returns a value that is read faster. */
  #compile(value: IntegerValue): IntegerValue {
    if (typeof value === "number") return value;
    if ("operator" in value) {
      const compiled: CompiledExpression = { ...value, code: this.#codeOf(value) };
      return compiled;
    }
    const slot = this.#numbers.get(value.name);
    if (slot === undefined) return value;
    const found: VariableReference = { ...value, slot };
    return found;
  }

  /** Returns the slot or the code of an operand that is a signed integer of 32 bits. */
  #prepareOperand(value: IntegerValue): number {
    const constant = this.#constantOf(value);
    if (constant !== undefined) return this.#slotOfConstant(constant);
    const slot =
      typeof value === "object" && !("operator" in value) ? this.#numbers.get(value.name) : undefined;
    if (slot !== undefined) return slot;
    this.#codes.push(this.#codeOf(value));
    return ~(this.#codes.length - 1);
  }

  #codeOf(value: IntegerValue): Code {
    const code = compile(value, this.#codeNames);
    const registers = this.#registers;
    if (code.depth > registers.stack.length) registers.stack = new Int32Array(2 * code.depth);
    return code;
  }

  /** Returns the value of an operand that is the same in the whole run; `undefined` if there is none. */
  #constantOf(value: IntegerValue): number | undefined {
    if (typeof value === "number") return value;
    if ("operator" in value) {
      const { operator } = value;
      if (operator === "width" || operator === "height" || operator === "frames") {
        return this.#bound.surroundings[operator];
      }
      return operator === "len" ? this.#bound.cells.get(value.name ?? "")?.length : undefined;
    }
    if (!this.#bound.parameters.has(value.name)) return undefined;
    try {
      return resolveInt32(value, this.#registers.scope);
    } catch (error) {
      // It fails when it runs, after the operands before it.
      if (error instanceof RasterError) return undefined;
      throw error;
    }
  }

  #slotOfConstant(value: number): number {
    const known = this.#repeats ? this.#constants.get(value) : undefined;
    if (known !== undefined) return known;
    const registers = this.#registers;
    const slot = this.#nextSlot++;
    if (slot === registers.slots.length) {
      const grown = new Int32Array(2 * slot);
      grown.set(registers.slots);
      registers.slots = grown;
    }
    registers.slots[slot] = value;
    if (this.#repeats) this.#constants.set(value, slot);
    return slot;
  }

  #valueOf(reference: Reference): number | string | undefined {
    const slot = (reference as Partial<VariableReference>).slot ?? this.#numbers.get(reference.name);
    return slot === undefined ? this.#bound.parameters.get(reference.name) : this.#registers.slots[slot];
  }

  #evaluate(expression: Expression): number {
    const { code } = expression as Partial<CompiledExpression>;
    return code === undefined ? evaluate(expression, this.#registers.scope) : runCode(code, this.#registers);
  }

  #arraysByName(): ReadonlyMap<string, Int32Array> {
    const { arrays } = this.#registers;
    return new Map(
      [...this.#arrayNumbers].map(([name, number]) => [name, (arrays[number] as Int32Array).slice()]),
    );
  }
}
