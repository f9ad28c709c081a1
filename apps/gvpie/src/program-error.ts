import { checkProgram } from "@gvpie/pxl-parser";
import type { AnyDiagnostic } from "./diagnostics.ts";
import { CommandError } from "./errors.ts";

/** A program with errors, kept with its source so that they can be pointed at. */
export class ProgramError extends CommandError {
  /** The file as messages name it. */
  readonly file: string;
  readonly source: string;
  readonly diagnostics: readonly AnyDiagnostic[];

  constructor(file: string, source: string, diagnostics: readonly AnyDiagnostic[], cause?: unknown) {
    super(diagnostics[0]?.code ?? "BAD_PROGRAM", `${file} has ${countOf(diagnostics)}`, { cause });
    this.file = file;
    this.source = source;
    this.diagnostics = diagnostics;
  }
}

/** `1 error`, `2 errors and 1 warning`. */
export function countOf(diagnostics: readonly AnyDiagnostic[]): string {
  const parts = (["error", "warning"] as const).flatMap((severity) => {
    const count = diagnostics.filter((d) => d.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}${count === 1 ? "" : "s"}`];
  });
  return parts.join(" and ");
}

/** @throws {ProgramError} when the program has errors. */
export function checkedProgram(file: string, source: string): void {
  const { program, diagnostics } = checkProgram(source);
  if (program === undefined) throw new ProgramError(file, source, diagnostics);
}
