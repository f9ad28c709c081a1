import type { Program } from "@gvpie/pxl-parser";
import type { Frame, Rasterizer, RenderOptions } from "@gvpie/raster";

export interface WorkerRasterizerOptions {
  /** Renders at the same time, each on a thread of its own: 1 … 64. Default 1. Threads start when first needed. */
  readonly threads?: number | undefined;
}

export interface WorkerRenderOptions extends RenderOptions {
  /** Ends the render: its promise rejects with the signal's reason, and its thread is ended, however busy. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A {@link Rasterizer} that draws on worker threads. Source text travels to them faster than a parsed program.
 *
 * A render whose thread dies rejects with `RASTER_BACKEND`, or `RASTER_OUT_OF_MEMORY` where that is why; the next one
 * has a new thread. Idle threads do not keep the process alive.
 */
export interface WorkerRasterizer extends Rasterizer {
  render(program: string | Program, options?: WorkerRenderOptions): Promise<Frame>;
}
