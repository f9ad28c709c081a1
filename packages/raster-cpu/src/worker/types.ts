import type { Program } from "@gvpie/pxl-parser";
import type { Frame, Rasterizer, RenderOptions } from "@gvpie/raster";

export interface WorkerRasterizerOptions {
  /** Threads, and so renders at the same time: 1 … 64. Default 1. A thread starts with its first render. */
  readonly threads?: number | undefined;
}

/** The options of every backend; here `signal` also ends a render in progress, and with it its thread. */
export type WorkerRenderOptions = RenderOptions;

/**
 * A {@link Rasterizer} that draws on worker threads. Source text is sent to them faster than a parsed program.
 *
 * A render whose thread dies rejects with `RASTER_BACKEND`, or `RASTER_OUT_OF_MEMORY` if it ran out of memory. The next
 * render has a new thread. Idle threads do not keep the process alive.
 */
export interface WorkerRasterizer extends Rasterizer {
  render(program: string | Program, options?: WorkerRenderOptions): Promise<Frame>;
}
