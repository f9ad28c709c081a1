import { RasterError } from "@gvpie/raster";

/** In the order of blame: a buffer for which there was no memory is also invalid wherever it is used. */
const FILTERS = ["out-of-memory", "validation", "internal"] as const;

/** What was done, and the device's judgement of it. */
export interface Guarded<T> {
  readonly result: T;
  /** Resolves if all went well; rejects with a {@link RasterError} `RASTER_OUT_OF_MEMORY` or `RASTER_BACKEND`. */
  readonly judgement: Promise<void>;
}

/**
 * Runs `work` under error scopes. It must be synchronous: scopes belong to the whole device, and would catch what others
 * do meanwhile.
 */
export function guarded<T>(device: GPUDevice, work: () => T): Guarded<T> {
  for (const filter of FILTERS.toReversed()) device.pushErrorScope(filter);
  let judgement: Promise<void> | undefined;
  try {
    const result = work();
    judgement = judge(device);
    return { result, judgement };
  } finally {
    // An exception must not leave the scopes behind on a device that others use too.
    if (judgement === undefined) judge(device).catch(() => {});
  }
}

async function judge(device: GPUDevice): Promise<void> {
  const [noMemory, invalid, internal] = await Promise.all(FILTERS.map(() => device.popErrorScope()));
  if (noMemory) throw new RasterError("RASTER_OUT_OF_MEMORY", `no GPU memory: ${noMemory.message}`);
  const refusal = invalid ?? internal;
  if (refusal) throw new RasterError("RASTER_BACKEND", `the GPU refused the work: ${refusal.message}`);
}
