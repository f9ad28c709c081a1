import type { PxlErrorCode } from "./errors.ts";

/** Why a word is no value of its operand. */
export class Fault {
  readonly code: PxlErrorCode;
  /** What was expected; called only when somebody will read it. */
  readonly expected: () => string;
  /** What to try instead, where that is known: "did you mean …?". */
  readonly hint: () => string | undefined;

  constructor(code: PxlErrorCode, expected: () => string, hint: () => string | undefined = () => undefined) {
    this.code = code;
    this.expected = expected;
    this.hint = hint;
  }
}
