import { parseProgram } from "./parse-program.ts";
import type { Language } from "./types.ts";

/**
 * Returns the least version of the language that has everything that a program uses, as `Program.language` does.
 *
 * @throws {PxlError} if the program has errors.
 * @throws {TypeError} if `source` is not a string.
 */
export function languageOf(source: string): Language {
  return parseProgram(source).language;
}
