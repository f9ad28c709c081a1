import { DiagnosticList } from "./diagnostic-list.ts";
import { findWarnings } from "./find-warnings.ts";
import { readMaxDiagnostics, readProgram } from "./read-program.ts";
import type { CheckResult, ParseOptions } from "./types.ts";

/**
 * Reads a program and reports all its errors, in source order, or its warnings if it has no error. Takes time linear in
 * the source's length. The language is specified in docs/language.md.
 *
 * @throws {TypeError} if `source` is not a string, or `options` not a plain object or one with an unknown name.
 * @throws {RangeError} if an option is not an integer in its range.
 */
export function checkProgram(source: string, options: ParseOptions = {}): CheckResult {
  const { program, errors } = readProgram(source, options);
  if (program === undefined) return { program, diagnostics: errors };
  const warnings = new DiagnosticList("warning", readMaxDiagnostics(options));
  for (const { code, span, message } of findWarnings(program)) warnings.add(code, span, message);
  return { program, diagnostics: warnings.toArray() };
}
