import { RasterError, type Rasterizer, type RasterizerInfo } from "@gvpie/raster";

import { renderFrames } from "./frames/render-frames.ts";
import { renderProgram } from "./render.ts";

/** The `info` of every rasteriser of this package. */
export const CPU_INFO: RasterizerInfo = { backend: "cpu", adapter: "cpu", fallback: false };

/** Returns a {@link Rasterizer} that draws on the calling thread. A frame is finished when `render` returns its promise. */
export function createCpuRasterizer(): Rasterizer {
  let isClosed = false;
  const checkOpen = () => {
    if (isClosed) throw new RasterError("RASTER_CLOSED", "the rasteriser is closed");
  };
  return {
    info: CPU_INFO,
    async render(program, options) {
      checkOpen();
      return renderProgram(program, options);
    },
    async *renderFrames(program, options) {
      checkOpen();
      for await (const frame of renderFrames(program, options)) {
        checkOpen();
        yield frame;
      }
    },
    close() {
      isClosed = true;
      return Promise.resolve();
    },
  };
}
