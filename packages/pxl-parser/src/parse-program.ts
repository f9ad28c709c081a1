import { PxlError } from "./errors.ts";
import { readProgram } from "./read-program.ts";
import type { ParseOptions, Program } from "./types.ts";

/**
 * Reads a program.
 *
 * @throws {PxlError} if the program has errors; the error holds all of them.
 * @throws {TypeError} if `source` is not a string, or `options` not a plain object or one with an unknown name.
 * @throws {RangeError} if an option is not an integer in its range.
 */
export function parseProgram(source: string, options?: ParseOptions): Program {
  const { program, errors } = readProgram(source, options);
  if (program === undefined) throw new PxlError(errors);
  return program;
}
