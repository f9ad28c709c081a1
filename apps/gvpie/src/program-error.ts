import { PxlError } from "@gvpie/pxl-parser";
import type { AnyDiagnostic, RunDiagnostic } from "./diagnostics.ts";
import { CommandError } from "./errors.ts";
import { isRasterError } from "./raster-error.ts";

/** Errors of one program that are kept; a hostile one has millions. */
export const MAX_DIAGNOSTICS = 1000;

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

/** The error with the source that it points into; anything that has no place in a source is returned as it is. */
export function programErrorOf(error: unknown, file: string, source: string): unknown {
  if (error instanceof PxlError) return new ProgramError(file, source, error.diagnostics, error);
  const found = runDiagnosticOf(error);
  return found === undefined ? error : new ProgramError(file, source, [found], error);
}

/** What an error says about the place in the program where it happened; `undefined` where it has none. */
export function runDiagnosticOf(error: unknown): RunDiagnostic | undefined {
  if (!isRasterError(error)) return undefined;
  const { code, reason: message, line, column, length } = error;
  if (line === undefined || column === undefined || length === undefined) return undefined;
  return { severity: "error", code, message, line, column, length };
}

/** `1 error`, `2 errors and 1 warning`, `more than 1000 errors`. */
export function countOf(diagnostics: readonly AnyDiagnostic[]): string {
  const parts = (["error", "warning"] as const).flatMap((severity) => {
    const found = diagnostics.filter((d) => d.severity === severity);
    const kept = found.filter((d) => d.code !== "PXL_TOO_MANY_DIAGNOSTICS").length;
    const more = kept < found.length ? "more than " : "";
    return kept === 0 ? [] : [`${more}${kept} ${severity}${kept === 1 ? "" : "s"}`];
  });
  return parts.join(" and ");
}
