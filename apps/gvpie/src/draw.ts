import type { Frame, Rasterizer, RasterizerInfo, RenderOptions } from "@gvpie/raster";
import { renderFrames, renderProgram } from "@gvpie/raster-cpu";
import type { AnyDiagnostic } from "./diagnostics.ts";
import { inputName } from "./input.ts";
import { toProgramError } from "./program-error.ts";

/** A rendered program. */
export interface Drawn {
  /** One picture, or all frames of an animation. */
  readonly frames: readonly [Frame, ...Frame[]];
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
    return { frames: [frame], warnings, info: CPU };
  } catch (error) {
    throw toProgramError(error, inputName(path), source);
  }
}

/** Renders like `drawProgram`, but all frames of an animation. */
export async function drawFrames(path: string, source: string, options: RenderOptions): Promise<Drawn> {
  const warnings: AnyDiagnostic[] = [];
  try {
    const rendered = renderFrames(source, { ...options, onWarning: (warning) => warnings.push(warning) });
    return { frames: await collect(rendered), warnings, info: CPU };
  } catch (error) {
    throw toProgramError(error, inputName(path), source);
  }
}

/**
 * Renders like `drawProgram` or, with `all`, like `drawFrames`, on a WebGPU adapter without a fallback to the CPU.
 *
 * @throws as `drawProgram` does, and {RasterError} `RASTER_NO_ADAPTER` or `RASTER_BACKEND`.
 */
export async function drawOnAdapter(
  path: string,
  source: string,
  options: RenderOptions,
  adapter: string | undefined,
  all: boolean,
): Promise<Drawn> {
  const { openAdapter } = await import("./backends.ts");
  const rasterizer = await openAdapter(adapter);
  try {
    return await drawOn(rasterizer, path, source, options, all);
  } finally {
    await rasterizer.close();
  }
}

/** Renders like `drawOnAdapter`, on an open rasteriser. */
export async function drawOn(
  rasterizer: Rasterizer,
  path: string,
  source: string,
  options: RenderOptions,
  all: boolean,
): Promise<Drawn> {
  try {
    const warnings: AnyDiagnostic[] = [];
    const { info } = rasterizer;
    const request = { ...options, onWarning: (warning: AnyDiagnostic) => warnings.push(warning) };
    const frames = all
      ? await collect(rasterizer.renderFrames(source, request))
      : ([await rasterizer.render(source, request)] as const);
    return { frames, warnings, info };
  } catch (error) {
    throw toProgramError(error, inputName(path), source);
  }
}

/** The limits bound the memory of all frames together. */
async function collect(rendered: AsyncIterable<Frame>): Promise<readonly [Frame, ...Frame[]]> {
  const frames: Frame[] = [];
  for await (const frame of rendered) frames.push(frame);
  return frames as [Frame, ...Frame[]];
}
