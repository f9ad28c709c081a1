import type { Span } from "./span.ts";

/** What makes a source no program. Stable across releases; safe to branch on. */
export type PxlErrorCode =
  | "PXL_UNKNOWN_OPCODE"
  | "PXL_MISSING_OPERAND"
  | "PXL_EXTRA_OPERAND"
  | "PXL_NOT_AN_INTEGER"
  | "PXL_OUT_OF_RANGE"
  | "PXL_MISSING_TEXT"
  | "PXL_NOT_A_COLOR"
  | "PXL_NOT_AN_ALIGNMENT"
  | "PXL_NOT_A_ROW"
  | "PXL_NOT_A_NAME"
  | "PXL_NOT_A_RELATION"
  | "PXL_UNDECLARED_NAME"
  | "PXL_DUPLICATE_NAME"
  | "PXL_NOT_A_VARIABLE"
  | "PXL_UNDEFINED_LABEL"
  | "PXL_DUPLICATE_LABEL"
  | "PXL_LONE_SURROGATE"
  | "PXL_CONTROL_CHARACTER"
  | "PXL_TOO_MANY_INSTRUCTIONS"
  | "PXL_TOO_MANY_LABELS"
  | "PXL_TOO_MANY_DIAGNOSTICS";

/** What is suspicious about a program. */
export type PxlWarningCode =
  | "PXL_UNREACHABLE"
  | "PXL_NEVER_SET"
  | "PXL_NEVER_HALTS"
  | "PXL_UNUSED_LABEL"
  | "PXL_UNUSED_PARAM"
  | "PXL_LITERAL_BRACES";

/** One remark about a program, with its place in the source. */
export interface Diagnostic extends Span {
  /** A program with an error cannot be rendered; a warning leaves it as it is. */
  readonly severity: "error" | "warning";
  readonly code: PxlErrorCode | PxlWarningCode;
  /** What was expected and what was found, in English; for people, and free to improve at any time. */
  readonly message: string;
}

/** A program the parser could not accept; `code` is that of the first diagnostic. */
export class PxlError extends Error {
  override readonly name = "PxlError";
  readonly code: PxlErrorCode;
  /** Everything found, in source order. Never empty. */
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly [Diagnostic, ...Diagnostic[]], options?: ErrorOptions) {
    const [first] = diagnostics;
    super(`line ${first.line}, column ${first.column}: ${first.message}`, options);
    // A list that begins with an error holds errors alone.
    this.code = first.code as PxlErrorCode;
    this.diagnostics = diagnostics;
  }
}
