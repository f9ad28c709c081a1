import { RasterError, type RasterizerInfo } from "@gvpie/raster";
import { findAdapter } from "#gpu";

import { adapterName, hardwareMissing } from "./adapter.ts";

/** A device and the description of its adapter. */
export interface NamedDevice {
  readonly device: GPUDevice;
  readonly info: RasterizerInfo;
}

/** Selects an adapter. */
export interface AdapterChoice {
  /** Part of the adapter's name; case is ignored. Default: the first hardware adapter, else the first one. */
  readonly adapter?: string | undefined;
  /** True to fail rather than use a software adapter. Default false. */
  readonly hardwareOnly?: boolean | undefined;
}

/**
 * Opens a device, always on a new adapter object: an adapter gives only one device.
 *
 * @throws {RasterError} `RASTER_NO_ADAPTER`, or `RASTER_BACKEND` if the adapter gives no device.
 */
export async function openDevice({
  adapter: wanted,
  hardwareOnly = false,
}: AdapterChoice = {}): Promise<NamedDevice> {
  const { adapter, name } = await findAdapter(wanted);
  if (hardwareOnly && adapter.info.isFallbackAdapter) throw hardwareMissing(name);
  try {
    const device = await adapter.requestDevice({ label: "gvpie" });
    return { device, info: { backend: "webgpu", adapter: name, fallback: adapter.info.isFallbackAdapter } };
  } catch (cause) {
    throw new RasterError("RASTER_BACKEND", `the adapter ${name} gives no device`, { cause });
  }
}

/** Describes a device's adapter. */
export function describeDevice({ adapterInfo }: GPUDevice): RasterizerInfo {
  return { backend: "webgpu", adapter: adapterName(adapterInfo), fallback: adapterInfo.isFallbackAdapter };
}
