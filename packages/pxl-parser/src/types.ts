import type { Diagnostic } from "./errors.ts";
import type { Instruction, ParameterInstruction } from "./instructions.ts";
import type { Span } from "./span.ts";

/** A label of a program. */
export interface Label {
  /** Index of the instruction after the label; the number of instructions if none follows. */
  readonly index: number;
  /** The name and its colon. */
  readonly span: Span;
}

/** A version of the language. */
export type Language = "1" | "2";

/** A program without errors. */
export interface Program {
  /** The least version of the language that has everything that the program uses. */
  readonly language: Language;
  /** In source order, including the instructions after `HALT`. */
  readonly instructions: readonly Instruction[];
  /** By name, in source order. */
  readonly labels: ReadonlyMap<string, Label>;
  /** In source order. */
  readonly params: readonly ParameterInstruction[];
  /** Present if the program has a `CANVAS`. */
  readonly canvas?: Canvas;
  /** Present if the program has a `FRAMES`. */
  readonly frames?: Animation;
  /** True if no instruction jumps: each line runs once, in source order. */
  readonly straight: boolean;
  /** True if the program is straight and has no variables and no references: nothing depends on a value. */
  readonly plain: boolean;
}

/** The operands of a `CANVAS`. */
export interface Canvas {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** 0xRRGGBBAA, unsigned; absent if it is omitted. */
  readonly background?: number;
}

/** The operands of a `FRAMES`. */
export interface Animation {
  readonly count: number;
  /** Milliseconds that each frame is shown. */
  readonly delayMs: number;
}

/** The result of {@link checkProgram}. */
export interface CheckResult {
  /** The program, or `undefined` if a diagnostic is an error. */
  readonly program: Program | undefined;
  /** In source order: the errors, or the warnings of a program without errors. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Bounds on the memory that a hostile program may take. */
export interface ParseOptions {
  /** Most instructions, and most labels, 0 or more; reading stops at the first one beyond. Default: no limit. */
  readonly maxInstructions?: number | undefined;
  /** Most diagnostics kept, 1 or more; one entry after them counts the rest. Default: no limit. */
  readonly maxDiagnostics?: number | undefined;
}
