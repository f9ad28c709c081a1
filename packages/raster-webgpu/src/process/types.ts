import type { Program } from "@gvpie/pxl-parser";
import type { Rasterizer, RasterizerInfo, RenderOptions } from "@gvpie/raster";

import type { AdapterChoice } from "../device.ts";
import type { RenderedFrame } from "../types.ts";

export interface ProcessRasterizerOptions extends AdapterChoice {
  /** The fallback. The caller owns it, and closes it after this rasteriser. */
  readonly cpu: Rasterizer;
  /** Canvases of fewer pixels are rendered by `cpu`. Default 0. */
  readonly minPixels?: number | undefined;
  /**
   * Programs that paint the canvas fewer times over than this are rendered by `cpu`, and so are programs too long to be
   * examined in a few milliseconds. Default 0: every program goes to the GPU.
   */
  readonly minLayers?: number | undefined;
  /** Milliseconds without a message after which a process with frames in progress is killed. Default 10,000. */
  readonly timeoutMs?: number | undefined;
  /**
   * Milliseconds for a process to load the driver, compile the shader and pass the self-test.
   * Default 60,000.
   */
  readonly startTimeoutMs?: number | undefined;
  /** Aborts the first start: `createProcessRasterizer` rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Returns the delay before the next process starts, in milliseconds. Default: 100, then 200, and from the third death on
   * 600,000.
   *
   * @param deaths the number of deaths within the last minute, this one included.
   */
  readonly restartDelayMs?: ((deaths: number) => number) | undefined;
  /** Called when a process has started or died. */
  readonly onEvent?: ((event: ProcessEvent) => void) | undefined;
}

/** The start or death of a GPU process. */
export type ProcessEvent =
  | { readonly type: "started"; readonly info: RasterizerInfo; readonly pid: number }
  | {
      readonly type: "died";
      readonly pid: number;
      /** The signal, exit code or timeout that ended the process, and the end of its stderr. */
      readonly reason: string;
      readonly restartInMs: number;
    };

/** The options of every backend; here `signal` also ends a render in progress. */
export type ProcessRenderOptions = RenderOptions;

/** A rasteriser that uses the GPU in a child process. */
export interface ProcessRasterizer extends Rasterizer {
  /** The adapter, or `cpu` while no process is ready. */
  readonly info: RasterizerInfo;
  /** Process id of the GPU process; undefined while none is ready. */
  readonly pid: number | undefined;
  render(program: string | Program, options?: ProcessRenderOptions): Promise<RenderedFrame>;
  renderFrames(program: string | Program, options?: ProcessRenderOptions): AsyncIterable<RenderedFrame>;
}
