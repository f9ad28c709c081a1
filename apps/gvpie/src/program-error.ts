import { PxlError } from "@gvpie/pxl-parser";
import type { AnyDiagnostic, RunDiagnostic } from "./diagnostics.ts";
import { CommandError } from "./errors.ts";
import { isRasterError } from "./raster-error.ts";

/** Maximum number of errors kept for one program; a hostile program has millions. */
export const MAX_DIAGNOSTICS = 1000;

/** A program with errors, with the source that they point into. */
export class ProgramError extends CommandError {
  /** Name of the file in messages. */
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

/** Adds the source to an error that points into it; returns any other error unchanged. */
export function toProgramError(error: unknown, file: string, source: string): unknown {
  if (error instanceof PxlError) return new ProgramError(file, source, error.diagnostics, error);
  const found = toRunDiagnostic(error);
  return found === undefined ? error : new ProgramError(file, source, [found], error);
}

/** Returns the diagnostic of a runtime error; undefined if the error has no position in the program. */
export function toRunDiagnostic(error: unknown): RunDiagnostic | undefined {
  if (!isRasterError(error)) return undefined;
  const { code, reason, line, column, length } = error;
  const message = code === "RASTER_LIMIT_FUEL" ? `${reason}; --fuel allows more` : reason;
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
