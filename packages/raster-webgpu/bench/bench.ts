// Frames per second and latency of every adapter that Dawn finds, over frame size and instruction count, beside raster-cpu,
// the empty fill-and-readback floor of the same device, and what it costs to have a frame from another process; and where
// the time of a heavy frame goes.
//
//   node --conditions=@gvpie/source packages/raster-webgpu/bench/bench.ts [--quick] [--adapter NAME] [--json FILE]
//
// VK_DRIVER_FILES may name several drivers, separated by colons. `--quick` leaves out what takes long.

import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { HARD_LIMITS, lowerProgram, type RenderOptions } from "@gvpie/raster";
import { renderProgram as renderOnCpu } from "@gvpie/raster-cpu";
import { listAdapters, openWebGpuRasterizer } from "@gvpie/raster-webgpu";

import { openDevice } from "../src/device.ts";
import { createFloor } from "./floor.ts";
import { ANSWER_FLAG, answerHandovers, startHandover } from "./handover.ts";
import type { Point, Report, Result } from "./report.ts";
import { measureStages } from "./stages.ts";
import { inTurns } from "./timing.ts";
import { mixture, rectangles, texts } from "./workloads.ts";

const SIZES = [
  [128, 64],
  [256, 256],
  [512, 512],
  [1024, 1024],
  [1920, 1080],
  [3840, 2160],
  [8192, 8192],
] as const;
const COUNTS = [1, 100, 10_000, 1_000_000];
/** Frames on their way at once when frames per second are counted. */
const IN_FLIGHT = 4;

async function measureAdapter(name: string, quick: boolean): Promise<Pick<Result, "stages" | "points">> {
  const rasterizer = await openWebGpuRasterizer({ adapter: name });
  const { device } = await openDevice({ adapter: name });
  const budgetMs = quick ? 200 : 1000;

  const stages: Result["stages"][number][] = [];
  console.log(
    head("1920×1080", "lowering", "binning", "upload", "compute", "readback", "whole frame", "floor"),
  );
  for (const [workload, source] of [
    ["10,000 rectangles", rectangles(10_000, 200, 1920, 1080)],
    ["20,000 texts", texts(20_000, 1920, 1080)],
  ] as const) {
    const size = { width: 1920, height: 1080 };
    const into = new Uint8ClampedArray(1920 * 1080 * 4);
    const floor = await createFloor(device, into.length);
    const whole = await inTurns(
      { total: () => rasterizer.render(source, { ...size, into }), floor: () => floor(into) },
      budgetMs * 2,
    );
    const split = await measureStages(device, source, 1920, 1080, quick ? 5 : 15);
    stages.push({ workload, ...split, total: whole["total"] ?? 0, floor: whole["floor"] ?? 0 });
    console.log(row([workload, ...Object.values(split), whole["total"], whole["floor"]]));
  }

  const points: Point[] = [];
  console.log(
    head(
      "canvas",
      "instructions",
      "raster-cpu",
      "raster-webgpu",
      "floor",
      "lowering",
      "handover",
      "frames/s, 4 in flight",
    ),
  );
  const handover = startHandover();
  for (const [width, height] of SIZES) {
    if (quick && width * height > 1920 * 1080) continue;
    const into = new Uint8ClampedArray(width * height * 4);
    const floor = await createFloor(device, into.length);
    for (const instructions of COUNTS) {
      if (quick && instructions > 10_000) continue;
      const source = mixture(instructions, width, height);
      const options: RenderOptions = { width, height, into, limits: HARD_LIMITS };
      const times = await inTurns(
        {
          cpu: () => renderOnCpu(source, options),
          webgpu: () => rasterizer.render(source, options),
          floor: () => floor(into),
          lowering: () => lowerProgram(source, options),
          handover: () => handover(into),
        },
        budgetMs,
      );
      const [cpu = 0, webgpu = 0, floorMs = 0, lowering = 0, handoverMs = 0] = Object.values(times);
      const framesPerSecond = await measureThroughput(
        source,
        options,
        Math.max(8, Math.min(500, budgetMs / webgpu)),
      );
      const durations = { cpu, webgpu, floor: floorMs, lowering, handover: handoverMs };
      points.push({ width, height, instructions, ...durations, framesPerSecond });
      console.log(row([`${width}×${height}`, instructions, ...Object.values(durations), framesPerSecond]));
    }
    floor.destroy();
  }
  handover.end();

  async function measureThroughput(source: string, options: RenderOptions, frames: number): Promise<number> {
    const buffers = Array.from({ length: IN_FLIGHT }, () => new Uint8ClampedArray(options.into?.length ?? 0));
    let left = Math.ceil(frames);
    const started = performance.now();
    await Promise.all(
      buffers.map(async (into) => {
        while (left-- > 0) await rasterizer.render(source, { ...options, into });
      }),
    );
    return (Math.ceil(frames) * 1000) / (performance.now() - started);
  }

  device.destroy();
  await rasterizer.close();
  return { stages, points };
}

function head(...titles: readonly string[]): string {
  return `\n| ${titles.join(" | ")} |\n|${"---|".repeat(titles.length)}`;
}

function row(cells: readonly (string | number | undefined)[]): string {
  const shown = cells.map((cell) =>
    typeof cell === "number" && !Number.isInteger(cell) ? cell.toPrecision(3) : String(cell),
  );
  return `| ${shown.join(" | ")} |`;
}

if (process.argv.includes(ANSWER_FLAG)) answerHandovers();
else await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { quick: { type: "boolean" }, adapter: { type: "string" }, json: { type: "string" } },
  });
  const results: Result[] = [];
  for (const { name, driver, fallback } of await listAdapters()) {
    if (!name.toLowerCase().includes((values.adapter ?? "").toLowerCase())) continue;
    console.log(`\n## ${name}\n\nDriver: ${driver}${fallback ? ", software" : ""}. Medians in milliseconds.`);
    results.push({ adapter: name, driver, fallback, ...(await measureAdapter(name, values.quick ?? false)) });
  }
  const machine = {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    node: process.version,
    platform: process.platform,
  };
  const report: Report = { machine, results };
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
}
