import { createBuild, type Build } from "./build.ts";
import { OPCODE_TABLE, type OpcodeName } from "./opcode-table.ts";
import { createOperand, type Operand, type OperandSpec, type OperandValue } from "./operands.ts";

/** An opcode as its entry in {@link OPCODE_TABLE} writes it. */
interface OpcodeSpec {
  /** One sentence, in the present tense. */
  readonly doc: string;
  /** In the order in which they are written. */
  readonly operands: readonly OperandSpec[];
  /**
   * Present if all operands may be left out together: the instruction's key that holds them, or `undefined` without
   * them.
   */
  readonly group?: string;
  /** Present if another instruction than the following one may run next. */
  readonly flow?: Flow;
}

/**
 * To the label; to the label or the following instruction; to the label and, after a return, the following instruction;
 * to an instruction after a call; nowhere.
 */
type Flow = "jump" | "branch" | "call" | "return" | "halt";

/** An opcode for editors and other tools. */
export interface Opcode {
  /** In upper case, ASCII letters only. */
  readonly name: OpcodeName;
  /** In the order in which they are written. */
  readonly operands: readonly Operand[];
  /** True if all operands may be left out together. */
  readonly isOptional: boolean;
  /** The instruction's key that holds the operands of such an opcode. */
  readonly group: string | undefined;
  /** True if another instruction than the following one may run next; not so for HALT, after which none runs. */
  readonly jumps: boolean;
  /** The kind of name that its first operand declares for later lines. */
  readonly declares: "parameter" | "variable" | undefined;
  /** One sentence. */
  readonly doc: string;
}

/** An opcode for the parser. */
export interface OpcodeEntry extends Opcode {
  readonly flow: Flow | undefined;
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

/**
 * A slot for the value of each operand of an instruction. Strings in all of them keep the engine from storing integers
 * unboxed, which would box each one again.
 */
export function createSlots(): OperandValue[] {
  return Array.from({ length: MAX_OPERANDS }, () => "");
}

function createEntry(name: OpcodeName, { doc, operands, group, flow }: OpcodeSpec): OpcodeEntry {
  const first = operands[0]?.kind;
  return {
    name,
    operands: operands.map(createOperand),
    isOptional: group !== undefined,
    group,
    jumps: flow !== undefined && flow !== "halt",
    declares: first === "parameter" || first === "variable" ? first : undefined,
    doc,
    flow,
    build: createBuild(name, operands, group),
  };
}

/** The form of an instruction, such as `RECT x y w h` or `CLIP [x y w h]`. */
export function usageOf({ name, operands, isOptional }: Opcode): string {
  const names = operands.map((operand) => operand.name).join(" ");
  if (names === "") return name;
  return isOptional ? `${name} [${names}]` : `${name} ${names}`;
}
