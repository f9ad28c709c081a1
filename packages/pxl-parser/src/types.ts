import type { Diagnostic } from "./errors.ts";

/** A place in the source. Lines and columns start at 1; columns and lengths count Unicode code points, and a tab is one. */
export interface Span {
  readonly line: number;
  readonly column: number;
  /** Code points covered; at least 1, except for a diagnostic at the end of a line, where it is 0. */
  readonly length: number;
}

/** A parameter's or a variable's value when the instruction runs; written `{name}`, and between control operands also `name`. */
export interface Reference {
  /** Declared by a `PARAM` or a `SET` on an earlier line. */
  readonly name: string;
  /** With its braces, where it has them. */
  readonly span: Span;
}

/** An integer in the operand's range, or where to take it from. */
export type IntegerValue = number | Reference;
/** A colour as 0xRRGGBBAA, unsigned, or the parameter that holds it. */
export type ColorValue = number | Reference;
/** A list only where the text holds a reference; its strings are never empty and never adjacent. */
export type TextValue = string | readonly (string | Reference)[];

/** Text in the 5×7 font, `ALIGN`ed at (`x`, `y`). */
export interface TxtInstruction extends Span {
  readonly op: "TXT";
  /** −2³¹ … 2³²−1, as every position. */
  readonly x: IntegerValue;
  readonly y: IntegerValue;
  /** The rest of the line, trailing spaces and tabs dropped; at least one character, never a lone surrogate. */
  readonly text: TextValue;
}

/** A filled half-open rectangle (pixels with `x ≤ px < x + w` and `y ≤ py < y + h`), or its one-pixel border. */
export interface RectInstruction<Op extends "RECT" | "BOX" = "RECT" | "BOX"> extends Span {
  readonly op: Op;
  readonly x: IntegerValue;
  readonly y: IntegerValue;
  /** 0 … 2³²−1, as every size. */
  readonly w: IntegerValue;
  readonly h: IntegerValue;
}

/** The colour of what follows. */
export interface ColorInstruction extends Span {
  readonly op: "COLOR";
  readonly color: ColorValue;
}

/** One pixel, or the point of the canvas that later coordinates count from. */
export interface PointInstruction<Op extends "PIX" | "ORIGIN" = "PIX" | "ORIGIN"> extends Span {
  readonly op: Op;
  readonly x: IntegerValue;
  readonly y: IntegerValue;
}

/** A line one pixel wide, both ends included. */
export interface LineInstruction extends Span {
  readonly op: "LINE";
  readonly x0: IntegerValue;
  readonly y0: IntegerValue;
  readonly x1: IntegerValue;
  readonly y1: IntegerValue;
}

/** A circle's outline, or the filled circle. */
export interface CircleInstruction<Op extends "CIRCLE" | "DISC" = "CIRCLE" | "DISC"> extends Span {
  readonly op: Op;
  /** The centre. */
  readonly x: IntegerValue;
  readonly y: IntegerValue;
  /** The radius, a size. */
  readonly r: IntegerValue;
}

/** A pattern of pixels, painted or left alone. */
export interface SpriteInstruction extends Span {
  readonly op: "SPRITE";
  readonly x: IntegerValue;
  readonly y: IntegerValue;
  /** 1 … 256. */
  readonly w: number;
  /** 1 … 256. */
  readonly h: number;
  /**
   * `h` rows from the top, each ⌈`w` / 4⌉ hexadecimal digits in lower case: the most significant bit is the leftmost
   * pixel, and bits beyond the width are 0.
   */
  readonly rows: readonly string[];
}

/** How many pixels a pixel of texts and sprites becomes in each direction. */
export interface ScaleInstruction extends Span {
  readonly op: "SCALE";
  /** 1 … 64. */
  readonly n: IntegerValue;
}

export type Alignment = "left" | "center" | "right";

/** Which point of a text is at its position. */
export interface AlignInstruction extends Span {
  readonly op: "ALIGN";
  readonly align: Alignment;
}

/** A rectangle's position and size. */
export interface Box {
  readonly x: IntegerValue;
  readonly y: IntegerValue;
  readonly w: IntegerValue;
  readonly h: IntegerValue;
}

/** Limits drawing to a rectangle. */
export interface ClipInstruction extends Span {
  readonly op: "CLIP";
  /** `undefined` for the whole canvas. */
  readonly box: Box | undefined;
}

/** A parameter with the value that it has unless the caller gives another. */
export interface ParamInstruction extends Span {
  readonly op: "PARAM";
  readonly name: string;
  /** The rest of the line without blanks around it; may be empty. */
  readonly value: string;
}

export type VariableOpcode = "SET" | "ADD" | "SUB" | "MUL" | "DIV" | "MOD";

/** Gives a variable a value, or changes it by one. */
export interface VariableInstruction<Op extends VariableOpcode = VariableOpcode> extends Span {
  readonly op: Op;
  /** The variable. */
  readonly name: string;
  /** −2³¹ … 2³¹−1. */
  readonly value: IntegerValue;
}

/** Goes on at a label; `CALL` remembers where it came from. */
export interface JumpInstruction<Op extends "JMP" | "CALL" = "JMP" | "CALL"> extends Span {
  readonly op: Op;
  readonly label: string;
  /** Index of the instruction after the label; the number of instructions where none follows. */
  readonly target: number;
}

export type Relation = "<" | "<=" | ">" | ">=" | "=" | "!=";

/** Goes on at a label where the comparison holds. */
export interface IfInstruction extends Span {
  readonly op: "IF";
  /** −2³¹ … 2³¹−1. */
  readonly left: IntegerValue;
  readonly relation: Relation;
  /** −2³¹ … 2³¹−1. */
  readonly right: IntegerValue;
  readonly label: string;
  /** Index of the instruction after the label; the number of instructions where none follows. */
  readonly target: number;
}

/** An instruction without operands: paints all of the canvas, goes on after the last `CALL`, or ends the program. */
export interface BareInstruction<
  Op extends "CLEAR" | "RET" | "HALT" = "CLEAR" | "RET" | "HALT",
> extends Span {
  readonly op: Op;
}

/** One type for each opcode, told apart by `op`. Its own span is from the opcode to the end of the last operand. */
export type Instruction =
  | TxtInstruction
  | RectInstruction<"RECT">
  | RectInstruction<"BOX">
  | ColorInstruction
  | PointInstruction<"PIX">
  | PointInstruction<"ORIGIN">
  | LineInstruction
  | CircleInstruction<"CIRCLE">
  | CircleInstruction<"DISC">
  | SpriteInstruction
  | ScaleInstruction
  | AlignInstruction
  | ClipInstruction
  | ParamInstruction
  | VariableInstruction<"SET">
  | VariableInstruction<"ADD">
  | VariableInstruction<"SUB">
  | VariableInstruction<"MUL">
  | VariableInstruction<"DIV">
  | VariableInstruction<"MOD">
  | JumpInstruction<"JMP">
  | JumpInstruction<"CALL">
  | IfInstruction
  | BareInstruction<"CLEAR">
  | BareInstruction<"RET">
  | BareInstruction<"HALT">;

/** A place in a program that has a name. */
export interface Label {
  /** Index of the instruction after the label; the number of instructions where none follows. */
  readonly index: number;
  /** The name and its colon. */
  readonly span: Span;
}

/** A program without errors. */
export interface Program {
  /** Version of the language that the program is written in. */
  readonly language: "1";
  /** In source order, those after `HALT` included. */
  readonly instructions: readonly Instruction[];
  /** By name, in source order. */
  readonly labels: ReadonlyMap<string, Label>;
  /** In source order. */
  readonly params: readonly ParamInstruction[];
  /** True where no instruction is `JMP`, `IF`, `CALL` or `RET`: lines run once each, from the first on. */
  readonly straight: boolean;
  /** True for a straight program without variables and references: nothing in it depends on a value. */
  readonly plain: boolean;
}

/** What {@link checkProgram} found. */
export interface CheckResult {
  /** The program, or `undefined` where a diagnostic is an error. */
  readonly program: Program | undefined;
  /** In source order: errors, or for a program without errors its warnings. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Bounds on the memory that a hostile program may take. */
export interface ParseOptions {
  /** Instructions accepted, and as many labels, 0 or more; reading stops at the first one too many. Default: no limit. */
  readonly maxInstructions?: number | undefined;
  /** Diagnostics kept, 1 or more; one entry after them says how many were left out. Default: no limit. */
  readonly maxDiagnostics?: number | undefined;
}
