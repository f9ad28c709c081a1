import { RasterError } from "@gvpie/raster";

/** An adapter with the name that people know it by. */
export interface NamedAdapter {
  readonly adapter: GPUAdapter;
  readonly name: string;
}

/** The best name that an adapter's public information holds. Browsers tell little of it. */
export function nameOf({ device, description, vendor, architecture }: GPUAdapterInfo): string {
  // Dawn tells the device with a dash for whatever is no letter or digit, at its end too.
  return (
    device.replace(/-+$/, "") || description || [vendor, architecture].filter(Boolean).join(" ") || "unnamed"
  );
}

/**
 * The error for an adapter that cannot be had.
 *
 * @param wanted what was asked for; empty for any.
 * @param found names of those that there are.
 * @param remedy what would help where there is none.
 */
export function noAdapter(
  wanted: string,
  found: readonly string[],
  remedy: string,
  options?: ErrorOptions,
): RasterError {
  const message =
    found.length === 0
      ? `there is no WebGPU adapter: ${remedy}`
      : `no WebGPU adapter is called ${JSON.stringify(wanted)}; there are: ${found.join(", ")}`;
  return new RasterError("RASTER_NO_ADAPTER", message, options);
}

/** The error for an adapter that is software where hardware was asked for. */
export function noHardware(name: string): RasterError {
  return new RasterError(
    "RASTER_NO_ADAPTER",
    `there is no graphics card: the best WebGPU adapter, ${name}, is software`,
  );
}
