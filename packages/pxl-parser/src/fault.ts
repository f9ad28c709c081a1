import type { PxlErrorCode } from "./errors.ts";
import type { Suggestion } from "./nearest.ts";

/** The reason why a word is not a value of its operand. */
export class Fault {
  readonly code: PxlErrorCode;
  /** Returns the first part of the message, `expected …`. Called only for diagnostics that are kept. */
  readonly expected: () => string;
  /** Returns the word for "did you mean …?"; a string is certain. */
  readonly hint: () => Suggestion | string | undefined;

  constructor(
    code: PxlErrorCode,
    expected: () => string,
    hint: () => Suggestion | string | undefined = () => undefined,
  ) {
    this.code = code;
    this.expected = expected;
    this.hint = hint;
  }
}
