import type { Diagnostic } from "./errors.ts";

/** A place in the source. Lines and columns start at 1; columns and lengths count Unicode code points, and a tab is one. */
export interface Span {
  readonly line: number;
  readonly column: number;
  /** Code points covered; at least 1, except for a diagnostic at the end of a line, where it is 0. */
  readonly length: number;
}

/** Text in the 5×7 font: the top-left corner of the first glyph is at (`x`, `y`), in pixels. */
export interface TxtInstruction {
  readonly op: "TXT";
  /** −2³¹ … 2³²−1. */
  readonly x: number;
  /** −2³¹ … 2³²−1. */
  readonly y: number;
  /** The rest of the line, trailing spaces and tabs dropped; at least one character, never a lone surrogate. */
  readonly text: string;
  /** From the opcode to the end of the text. */
  readonly span: Span;
}

/** A filled half-open rectangle: pixels with `x ≤ px < x + w` and `y ≤ py < y + h`. */
export interface RectInstruction {
  readonly op: "RECT";
  /** −2³¹ … 2³²−1. */
  readonly x: number;
  /** −2³¹ … 2³²−1. */
  readonly y: number;
  /** 0 … 2³²−1. */
  readonly w: number;
  /** 0 … 2³²−1. */
  readonly h: number;
  readonly span: Span;
}

/** Ends the program; later instructions are checked but never run. */
export interface HaltInstruction {
  readonly op: "HALT";
  readonly span: Span;
}

export type Instruction = TxtInstruction | RectInstruction | HaltInstruction;

/** A program without errors: its instructions in source order, those after HALT included. */
export interface Program {
  /** Version of the language that the program is written in. */
  readonly language: "1";
  readonly instructions: readonly Instruction[];
}

/** What {@link checkProgram} found. */
export interface CheckResult {
  /** The program, or `undefined` where a diagnostic is an error. */
  readonly program: Program | undefined;
  /** In source order; empty for a program without fault. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Bounds on the memory that a hostile program may take. */
export interface ParseOptions {
  /** Instructions accepted, 0 or more; reading stops at the first one too many. Default: no limit. */
  readonly maxInstructions?: number | undefined;
  /** Diagnostics kept, 1 or more; one entry after them says how many were left out. Default: no limit. */
  readonly maxDiagnostics?: number | undefined;
}
