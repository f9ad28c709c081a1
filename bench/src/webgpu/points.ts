import { HARD_LIMITS, lowerProgram, type RenderOptions } from "@gvpie/raster";
import { renderProgram as renderOnCpu } from "@gvpie/raster-cpu";
import type { WebGpuRasterizer } from "@gvpie/raster-webgpu";

import { createFloor } from "./floor.ts";
import type { Point } from "./results.ts";
import { shortestDurations } from "./timing.ts";
import { startTransfer } from "./transfer.ts";
import { layers, mixture } from "./workloads.ts";

const SIZES = [
  [128, 64],
  [256, 256],
  [512, 512],
  [1024, 1024],
  [1920, 1080],
  [3840, 2160],
  [8192, 8192],
] as const;
const PROGRAMS = [
  { kind: "mixture", counts: [1, 100, 10_000, 100_000, 1_000_000] },
  { kind: "layers", counts: [1, 10, 100] },
] as const;
/** Painted pixels of all layers together: larger programs take long and have the same ratios. */
const MAX_PAINTED = 2 ** 27;
/** Frames in flight while frames per second are counted. */
const IN_FLIGHT = 4;

/** Measures every size with every program, and calls `onPoint` for each. */
export async function measurePoints(
  rasterizer: WebGpuRasterizer,
  device: GPUDevice,
  quick: boolean,
  onPoint: (point: Point) => void,
): Promise<void> {
  const transfer = startTransfer();
  for (const [width, height] of SIZES) {
    if (quick && width * height > 1920 * 1080) continue;
    const into = new Uint8ClampedArray(width * height * 4);
    const floor = await createFloor(device, into.length);
    for (const { kind, counts } of PROGRAMS) {
      for (const count of counts) {
        if (quick && count > 10_000) continue;
        const isLayers = kind === "layers";
        if (isLayers && count * width * height > MAX_PAINTED) continue;
        const source = isLayers ? layers(count, width, height) : mixture(count, width, height);
        const options: RenderOptions = { width, height, into, limits: HARD_LIMITS };
        const durations = await shortestDurations(
          {
            cpu: () => renderOnCpu(source, options),
            webgpu: () => rasterizer.render(source, options),
            floor: () => floor(into),
            lowering: () => lowerProgram(source, options),
            transfer: () => transfer(into),
          },
          quick ? 200 : 1000,
        );
        const budgetFrames = (quick ? 200 : 1000) / durations.webgpu;
        const frames = Math.ceil(Math.max(IN_FLIGHT, Math.min(500, budgetFrames)));
        const framesPerSecond = await measureThroughput(rasterizer, source, options, frames);
        onPoint({ width, height, instructions: count, isLayers, ...durations, framesPerSecond });
      }
    }
    floor.destroy();
  }
  transfer.end();
}

async function measureThroughput(
  rasterizer: WebGpuRasterizer,
  source: string,
  options: RenderOptions,
  frames: number,
): Promise<number> {
  const buffers = Array.from({ length: IN_FLIGHT }, () => new Uint8ClampedArray(options.into?.length ?? 0));
  let left = frames;
  const started = performance.now();
  await Promise.all(
    buffers.map(async (into) => {
      while (left-- > 0) await rasterizer.render(source, { ...options, into });
    }),
  );
  return (frames * 1000) / (performance.now() - started);
}
