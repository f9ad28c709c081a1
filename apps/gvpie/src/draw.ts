import type { Frame, RenderOptions } from "@gvpie/raster";
import { renderProgram } from "@gvpie/raster-cpu";
import type { AnyDiagnostic } from "./diagnostics.ts";
import { inputName } from "./input.ts";
import { programErrorOf } from "./program-error.ts";

/** A program drawn, with what it was warned of. */
export interface Drawn {
  readonly frame: Frame;
  readonly warnings: readonly AnyDiagnostic[];
}

/**
 * Draws the source text that came from `path`.
 *
 * @throws {ProgramError} when it has errors, or goes wrong where it runs.
 * @throws {RasterError} when the canvas or a parameter is wrong, or a limit exceeded.
 */
export function drawProgram(path: string, source: string, options: RenderOptions): Drawn {
  const warnings: AnyDiagnostic[] = [];
  try {
    const frame = renderProgram(source, { ...options, onWarning: (warning) => warnings.push(warning) });
    return { frame, warnings };
  } catch (error) {
    throw programErrorOf(error, inputName(path), source);
  }
}
