import type { Span } from "./span.ts";

/** The code of an error. Stable across releases; safe to branch on. */
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
  | "PXL_NOT_A_NUMBER"
  | "PXL_NOT_AN_ARRAY"
  | "PXL_UNKNOWN_FUNCTION"
  | "PXL_ARGUMENT_COUNT"
  | "PXL_TOO_DEEP"
  | "PXL_BAD_TEMPLATE"
  | "PXL_NOT_A_FONT"
  | "PXL_NOT_A_DIRECTION"
  | "PXL_NOT_A_PIXEL"
  | "PXL_NO_IMAGE"
  | "PXL_MISSING_ROW"
  | "PXL_EXTRA_ROW"
  | "PXL_DUPLICATE_DIRECTIVE"
  | "PXL_NOT_AT_TOP_LEVEL"
  | "PXL_UNCLOSED_BLOCK"
  | "PXL_NO_BLOCK"
  | "PXL_JUMP_INTO_BLOCK"
  | "PXL_JUMP_OUT_OF_BLOCK"
  | "PXL_TOO_MANY_LOCALS"
  | "PXL_TOO_MANY_CELLS"
  | "PXL_TOO_MANY_POINTS"
  | "PXL_LONE_SURROGATE"
  | "PXL_CONTROL_CHARACTER"
  | "PXL_TOO_MANY_INSTRUCTIONS"
  | "PXL_TOO_MANY_LABELS"
  | "PXL_TOO_MANY_DIAGNOSTICS";

/** The code of a warning. Stable across releases; safe to branch on. */
export type PxlWarningCode =
  | "PXL_UNREACHABLE"
  | "PXL_NEVER_SET"
  | "PXL_NEVER_HALTS"
  | "PXL_UNUSED_LABEL"
  | "PXL_UNUSED_PARAM"
  | "PXL_UNUSED_PROCEDURE"
  | "PXL_NEVER_READ"
  | "PXL_LITERAL_BRACES"
  | "PXL_LITERAL_EXPRESSION"
  | "PXL_LITERAL_QUOTES";

/**
 * A replacement that removes the cause of a diagnostic: the code points of the span, all on one line, become `text`,
 * which may have several lines, separated by LF.
 */
export interface Fix extends Span {
  readonly text: string;
}

/** An error or a warning, with its position in the source. */
export interface Diagnostic extends Span {
  /** A program with an error cannot be rendered; a warning does not prevent it. */
  readonly severity: "error" | "warning";
  readonly code: PxlErrorCode | PxlWarningCode;
  /** In English, for people: `expected …, got …` for an error. May change in any release. */
  readonly message: string;
  /** Present if there is exactly one sensible correction. Tools may apply it without asking. */
  readonly fix?: Fix;
}

/** The errors of a program; `code` is that of the first one. */
export class PxlError extends Error {
  override readonly name = "PxlError";
  readonly code: PxlErrorCode;
  /** All errors, in source order. Never empty. */
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly [Diagnostic, ...Diagnostic[]], options?: ErrorOptions) {
    const [first] = diagnostics;
    super(`line ${first.line}, column ${first.column}: ${first.message}`, options);
    // A list that begins with an error contains only errors.
    this.code = first.code as PxlErrorCode;
    this.diagnostics = diagnostics;
  }
}
