import type { Frame, RasterizerInfo, RenderOptions } from "@gvpie/raster";
import { renderProgram } from "@gvpie/raster-cpu";
import type { AnyDiagnostic } from "./diagnostics.ts";
import { inputName } from "./input.ts";
import { programErrorOf } from "./program-error.ts";

/** A program drawn, with what it was warned of. */
export interface Drawn {
  readonly frame: Frame;
  readonly warnings: readonly AnyDiagnostic[];
  /** What drew it. */
  readonly info: RasterizerInfo;
}

const CPU: RasterizerInfo = { backend: "cpu", adapter: "cpu", fallback: false };

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
    return { frame, warnings, info: CPU };
  } catch (error) {
    throw programErrorOf(error, inputName(path), source);
  }
}

/**
 * The same on a WebGPU adapter, which never falls back to the CPU.
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
    throw programErrorOf(error, inputName(path), source);
  } finally {
    await rasterizer.close();
  }
}
