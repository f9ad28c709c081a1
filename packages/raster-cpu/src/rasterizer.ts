import { RasterError, type Rasterizer, type RasterizerInfo } from "@gvpie/raster";

import { renderProgram } from "./render.ts";

/** What every rasteriser of this package says of itself. */
export const CPU_INFO: RasterizerInfo = { backend: "cpu", adapter: "cpu", fallback: false };

/** A {@link Rasterizer} that draws on the calling thread; each render is done when the call returns. */
export function createCpuRasterizer(): Rasterizer {
  let isClosed = false;
  return {
    info: CPU_INFO,
    async render(program, options) {
      if (isClosed) throw new RasterError("RASTER_CLOSED", "the rasteriser is closed");
      return renderProgram(program, options);
    },
    close() {
      isClosed = true;
      return Promise.resolve();
    },
  };
}
