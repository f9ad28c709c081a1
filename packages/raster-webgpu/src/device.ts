import { RasterError, type RasterizerInfo } from "@gvpie/raster";
import { findAdapter } from "#gpu";

import { nameOf, noHardware } from "./adapter.ts";

/** A device and what to call it. */
export interface NamedDevice {
  readonly device: GPUDevice;
  readonly info: RasterizerInfo;
}

/** Which adapter to take. */
export interface AdapterChoice {
  /** Part of the adapter's name, in any case. Default: whichever is best, hardware first. */
  readonly adapter?: string | undefined;
  /** Whether to do without rather than take an adapter that is software. Default false. */
  readonly hardwareOnly?: boolean | undefined;
}

/**
 * A new device on a new adapter: one that has given a device gives no second.
 *
 * @throws {RasterError} `RASTER_NO_ADAPTER`, or `RASTER_BACKEND` where the adapter gives no device.
 */
export async function openDevice({
  adapter: wanted,
  hardwareOnly = false,
}: AdapterChoice = {}): Promise<NamedDevice> {
  const { adapter, name } = await findAdapter(wanted);
  if (hardwareOnly && adapter.info.isFallbackAdapter) throw noHardware(name);
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
