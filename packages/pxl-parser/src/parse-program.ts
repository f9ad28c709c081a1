import { PxlError } from "./errors.ts";
import { readProgram } from "./read-program.ts";
import type { ParseOptions, Program } from "./types.ts";

/**
 * Reads a program that should be correct.
 *
 * @throws {PxlError} when it is not; the error carries every diagnostic.
 * @throws {TypeError} when `source` is not a string.
 * @throws {RangeError} when an option is not an integer in its range.
 */
export function parseProgram(source: string, options?: ParseOptions): Program {
  const { program, errors } = readProgram(source, options);
  if (program === undefined) throw new PxlError(errors);
  return program;
}
