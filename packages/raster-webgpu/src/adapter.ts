import { RasterError } from "@gvpie/raster";

/** An adapter and its display name. */
export interface NamedAdapter {
  readonly adapter: GPUAdapter;
  readonly name: string;
}

/** Returns the most specific name in an adapter's information, of which browsers hide most. */
export function adapterName({ device, description, vendor, architecture }: GPUAdapterInfo): string {
  // Dawn replaces characters of the device name that are not letters or digits by dashes, even at its end.
  return (
    device.replace(/-+$/, "") || description || [vendor, architecture].filter(Boolean).join(" ") || "unnamed"
  );
}

/**
 * Returns the error for a missing adapter.
 *
 * @param wanted part of the name that the caller asked for; empty for any adapter.
 * @param found names of the adapters found.
 * @param hint advice if none was found.
 */
export function adapterMissing(
  wanted: string,
  found: readonly string[],
  hint: string,
  options?: ErrorOptions,
): RasterError {
  const message =
    found.length === 0
      ? `there is no WebGPU adapter: ${hint}`
      : `expected a WebGPU adapter named ${JSON.stringify(wanted)}, got ${found.join(", ")}`;
  return new RasterError("RASTER_NO_ADAPTER", message, options);
}

/** Returns the error for a software adapter when the caller asked for hardware. */
export function hardwareMissing(name: string): RasterError {
  const message = `there is no graphics card: the best WebGPU adapter, ${name}, is software`;
  return new RasterError("RASTER_NO_ADAPTER", message);
}
