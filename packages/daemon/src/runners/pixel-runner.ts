import { drawForCartridge } from "@gvpie/cartridge";
import {
  DEFAULT_HEIGHT,
  DEFAULT_LIMITS,
  DEFAULT_WIDTH,
  type Frame,
  type Rasterizer,
  type RasterizerInfo,
  type RenderOptions,
} from "@gvpie/raster";
import { diagnosticsText, type Diagnostic } from "../failure-text.ts";
import type { ScriptOptions } from "../store/index.ts";
import type { Drawing, Runner, RunResult } from "../types.ts";
import { useCapability } from "./use-capability.ts";

/**
 * Creates a runner for `pixel` scripts: draws the program in this process, every frame of an animation. A rasteriser that accepts a
 * `signal` stops rendering when the run is aborted. The caller closes the rasteriser.
 */
export function createPixelRunner({ rasterizer }: { readonly rasterizer: Rasterizer }): Runner {
  return {
    run: (script, context) =>
      useCapability(rasterizer, script, context, (limited) =>
        drawPixels(script.code, script.options, limited, context.signal),
      ),
  };
}

/** Draws a program, every frame of an animation. */
export async function drawPixels(
  code: string,
  options: ScriptOptions,
  rasterizer: Rasterizer,
  signal: AbortSignal,
): Promise<RunResult> {
  const { width, height, background, params } = options;
  let warnings: Diagnostic[] = [];
  const onWarning = (warning: Diagnostic): unknown => warnings.push(warning);
  const draw = async (all: boolean, limits: RenderOptions["limits"]): Promise<Frames> => {
    warnings = [];
    const request: RenderRequest = { width, height, background, params, limits, onWarning, signal };
    if (!all) return [await rasterizer.render(code, request)];
    return collectFrames(rasterizer.renderFrames(code, request));
  };
  let canvas: Canvas = {
    width: width ?? DEFAULT_WIDTH,
    height: height ?? DEFAULT_HEIGHT,
    frames: undefined,
  };
  let result = await drawForCartridge(canvas, DEFAULT_LIMITS, (limits) => draw(false, limits));
  const found = canvasOf(result.drawn[0]);
  if (!isSame(canvas, found)) {
    // The program has another canvas, or is an animation; the limits that it needs depend on both.
    canvas = found;
    const all = found.frames !== undefined;
    result = await drawForCartridge(canvas, DEFAULT_LIMITS, (limits) => draw(all, limits));
  }
  const { drawn, limits } = result;
  const { backend } = rasterizer.info;
  const adapter = adapterName(rasterizer.info);
  return {
    drawing: { ...pictureOf(drawn), program: code, background, params, limits, backend, adapter },
    stdout: drawnText(drawn),
    stderr: diagnosticsText(warnings),
  };
}

/** The frames of an animation, or one picture. */
export type Frames = readonly [Frame, ...Frame[]];

/** Collects the frames of an animation; the limits of the render bound their memory. */
export async function collectFrames(rendered: AsyncIterable<Frame>): Promise<Frames> {
  const frames: Frame[] = [];
  for await (const frame of rendered) frames.push(frame);
  return frames as [Frame, ...Frame[]];
}

/** Returns the pictures of a drawing: of an animation every frame. */
export function pictureOf(frames: Frames): Pick<Drawing, "frame" | "frames"> {
  const [frame] = frames;
  return frame.animation === undefined ? { frame } : { frame, frames };
}

/** Returns the stdout of a run that drew. */
export function drawnText(frames: Frames): string {
  const [{ width, height, animation }] = frames;
  const count = animation === undefined ? "" : `${frames.length} frames of `;
  return `drew ${count}${width}×${height} pixels`;
}

interface Canvas {
  readonly width: number;
  readonly height: number;
  /** Undefined without an animation. */
  readonly frames: number | undefined;
}

function canvasOf({ width, height, animation }: Frame): Canvas {
  return { width, height, frames: animation?.frames };
}

function isSame(a: Canvas, b: Canvas): boolean {
  return a.width === b.width && a.height === b.height && a.frames === b.frames;
}

/** Returns the name of the adapter, marked if it is a software one. */
export function adapterName(info: RasterizerInfo): string {
  return info.fallback ? `${info.adapter}, software` : info.adapter;
}

/** Render options with a signal. A rasteriser without support for it ignores it. */
export interface RenderRequest extends RenderOptions {
  readonly signal: AbortSignal;
}
