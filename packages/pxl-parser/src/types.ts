import type { Diagnostic } from "./errors.ts";
import type { Instruction, ParamInstruction } from "./instructions.ts";
import type { Span } from "./span.ts";

/** A label of a program. */
export interface Label {
  /** Index of the instruction after the label; the number of instructions if none follows. */
  readonly index: number;
  /** The name and its colon. */
  readonly span: Span;
}

/** A program without errors. */
export interface Program {
  /** Version of the language that the program is written in. */
  readonly language: "1";
  /** In source order, including the instructions after `HALT`. */
  readonly instructions: readonly Instruction[];
  /** By name, in source order. */
  readonly labels: ReadonlyMap<string, Label>;
  /** In source order. */
  readonly params: readonly ParamInstruction[];
  /** True if no instruction jumps: each line runs once, in source order. */
  readonly straight: boolean;
  /** True if the program is straight and has no variables and no references: nothing depends on a value. */
  readonly plain: boolean;
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
