import type { PxlErrorCode } from "./errors.ts";

/** The reason why a word is not a value of its operand. */
export class Fault {
  readonly code: PxlErrorCode;
  /** Returns the first part of the message, `expected …`. Called only for diagnostics that are kept. */
  readonly expected: () => string;
  /** Returns the word for "did you mean …?", or `undefined`. */
  readonly hint: () => string | undefined;

  constructor(code: PxlErrorCode, expected: () => string, hint: () => string | undefined = () => undefined) {
    this.code = code;
    this.expected = expected;
    this.hint = hint;
  }
}
