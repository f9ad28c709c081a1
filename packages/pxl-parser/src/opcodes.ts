import { createBuild, type Build } from "./build.ts";
import { OPCODE_TABLE, type OpcodeName } from "./opcode-table.ts";
import {
  createOperand,
  type CoreOperand,
  type Operand,
  type OperandSpec,
  type OperandValue,
} from "./operands.ts";

/** An entry of {@link OPCODE_TABLE}. */
interface OpcodeSpec {
  /** One sentence, in the present tense. */
  readonly doc: string;
  /** In source order. */
  readonly operands: readonly OperandSpec[];
  /**
   * Present if all operands may be omitted together: the instruction's key that holds them, or `undefined` without
   * them.
   */
  readonly group?: string;
  /** Present if another instruction than the following one may run next. */
  readonly flow?: Flow;
  /** Version 1 if it is absent. */
  readonly since?: 2;
}

/**
 * The next instruction. `jump`: the target. `branch`: the target or the following one. `call`: the target, and the
 * following one after a return. `return`: the one after a call. `end`: the following one, or as `return` at the end of a
 * procedure. `halt`: none.
 */
export type Flow = "jump" | "branch" | "call" | "return" | "end" | "halt";

/** An opcode for editors and other tools. */
export interface Opcode {
  /** In upper case, ASCII letters only. */
  readonly name: OpcodeName;
  /** In source order. */
  readonly operands: readonly Operand[];
  /** True if all operands may be omitted together. */
  readonly isOptional: boolean;
  /** The instruction's key that holds the operands of such an opcode. */
  readonly group: string | undefined;
  /** True if another instruction than the following one may run next. False for HALT, after which none runs. */
  readonly jumps: boolean;
  /** The kind of name that its first operand declares for later lines. */
  readonly declares: "parameter" | "variable" | "array" | undefined;
  /** `undefined` if the following instruction always runs next. */
  readonly flow: Flow | undefined;
  /** The first version of the language that has it. */
  readonly since: 1 | 2;
  /** One sentence. */
  readonly doc: string;
}

/** An opcode for the parser. */
export interface OpcodeEntry extends Opcode {
  /** The operands of version 1. */
  readonly core: readonly CoreOperand[];
  /** Creates an instruction with these. */
  readonly build: Build;
}

const SPECS: Readonly<Record<OpcodeName, OpcodeSpec>> = OPCODE_TABLE;

/** Every opcode by its name. */
export const OPCODE_ENTRIES: Readonly<Record<OpcodeName, OpcodeEntry>> = Object.fromEntries(
  Object.entries(SPECS).map(([name, spec]) => [name, createEntry(name as OpcodeName, spec)]),
) as Record<OpcodeName, OpcodeEntry>;

/** Every opcode of the language, in the order of its documentation. */
export const OPCODES: readonly Opcode[] = Object.values(OPCODE_ENTRIES);

const MAX_OPERANDS = Math.max(...OPCODES.map(({ operands }) => operands.length));
const EMPTY_SLOTS: readonly OperandValue[] = Array.from({ length: MAX_OPERANDS }, () => "");

/**
 * Returns an array with a slot for the value of each operand of an instruction. The slots hold strings, so that the engine
 * does not choose an unboxed array of doubles, which would box each integer again.
 */
export function createSlots(): OperandValue[] {
  // A copy takes a tenth of the time of a new array, and every program needs two.
  return EMPTY_SLOTS.slice();
}

function createEntry(name: OpcodeName, spec: OpcodeSpec): OpcodeEntry {
  const { doc, operands: specs, group, flow } = spec;
  const since = spec.since ?? 1;
  const operands = specs.map((operand) => createOperand(operand, since));
  const first = specs[0]?.kind;
  return {
    name,
    operands,
    isOptional: group !== undefined,
    group,
    jumps: flow !== undefined && flow !== "halt",
    declares: first === "parameter" || first === "variable" || first === "array" ? first : undefined,
    flow,
    since,
    doc,
    core: operands.filter((operand): operand is CoreOperand => operand.since === 1),
    build: createBuild(
      name,
      specs.filter((operand) => operand.since === undefined),
      group,
    ),
  };
}

/** Returns the syntax of an opcode, such as `RECT x y w h [radius]` or `CLIP [x y w h]`. */
export function usageOf({ name, operands, isOptional }: Opcode): string {
  const names = operands
    // The rows of a picture are lines of their own.
    .filter(({ kind }) => kind !== "picture")
    .map((operand) => (operand.isOptional ? `[${operand.name}]` : operand.name))
    .join(" ");
  if (names === "") return name;
  return isOptional ? `${name} [${names}]` : `${name} ${names}`;
}
