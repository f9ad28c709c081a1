import { RasterError, type RasterizerInfo } from "@gvpie/raster";
import { findAdapter } from "#gpu";

import { nameOf } from "./adapter.ts";

/** A device and what to call it. */
export interface NamedDevice {
  readonly device: GPUDevice;
  readonly info: RasterizerInfo;
}

/**
 * A new device on a new adapter: one that has given a device gives no second.
 *
 * @throws {RasterError} `RASTER_NO_ADAPTER`, or `RASTER_BACKEND` where the adapter gives no device.
 */
export async function openDevice(wanted?: string): Promise<NamedDevice> {
  const { adapter, name } = await findAdapter(wanted);
  try {
    const device = await adapter.requestDevice({ label: "gvpie" });
    return { device, info: { backend: "webgpu", adapter: name, fallback: adapter.info.isFallbackAdapter } };
  } catch (cause) {
    throw new RasterError("RASTER_BACKEND", `the adapter ${name} gives no device`, { cause });
  }
}

/** What a device tells of its adapter. */
export function describeDevice({ adapterInfo }: GPUDevice): RasterizerInfo {
  return { backend: "webgpu", adapter: nameOf(adapterInfo), fallback: adapterInfo.isFallbackAdapter };
}
