import { RasterError } from "@gvpie/raster";

/** Most specific first: a buffer that could not be allocated is also invalid wherever it is used. */
const FILTERS = ["out-of-memory", "validation", "internal"] as const;

/** The result of device calls, and the errors that the device reports for them later. */
export interface Scoped<T> {
  readonly result: T;
  /** Resolves if there were no errors; rejects with a {@link RasterError} `RASTER_OUT_OF_MEMORY` or `RASTER_BACKEND`. */
  readonly scopeErrors: Promise<void>;
}

/**
 * Runs `work` under error scopes. It must be synchronous: error scopes belong to the device, so that after an `await` they
 * would also catch the errors of other callers.
 */
export function withErrorScopes<T>(device: GPUDevice, work: () => T): Scoped<T> {
  for (const filter of FILTERS.toReversed()) device.pushErrorScope(filter);
  try {
    return { result: work(), scopeErrors: popErrorScopes(device) };
  } catch (error) {
    // The caller may use the device for other work, so its scopes must not stay open.
    popErrorScopes(device).catch(() => {});
    throw error;
  }
}

async function popErrorScopes(device: GPUDevice): Promise<void> {
  const [noMemory, invalid, internal] = await Promise.all(FILTERS.map(() => device.popErrorScope()));
  if (noMemory) throw new RasterError("RASTER_OUT_OF_MEMORY", `out of GPU memory: ${noMemory.message}`);
  const refusal = invalid ?? internal;
  if (refusal) throw new RasterError("RASTER_BACKEND", `the GPU refused the work: ${refusal.message}`);
}
