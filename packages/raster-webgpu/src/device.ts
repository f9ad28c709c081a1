import { checkOptions, describeValue } from "@gvpie/pxl-parser";
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

/** The names of {@link AdapterChoice}. */
export const ADAPTER_CHOICE_NAMES: ReadonlySet<string> = new Set<keyof AdapterChoice>([
  "adapter",
  "hardwareOnly",
]);

/** @throws {TypeError} if the choice is not a plain object, has other names than `names`, or a value has another type. */
export function checkAdapterChoice(
  choice: AdapterChoice,
  names: ReadonlySet<string> = ADAPTER_CHOICE_NAMES,
): void {
  checkOptions("options", choice, names);
  const { adapter, hardwareOnly } = choice;
  if (adapter !== undefined && typeof adapter !== "string") {
    throw new TypeError(`expected adapter as a string, got ${describeValue(adapter)}`);
  }
  if (hardwareOnly !== undefined && typeof hardwareOnly !== "boolean") {
    throw new TypeError(`expected hardwareOnly as a boolean, got ${describeValue(hardwareOnly)}`);
  }
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

/**
 * Describes a device's adapter.
 *
 * @throws {TypeError} if it is not a device.
 */
export function describeDevice(device: GPUDevice): RasterizerInfo {
  const { adapterInfo, queue } = (device ?? {}) as Partial<GPUDevice>;
  if (adapterInfo === undefined || queue === undefined) {
    throw new TypeError(`expected device as a GPUDevice, got ${describeValue(device)}`);
  }
  return { backend: "webgpu", adapter: adapterName(adapterInfo), fallback: adapterInfo.isFallbackAdapter };
}
