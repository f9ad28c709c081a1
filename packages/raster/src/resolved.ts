import type { Instruction, Reference, Span } from "@gvpie/pxl-parser";

/** A value of an operand without references: what a rectangle's width is when it is drawn. */
type ResolvedValue<V> = V extends Reference ? never : V extends readonly (string | Reference)[] ? never : V;

/** What an instruction does, each operand with its value. Every instruction without references is one. */
type Resolved<I extends Instruction> = {
  readonly [K in Exclude<keyof I, keyof Span>]: K extends "rows"
    ? I[K]
    : K extends "box"
      ? { readonly x: number; readonly y: number; readonly w: number; readonly h: number } | undefined
      : ResolvedValue<I[K]>;
};

const PEN_OPCODES = ["COLOR", "SCALE", "ORIGIN", "ALIGN", "CLIP"] as const;
const DRAWING_OPCODES = ["TXT", "RECT", "CLEAR", "PIX", "LINE", "BOX", "CIRCLE", "DISC", "SPRITE"] as const;

type PenOpcode = (typeof PEN_OPCODES)[number];
type DrawingOpcode = (typeof DRAWING_OPCODES)[number];

/** An instruction that changes the pen. */
export type PenInstruction = Extract<Instruction, { op: PenOpcode }>;
/** An instruction that draws. */
export type DrawingInstruction = Extract<Instruction, { op: DrawingOpcode }>;

export type PenSetting = { [Op in PenOpcode]: Resolved<Extract<Instruction, { op: Op }>> }[PenOpcode];
export type Drawing = { [Op in DrawingOpcode]: Resolved<Extract<Instruction, { op: Op }>> }[DrawingOpcode];

export function isPenInstruction(instruction: Instruction): instruction is PenInstruction {
  return PEN_OPS.has(instruction.op);
}

export function isDrawing(instruction: Instruction): instruction is DrawingInstruction {
  return DRAWING_OPS.has(instruction.op);
}

const PEN_OPS: ReadonlySet<string> = new Set(PEN_OPCODES);
const DRAWING_OPS: ReadonlySet<string> = new Set(DRAWING_OPCODES);
