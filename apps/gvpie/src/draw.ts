import type { Frame, RasterizerInfo, RenderOptions } from "@gvpie/raster";
import { renderProgram } from "@gvpie/raster-cpu";
import type { AnyDiagnostic } from "./diagnostics.ts";
import { inputName } from "./input.ts";
import { toProgramError } from "./program-error.ts";

/** A rendered program. */
export interface Drawn {
  readonly frame: Frame;
  readonly warnings: readonly AnyDiagnostic[];
  /** The backend and adapter that rendered it. */
  readonly info: RasterizerInfo;
}

const CPU: RasterizerInfo = { backend: "cpu", adapter: "cpu", fallback: false };

/**
 * Renders the source text that was read from `path` on the CPU.
 *
 * @throws {ProgramError} if the program has errors, or fails at run time.
 * @throws {RasterError} if the canvas or a parameter is invalid, or a limit is exceeded.
 */
export function drawProgram(path: string, source: string, options: RenderOptions): Drawn {
  const warnings: AnyDiagnostic[] = [];
  try {
    const frame = renderProgram(source, { ...options, onWarning: (warning) => warnings.push(warning) });
    return { frame, warnings, info: CPU };
  } catch (error) {
    throw toProgramError(error, inputName(path), source);
  }
}

/**
 * Renders like `drawProgram`, on a WebGPU adapter without a fallback to the CPU.
 *
 * @throws as `drawProgram` does, and {RasterError} `RASTER_NO_ADAPTER` or `RASTER_BACKEND`.
 */
export async function drawOnAdapter(
  path: string,
  source: string,
  options: RenderOptions,
  adapter: string | undefined,
): Promise<Drawn> {
  const { openAdapter } = await import("./backends.ts");
  const rasterizer = await openAdapter(adapter);
  try {
    const warnings: AnyDiagnostic[] = [];
    const { info } = rasterizer;
    const frame = await rasterizer.render(source, {
      ...options,
      onWarning: (warning) => warnings.push(warning),
    });
    return { frame, warnings, info };
  } catch (error) {
    throw toProgramError(error, inputName(path), source);
  } finally {
    await rasterizer.close();
  }
}
