import { RasterError } from "@gvpie/raster";

/** An adapter and its display name. */
export interface NamedAdapter {
  readonly adapter: GPUAdapter;
  readonly name: string;
}

/** Returns the most specific name in an adapter's information. Browsers hide most of it. */
export function nameOf({ device, description, vendor, architecture }: GPUAdapterInfo): string {
  // Dawn replaces every character of the device name that is not a letter or digit by a dash, at its end too.
  return (
    device.replace(/-+$/, "") || description || [vendor, architecture].filter(Boolean).join(" ") || "unnamed"
  );
}

/**
 * Returns the error for a missing adapter.
 *
 * @param wanted part of the name that the caller asked for; empty for any adapter.
 * @param found names of the adapters found.
 * @param hint advice for the case that none was found.
 */
export function noAdapter(
  wanted: string,
  found: readonly string[],
  hint: string,
  options?: ErrorOptions,
): RasterError {
  const message =
    found.length === 0
      ? `there is no WebGPU adapter: ${hint}`
      : `expected a WebGPU adapter named ${JSON.stringify(wanted)}, found: ${found.join(", ")}`;
  return new RasterError("RASTER_NO_ADAPTER", message, options);
}

/** Returns the error for a software adapter if the caller asked for hardware. */
export function noHardware(name: string): RasterError {
  return new RasterError(
    "RASTER_NO_ADAPTER",
    `there is no graphics card: the best WebGPU adapter, ${name}, is software`,
  );
}
