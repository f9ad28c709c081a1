import { RasterError, type Rasterizer } from "@gvpie/raster";
import { assertConforms, rasterCases } from "@gvpie/raster/conformance";

/**
 * Renders the conformance kit and compares every byte.
 *
 * @throws {RasterError} `RASTER_BACKEND` with the first difference.
 */
export async function selfTest(rasterizer: Rasterizer): Promise<void> {
  try {
    for (const raw of rasterCases) await assertConforms(rasterizer, raw);
  } catch (cause) {
    const { adapter } = rasterizer.info;
    const difference = cause instanceof Error ? cause.message : String(cause);
    throw new RasterError("RASTER_BACKEND", `${adapter} fails the self-test: ${difference}`, { cause });
  }
}
