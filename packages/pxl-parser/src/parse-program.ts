import { checkProgram } from "./check-program.ts";
import { PxlError, type Diagnostic } from "./errors.ts";
import type { ParseOptions, Program } from "./types.ts";

/**
 * Reads a program that should be correct.
 *
 * @throws {PxlError} when it is not; the error carries every diagnostic.
 * @throws {TypeError} when `source` is not a string.
 * @throws {RangeError} when an option is not an integer in its range.
 */
export function parseProgram(source: string, options?: ParseOptions): Program {
  const { program, diagnostics } = checkProgram(source, options);
  if (program === undefined) throw new PxlError(diagnostics as readonly [Diagnostic, ...Diagnostic[]]);
  return program;
}
