import type { Program } from "@gvpie/pxl-parser";
import type { Rasterizer, RasterizerInfo, RenderOptions } from "@gvpie/raster";

import type { AdapterChoice } from "../device.ts";
import type { RenderedFrame } from "../types.ts";

export interface ProcessRasterizerOptions extends AdapterChoice {
  /** What renders while the GPU cannot. It belongs to the caller, and must outlive this rasteriser. */
  readonly cpu: Rasterizer;
  /** Canvases of fewer pixels are rendered by `cpu`. Default 0. */
  readonly minPixels?: number | undefined;
  /**
   * Programs that paint the canvas fewer times over than this are rendered by `cpu`, and so are programs too long to be
   * examined in a few milliseconds. Default 0: every program goes to the GPU.
   */
  readonly minLayers?: number | undefined;
  /** Milliseconds. The process is killed when it owes frames and none comes for so long. Default 10,000. */
  readonly timeoutMs?: number | undefined;
  /**
   * Milliseconds that a process may take to start: to load the driver, compile the shader and pass the self-test.
   * Default 60,000.
   */
  readonly startTimeoutMs?: number | undefined;
  /** Gives the first start up: the promise of the rasteriser rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * When to start the next process.
   *
   * @param deaths how often processes have died within the last minute, this time included.
   * @returns milliseconds from now. Default: 100, then 200, and from the third death on 600,000.
   */
  readonly restartDelayMs?: ((deaths: number) => number) | undefined;
  /** Receives what happens to the process. */
  readonly onEvent?: ((event: ProcessEvent) => void) | undefined;
}

/** Something that an operator may want to know. */
export type ProcessEvent =
  | { readonly type: "started"; readonly info: RasterizerInfo; readonly pid: number }
  | {
      readonly type: "died";
      readonly pid: number;
      /** How the process ended, and the end of what it had to say. */
      readonly reason: string;
      readonly restartInMs: number;
    };

export interface ProcessRenderOptions extends RenderOptions {
  /** Gives the frame up: its promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A rasteriser whose GPU work happens in a process of its own. */
export interface ProcessRasterizer extends Rasterizer {
  /** What renders the next frame: the adapter, or `cpu` while there is no process. */
  readonly info: RasterizerInfo;
  /** Of the process that renders; undefined while there is none. */
  readonly pid: number | undefined;
  render(program: string | Program, options?: ProcessRenderOptions): Promise<RenderedFrame>;
}
