import { checkOptions, type Program } from "@gvpie/pxl-parser";
import { RENDER_OPTION_NAMES, type RenderOptions } from "@gvpie/raster";

import { openDevice } from "./device.ts";
import { createWebGpuRasterizer, DeviceRasterizer } from "./rasterizer.ts";
import type { RenderedFrame, WebGpuRasterizer } from "./types.ts";

/** Options of a render. */
export interface WebGpuRenderOptions extends RenderOptions {
  /** The caller's device. Default: a device that this module opens at the first call and keeps. */
  readonly device?: GPUDevice | undefined;
}

const OPTION_NAMES: ReadonlySet<string> = new Set([...RENDER_OPTION_NAMES, "device"]);

const shared = new DeviceRasterizer({ open: () => openDevice(), isOwner: true });
const byDevice = new WeakMap<GPUDevice, WebGpuRasterizer>();

/**
 * Renders a program with WebGPU. There is no fallback to the CPU: without an adapter it rejects.
 *
 * The caller need not close anything: the shared device does not keep the process alive.
 *
 * @throws {PxlError} when `program` is source text with errors.
 * @throws {RasterError} when the canvas, the background, a limit or `into` is refused; `RASTER_NO_ADAPTER`, with the
 * packages to install; `RASTER_DEVICE_LOST`, after which the next call opens a new device; `RASTER_OUT_OF_MEMORY`, `RASTER_BACKEND`.
 * @throws {RangeError} when `limits` are above the hard limits.
 * @throws {TypeError} when `program` is neither source text nor a valid `Program`, or an option is unknown or of another type.
 */
export async function renderProgram(
  program: string | Program,
  options: WebGpuRenderOptions = {},
): Promise<RenderedFrame> {
  const { rasterizer, others } = choose(options);
  return rasterizer.render(program, others);
}

/**
 * Renders the frames of an animation with WebGPU, in order, and yields each when it is requested; one frame for a program
 * without FRAMES. A frame whose drawing equals the one before it is copied.
 *
 * Each frame has its own memory. With `into` they share that of `into`, which then holds a frame until the next one is requested.
 *
 * @throws as `renderProgram` does, when a frame is requested.
 */
export async function* renderFrames(
  program: string | Program,
  options: WebGpuRenderOptions = {},
): AsyncGenerator<RenderedFrame, void, undefined> {
  const { rasterizer, others } = choose(options);
  yield* rasterizer.renderFrames(program, others);
}

/** Returns the rasteriser of the device in the options, and the other options. */
function choose(options: WebGpuRenderOptions): { rasterizer: WebGpuRasterizer; others: RenderOptions } {
  checkOptions("options", options, OPTION_NAMES);
  const { device, ...others } = options;
  if (device === undefined) return { rasterizer: shared, others };
  let rasterizer = byDevice.get(device);
  if (rasterizer === undefined) {
    rasterizer = createWebGpuRasterizer(device);
    byDevice.set(device, rasterizer);
  }
  return { rasterizer, others };
}
