import type { Span } from "./types.ts";

/** Stable across releases; safe to branch on. */
export type PxlErrorCode =
  | "PXL_UNKNOWN_OPCODE"
  | "PXL_MISSING_OPERAND"
  | "PXL_EXTRA_OPERAND"
  | "PXL_NOT_AN_INTEGER"
  | "PXL_OUT_OF_RANGE"
  | "PXL_MISSING_TEXT"
  | "PXL_LONE_SURROGATE"
  | "PXL_CONTROL_CHARACTER"
  | "PXL_TOO_MANY_INSTRUCTIONS"
  | "PXL_TOO_MANY_DIAGNOSTICS";

/** One remark about a program, with its place in the source. */
export interface Diagnostic extends Span {
  /** A program with an error cannot be rendered; a warning leaves it as it is. */
  readonly severity: "error" | "warning";
  readonly code: PxlErrorCode;
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
    this.code = first.code;
    this.diagnostics = diagnostics;
  }
}
