import type { PxlWarningCode } from "./errors.ts";
import type { Program, Span } from "./types.ts";

export interface Warning {
  readonly code: PxlWarningCode;
  readonly span: Span;
  readonly message: () => string;
}

/** What is suspicious about a program without errors, in source order. */
export function findWarnings(_program: Program): readonly Warning[] {
  return [];
}
