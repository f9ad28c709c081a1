import type { OpcodeName, OpcodeTable } from "./opcode-table.ts";
import type { IntegerValue, OperandValues } from "./operands.ts";
import type { Relation } from "./relations.ts";
import type { Span } from "./span.ts";

type Specs<Op extends OpcodeName> = OpcodeTable[Op]["operands"][number];

/** An opcode's operands, by name; optional ones are absent if they are omitted. */
type Fields<Op extends OpcodeName> = {
  readonly [
    Spec in Exclude<Specs<Op>, { readonly optional: true }> as Spec["name"]
  ]: OperandValues[Spec["kind"]];
} & {
  readonly [
    Spec in Extract<Specs<Op>, { readonly optional: true }> as Spec["name"]
  ]?: OperandValues[Spec["kind"]];
};

/** The operands; for an opcode whose operands are optional, one key that holds them all or `undefined`. */
type Operands<Op extends OpcodeName> = Op extends "IF"
  ? Comparison
  : OpcodeTable[Op] extends { readonly group: infer Group extends string }
    ? { readonly [Key in Group]: Fields<Op> | undefined }
    : Fields<Op>;

/** The operands of IF. */
interface Comparison {
  readonly left: IntegerValue;
  /** `IS` compares the text of a parameter. */
  readonly relation: Relation | "IS";
  /** A text for `IS`. */
  readonly right: IntegerValue | string;
  /** Absent if the instruction begins a block. */
  readonly label?: string;
}

interface Target {
  /** Index of an instruction; the number of instructions for the end of the program. */
  readonly target: number;
}

/** Names of the variables that hold the limit and the step of a FOR. No name of a program is equal to one of them. */
interface Loop {
  readonly limitName: string;
  readonly stepName: string;
}

/** Fields of an instruction that are not operands in the table. */
interface Additions {
  readonly SET: {
    /** The cell of the array `name`; absent for a variable. */
    readonly index?: IntegerValue;
  };
  /** `target`: that of the label. */
  readonly JMP: Target;
  /** `target`: that of the label; without one, the instruction after `ELSE`, or after `END` if there is no `ELSE`. */
  readonly IF: Target;
  /** `target`: that of the label, or the first instruction inside the procedure. */
  readonly CALL: Target & {
    /** Index of the `DEF`; absent for a label. */
    readonly procedure?: number;
  };
  /** `target`: the instruction after `NEXT`. */
  readonly FOR: Target & Loop;
  /** `target`: the instruction after `FOR`. */
  readonly NEXT: Target & Loop & { readonly name: string };
  /** `target`: the instruction after `END`. */
  readonly ELSE: Target;
  /** `target`: the instruction after it. */
  readonly END: Target & { readonly closes: "IF" | "DEF" };
  /** `target`: the instruction after `END`. */
  readonly DEF: Target & {
    /** Every local variable of the procedure, its arguments first. */
    readonly locals: readonly string[];
  };
  /** Always present. */
  readonly INT: { readonly decimals: number };
}

type Added<Op extends OpcodeName> = Op extends keyof Additions ? Additions[Op] : unknown;

/** An intersection as one object type. */
type Flat<T> = { readonly [Key in keyof T]: T[Key] };

/**
 * An instruction of one opcode: `op`, each operand under its name, and the span from the opcode to the end of the last
 * operand.
 */
export type InstructionOf<Op extends OpcodeName> = Op extends OpcodeName
  ? Flat<{ readonly op: Op } & Operands<Op> & Added<Op> & Span>
  : never;

/** An instruction of any opcode, discriminated by `op`. */
export type Instruction = InstructionOf<OpcodeName>;

/** The opcodes that change a variable by a value. */
export type VariableOpcode = {
  [Op in OpcodeName]: OpcodeTable[Op]["operands"] extends readonly [
    { readonly kind: "variable" | "set variable" },
    { readonly kind: "value" },
  ]
    ? Op
    : never;
}[OpcodeName];

export type TxtInstruction = InstructionOf<"TXT">;
export type RectInstruction<Op extends "RECT" | "BOX" = "RECT" | "BOX"> = InstructionOf<Op>;
export type ColorInstruction = InstructionOf<"COLOR">;
export type PointInstruction<Op extends "PIX" | "ORIGIN" = "PIX" | "ORIGIN"> = InstructionOf<Op>;
export type LineInstruction = InstructionOf<"LINE">;
export type CircleInstruction<Op extends "CIRCLE" | "DISC" = "CIRCLE" | "DISC"> = InstructionOf<Op>;
export type SpriteInstruction = InstructionOf<"SPRITE">;
export type ScaleInstruction = InstructionOf<"SCALE">;
export type AlignInstruction = InstructionOf<"ALIGN">;
export type ClipInstruction = InstructionOf<"CLIP">;
/** Position and size of a rectangle. */
export type Box = NonNullable<ClipInstruction["box"]>;
export type ParamInstruction = InstructionOf<"PARAM">;
export type IntInstruction = InstructionOf<"INT">;
export type ListInstruction = InstructionOf<"LIST">;
/** Declares a name that the caller may set. */
export type ParameterInstruction = ParamInstruction | IntInstruction | ListInstruction;
export type VariableInstruction<Op extends VariableOpcode = VariableOpcode> = InstructionOf<Op>;
export type JumpInstruction<Op extends "JMP" | "CALL" = "JMP" | "CALL"> = InstructionOf<Op>;
export type IfInstruction = InstructionOf<"IF">;
export type BareInstruction<Op extends "CLEAR" | "RET" | "HALT" = "CLEAR" | "RET" | "HALT"> =
  InstructionOf<Op>;
