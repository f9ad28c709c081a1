import { RasterError, type Rasterizer } from "@gvpie/raster";
import { assertConforms, rasterCases } from "@gvpie/raster/conformance";

/**
 * Renders the conformance kit, many frames in flight at once, and compares every byte.
 *
 * @throws {RasterError} `RASTER_BACKEND` with the first difference.
 */
export async function selfTest(rasterizer: Rasterizer): Promise<void> {
  const results = await Promise.allSettled(
    rasterCases.map((rasterCase) => assertConforms(rasterizer, rasterCase)),
  );
  const failure = results.find((result) => result.status === "rejected");
  if (failure === undefined) return;
  const cause: unknown = failure.reason;
  const { adapter } = rasterizer.info;
  const difference = cause instanceof Error ? cause.message : String(cause);
  throw new RasterError("RASTER_BACKEND", `${adapter} fails the self-test: ${difference}`, { cause });
}
