import {
  compare,
  type Expression,
  type Instruction,
  type InstructionOf,
  type IntegerValue,
  type Language,
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
import type { Limits } from "../types.ts";
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
import type { Surroundings } from "./operators.ts";
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
  kind: number;
  cost: number;
  instruction: Instruction;
  effect: OpcodeEffect;
  /** Of a drawing or a setting of the pen. */
  operands: Preparation;
  rule: ControlRule;
  /** The left side of IF, or the index of `SET name[index]`. */
  left: number;
  relation: Relation;
  /** The right side of IF, or the value of an instruction that has one. */
  right: number;
  /** The next instruction, unless that is the one on top of the stack. */
  address: number;
  /** The slot of the variable that changes, or the number of the array. */
  variable: number;
  /** The parts that only version 2 has. */
  more: More;
}

/** The slots of a loop and its values, or those of the callee's locals, its arguments first, and its arguments. */
interface More {
  readonly slots: Int32Array;
  readonly args: readonly number[];
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
  const executor = new Executor(bound, !bound.program.straight);
  return executor.stateAfter(executor.run(list, bound.surroundings.frame, onDrawn));
}

/** The end of a run. */
interface End {
  readonly pc: number;
  readonly stack: readonly number[];
  readonly saved: SavedLocals | undefined;
  readonly fuel: number;
}

const EMPTY = new Int32Array(0);
const NOTHING_MORE: More = { slots: EMPTY, args: [] };
const NO_VALUES: Values = new Map();
const NO_ARRAYS: readonly Int32Array[] = [];
const NO_OPERANDS: Preparation = { resolved: { op: "CLEAR" }, unresolved: [] };

/** Slots for constants at first. */
const SPARE_SLOTS = 8;

/** Runs a program, again for each frame. It is the scope of its operands, because every object takes time to create. */
export class Executor implements Registers, Names {
  readonly limits: Limits;
  readonly language: Language;
  readonly integers: Scope["integers"] = new Map();
  surroundings: Surroundings;
  pen: Pen = INITIAL_PEN;
  seed: number = INITIAL_SEED;
  measured = 0;
  slots: Int32Array;
  readonly arrays: readonly Int32Array[];
  stack: Int32Array = EMPTY;
  readonly #bound: BoundProgram;
  readonly #instructions: readonly Instruction[];
  /** True if instructions run again, which are then worth making ready. */
  readonly #repeats: boolean;
  readonly #ready: (Ready | undefined)[];
  readonly #names: readonly string[];
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #arrayNumbers: ReadonlyMap<string, number>;
  readonly #codes: Code[] = [];
  /** The slot of each constant. */
  readonly #constants: Map<number, number> | undefined;
  /** The values of the arguments of a CALL. */
  readonly #arguments: Int32Array;
  /** The first slot after the constants. */
  #nextSlot: number;
  /** The instruction that runs, if none runs again. */
  #once: Ready | undefined;
  #hasRun = false;

  constructor(bound: BoundProgram, repeats: boolean) {
    const { program, limits, surroundings, cells } = bound;
    this.#bound = bound;
    this.limits = limits;
    this.language = program.language;
    this.surroundings = surroundings;
    this.#instructions = program.instructions;
    this.#repeats = repeats;
    this.#constants = repeats ? new Map() : undefined;
    this.#ready = repeats ? Array.from<Ready | undefined>({ length: program.instructions.length }) : [];
    this.#names = namesOfVariables(program);
    this.#numbers = new Map(this.#names.map((name, number) => [name, number]));
    this.#nextSlot = this.#names.length;
    this.slots = new Int32Array(this.#names.length + SPARE_SLOTS);
    this.#arrayNumbers =
      cells.size === 0 ? NO_VALUES : new Map(Array.from(cells.keys(), (name, number) => [name, number]));
    this.arrays = cells.size === 0 ? NO_ARRAYS : Array.from(cells.values(), (integers) => integers.slice());
    this.#arguments = program.language === "1" ? EMPTY : new Int32Array(MAX_ARGUMENTS);
  }

  /** Runs the program from its start; `frame` is the value of the name in expressions. */
  run(list: DrawListBuilder, frame: number, onDrawn?: OnDrawn): End {
    const { length } = this.#instructions;
    const readies = this.#ready;
    const stack: number[] = [];
    const saved = this.#bound.program.language === "1" ? undefined : new SavedLocals();
    // The first run needs nothing, and most programs run once.
    if (this.#hasRun) this.#reset();
    this.#hasRun = true;
    const { surroundings } = this.#bound;
    this.surroundings = frame === surroundings.frame ? surroundings : { ...surroundings, frame };
    let { slots } = this;
    let fuel = initialFuel(this.#bound);
    let pen: Pen = INITIAL_PEN;
    let pc = 0;
    let isHalted = false;
    try {
      while (!isHalted && pc < length) {
        let ready = readies[pc];
        if (ready === undefined) {
          ready = this.#prepare(pc, fuel);
          slots = this.slots;
        }
        if (fuel < ready.cost) throw outOfFuel(this.#bound.limits, ready.instruction);
        switch (ready.kind) {
          case DRAWING: {
            const drawing = resolve(ready.operands, this);
            const before = list.count;
            (ready.effect as DrawingOpcode).draw(list, pen, drawing);
            onDrawn?.(pc, drawing, list.count - before, pen);
            pc++;
            break;
          }
          case PEN:
            pen = (ready.effect as PenOpcode).setPen(pen, resolve(ready.operands, this));
            this.pen = pen;
            list.clip(pen.clip);
            pc++;
            break;
          case ARITHMETIC: {
            const slot = ready.variable;
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
            if (saved !== undefined) this.#readArguments(ready.more.args);
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
              if (rule.stack === "push") {
                saved.push(ready.more.slots, slots, this.#arguments, ready.more.args.length);
              } else if (rule.stack === "pop") {
                saved.pop(slots);
              }
            }
            isHalted = rule.halts;
            pc = address as number;
            break;
          }
          case FOR: {
            const { args, slots: own } = ready.more;
            const value = this.#read(args[0] as number, slots);
            const limit = this.#read(args[1] as number, slots);
            const step = this.#read(args[2] as number, slots);
            if (step === 0) throw badStep((ready.instruction as InstructionOf<"FOR">).step);
            slots[own[0] as number] = value;
            slots[own[1] as number] = limit;
            slots[own[2] as number] = step;
            const isEmpty = !isWithin(value, limit, step);
            pc = isEmpty === (ready.rule.when === "is empty") ? ready.address : pc + 1;
            break;
          }
          case NEXT: {
            const { slots: own } = ready.more;
            const variable = own[0] as number;
            const limit = slots[own[1] as number] as number;
            const step = slots[own[2] as number] as number;
            const value = (slots[variable] as number) + step;
            const isOn = isWithin(value, limit, step);
            if (isOn) slots[variable] = value;
            pc = isOn === (ready.rule.when === "continues") ? ready.address : pc + 1;
            break;
          }
          case CELL: {
            const cells = this.arrays[ready.variable] as Int32Array;
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
            this.seed = seedOf(this.#read(ready.right, slots));
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
    return { pc, stack, saved, fuel };
  }

  /** Returns the state after a run; valid until the next one. */
  stateAfter({ pc, stack, saved, fuel }: End): MachineState {
    const { pen, seed, measured, slots } = this;
    return {
      pc,
      variables: new Map(this.#names.map((name, number) => [name, slots[number] as number])),
      arrays: this.#arraysByName(),
      seed,
      measured,
      stack,
      saved: saved?.valuesByName(this.#names) ?? stack.map(() => NO_VALUES),
      fuel,
      status: "halted",
      pen,
    };
  }

  /** Sets everything that a run changes to its value at the start. */
  #reset(): void {
    this.slots.fill(0, 0, this.#names.length);
    let number = 0;
    for (const integers of this.#bound.cells.values()) this.arrays[number++]?.set(integers);
    this.pen = INITIAL_PEN;
    this.seed = INITIAL_SEED;
    this.measured = 0;
  }

  /** Returns the value of a prepared operand. */
  #read(operand: number, slots: Int32Array): number {
    return operand >= 0 ? (slots[operand] as number) : runCode(this.#codes[~operand] as Code, this);
  }

  #readArguments(args: readonly number[]): void {
    for (let i = 0; i < args.length; i++) this.#arguments[i] = this.#read(args[i] as number, this.slots);
  }

  #prepare(pc: number, fuel: number): Ready {
    const instruction = this.#instructions[pc] as Instruction;
    const cost = this.language === "1" ? 1 : costOf(instruction, this.#bound);
    // Before its operands fail.
    if (fuel < cost) throw outOfFuel(this.limits, instruction);
    if (this.#repeats) {
      return (this.#ready[pc] = this.#makeReady(newReady(instruction, cost), instruction, pc));
    }
    const ready = (this.#once ??= newReady(instruction, cost));
    ready.cost = cost;
    ready.instruction = instruction;
    this.#nextSlot = this.#names.length;
    // Setting the length takes long, even to the same one.
    if (this.#codes.length > 0) this.#codes.length = 0;
    return this.#makeReady(ready, instruction, pc);
  }

  #makeReady(ready: Ready, instruction: Instruction, pc: number): Ready {
    const effect = effectOf(instruction.op);
    ready.effect = effect;
    switch (effect.kind) {
      case "drawing":
      case "pen":
        ready.kind = effect.kind === "drawing" ? DRAWING : PEN;
        ready.operands = this.#prepareOperands(instruction);
        break;
      case "arithmetic": {
        const { name, value } = instruction as VariableInstruction;
        const index = this.language === "1" ? undefined : (instruction as VariableInstruction<"SET">).index;
        ready.kind = index === undefined ? ARITHMETIC : CELL;
        ready.variable = index === undefined ? this.#slotOf(name) : this.numberOfArray(name);
        if (index !== undefined) ready.left = this.#prepareOperand(index);
        ready.right = this.#prepareOperand(value);
        break;
      }
      case "seed":
        ready.kind = SEED;
        ready.right = this.#prepareOperand((instruction as InstructionOf<"SEED">).value);
        break;
      case "declaration":
        ready.kind = DECLARATION;
        break;
      case "control":
        ready.kind = CONTROL;
        ready.rule = ruleOf(instruction, effect);
        ready.address = addressOf(ready.rule, instruction, pc);
        this.#prepareControl(ready, instruction);
    }
    return ready;
  }

  #prepareControl(ready: Ready, instruction: Instruction): void {
    switch (instruction.op) {
      case "IF": {
        const { left, relation, right } = instruction;
        const isText = relation === "IS";
        ready.relation = isText ? "=" : relation;
        // Neither text changes in a run.
        ready.left = this.#prepareOperand(isText ? (hasText(left, right as string, this) ? 0 : 1) : left);
        ready.right = this.#prepareOperand(isText ? 0 : (right as IntegerValue));
        break;
      }
      case "CALL": {
        const { procedure, args = [] } = instruction;
        if (procedure === undefined) break;
        const { locals } = this.#instructions[procedure] as InstructionOf<"DEF">;
        ready.more = this.#moreOf(locals, args);
        break;
      }
      case "FOR": {
        const { name, limitName, stepName, from, to, step = 1 } = instruction;
        ready.kind = FOR;
        ready.more = this.#moreOf([name, limitName, stepName], [from, to, step]);
        break;
      }
      case "NEXT":
        ready.kind = NEXT;
        ready.more = this.#moreOf([instruction.name, instruction.limitName, instruction.stepName], []);
        break;
      default:
    }
  }

  #moreOf(variables: readonly string[], values: readonly IntegerValue[]): More {
    return {
      slots: Int32Array.from(variables, (name) => this.#slotOf(name)),
      args: values.map((value) => this.#prepareOperand(value)),
    };
  }

  #slotOf(variable: string): number {
    return this.#numbers.get(variable) as number;
  }

  #prepareOperands(instruction: Instruction): Preparation {
    const preparation = prepareOperands(instruction, this.language);
    if (preparation.unresolved.length === 0 || !this.#repeats) return preparation;
    return resolveParameters(preparation, this.#bound.parameters, this, (value) => this.#compile(value));
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
    const constant = this.constantOf(value);
    if (constant !== undefined) return this.#slotOfConstant(constant);
    const slot =
      typeof value === "object" && !("operator" in value) ? this.#numbers.get(value.name) : undefined;
    if (slot !== undefined) return slot;
    this.#codes.push(this.#codeOf(value));
    return ~(this.#codes.length - 1);
  }

  #codeOf(value: IntegerValue): Code {
    const code = compile(value, this);
    if (code.depth > this.stack.length) this.stack = new Int32Array(2 * code.depth);
    return code;
  }

  /** Returns the value of an operand that is the same in the whole run; `undefined` if there is none. */
  constantOf(value: IntegerValue): number | undefined {
    if (typeof value === "number") return value;
    if ("operator" in value) {
      const { operator } = value;
      if (operator === "width" || operator === "height" || operator === "frames") {
        return this.#bound.surroundings[operator];
      }
      return operator === "len" ? this.arrayOf(value.name ?? "")?.length : undefined;
    }
    if (!this.#bound.parameters.has(value.name)) return undefined;
    try {
      return resolveInt32(value, this);
    } catch (error) {
      // It fails when it runs, after the operands before it.
      if (error instanceof RasterError) return undefined;
      throw error;
    }
  }

  #slotOfConstant(value: number): number {
    const known = this.#constants?.get(value);
    if (known !== undefined) return known;
    const slot = this.#nextSlot++;
    if (slot === this.slots.length) {
      const grown = new Int32Array(2 * slot);
      grown.set(this.slots);
      this.slots = grown;
    }
    this.slots[slot] = value;
    this.#constants?.set(value, slot);
    return slot;
  }

  valueOf(reference: Reference): number | string | undefined {
    const slot = (reference as Partial<VariableReference>).slot ?? this.#numbers.get(reference.name);
    return slot === undefined ? this.#bound.parameters.get(reference.name) : this.slots[slot];
  }

  arrayOf(name: string): Int32Array | undefined {
    return this.arrays[this.numberOfArray(name)];
  }

  evaluate(expression: Expression): number {
    const { code } = expression as Partial<CompiledExpression>;
    return code === undefined ? evaluate(expression, this) : runCode(code, this);
  }

  slotOfVariable(name: string): number | undefined {
    return this.#numbers.get(name);
  }

  numberOfArray(name: string): number {
    return this.#arrayNumbers.get(name) ?? -1;
  }

  #arraysByName(): ReadonlyMap<string, Int32Array> {
    if (this.arrays.length === 0) return this.#bound.cells;
    const numbers = Array.from(this.#arrayNumbers);
    return new Map(numbers.map(([name, number]) => [name, (this.arrays[number] as Int32Array).slice()]));
  }
}

function newReady(instruction: Instruction, cost: number): Ready {
  return {
    kind: DECLARATION,
    cost,
    instruction,
    effect: effectOf(instruction.op),
    operands: NO_OPERANDS,
    rule: FOLLOWING,
    left: 0,
    relation: "=",
    right: 0,
    address: 0,
    variable: 0,
    more: NOTHING_MORE,
  };
}

function addressOf({ next }: ControlRule, instruction: Instruction, pc: number): number {
  if (next === "target") return (instruction as InstructionOf<"JMP">).target;
  return next === "following" ? pc + 1 : pc;
}
