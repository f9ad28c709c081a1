import type { Program } from "@gvpie/pxl-parser";
import type { RenderOptions } from "@gvpie/raster";

import { openDevice } from "./device.ts";
import { createWebGpuRasterizer, DeviceRasterizer } from "./rasterizer.ts";
import type { RenderedFrame, WebGpuRasterizer } from "./types.ts";

/** How a program becomes a frame, and where. */
export interface WebGpuRenderOptions extends RenderOptions {
  /** A device of the caller's. Default: one that this module finds at the first call and keeps. */
  readonly device?: GPUDevice | undefined;
}

const shared = new DeviceRasterizer({ open: () => openDevice(), isOwner: true });
const byDevice = new WeakMap<GPUDevice, WebGpuRasterizer>();

/**
 * Renders a program with WebGPU. It never falls back to the CPU: without an adapter it rejects.
 *
 * Nothing has to be closed: a process that has called this exits by itself.
 *
 * @throws {PxlError} when `program` is source text with errors.
 * @throws {RasterError} when the canvas, the background, a limit or `into` is refused; `RASTER_NO_ADAPTER`, naming what to
 * install; `RASTER_DEVICE_LOST`, after which the next call opens a new device; `RASTER_OUT_OF_MEMORY`, `RASTER_BACKEND`.
 * @throws {RangeError} when `limits` are above the hard limits.
 */
export function renderProgram(
  program: string | Program,
  { device, ...options }: WebGpuRenderOptions = {},
): Promise<RenderedFrame> {
  if (device === undefined) return shared.render(program, options);
  let rasterizer = byDevice.get(device);
  if (rasterizer === undefined) {
    rasterizer = createWebGpuRasterizer(device);
    byDevice.set(device, rasterizer);
  }
  return rasterizer.render(program, options);
}
