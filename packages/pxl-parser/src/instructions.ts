import type { OpcodeName, OpcodeTable } from "./opcode-table.ts";
import type { OperandValues } from "./operands.ts";
import type { Span } from "./span.ts";

/** An opcode's operands, by name. */
type Fields<Op extends OpcodeName> = {
  readonly [Spec in OpcodeTable[Op]["operands"][number] as Spec["name"]]: OperandValues[Spec["kind"]];
};

/** The operands; for an opcode whose operands are optional, one key that holds them all or `undefined`. */
type Operands<Op extends OpcodeName> = OpcodeTable[Op] extends { readonly group: infer Group extends string }
  ? { readonly [Key in Group]: Fields<Op> | undefined }
  : Fields<Op>;

interface Target {
  /** Index of the instruction after the label; the number of instructions if none follows. */
  readonly target: number;
}

type Jump<Op extends OpcodeName> = "label" extends OpcodeTable[Op]["operands"][number]["kind"]
  ? Target
  : unknown;

/** An intersection as one object type. */
type Flat<T> = { readonly [Key in keyof T]: T[Key] };

/**
 * An instruction of one opcode: `op`, each operand under its name, and the span from the opcode to the end of the last
 * operand.
 */
export type InstructionOf<Op extends OpcodeName> = Op extends OpcodeName
  ? Flat<{ readonly op: Op } & Operands<Op> & Jump<Op> & Span>
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
export type VariableInstruction<Op extends VariableOpcode = VariableOpcode> = InstructionOf<Op>;
export type JumpInstruction<Op extends "JMP" | "CALL" = "JMP" | "CALL"> = InstructionOf<Op>;
export type IfInstruction = InstructionOf<"IF">;
export type BareInstruction<Op extends "CLEAR" | "RET" | "HALT" = "CLEAR" | "RET" | "HALT"> =
  InstructionOf<Op>;
