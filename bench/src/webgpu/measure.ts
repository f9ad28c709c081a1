// Measures every adapter that Dawn finds beside raster-cpu: frames per second and latency over canvas size and instruction
// count, the empty fill-and-readback floor of the same device, the transfer of a frame from another process, and the stages
// of heavy frames.
//
//   node --conditions=@gvpie/source bench/src/webgpu/measure.ts [--quick] [--stages] [--adapter NAME] [--json FILE]
//
// VK_DRIVER_FILES may name several drivers, separated by colons. `--quick` skips large canvases and long programs. FILE
// keeps its results of other adapters. `--stages` measures only the stages of heavy frames: FILE keeps the shorter of old
// and new durations, and its other figures.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { renderProgram as renderOnCpu } from "@gvpie/raster-cpu";
import { listAdapters, openWebGpuRasterizer, type WebGpuRasterizer } from "@gvpie/raster-webgpu";
import { openDevice } from "@gvpie/raster-webgpu/internal";

import { describeMachine } from "../machine.ts";
import { createFloor } from "./floor.ts";
import { measurePoints } from "./points.ts";
import {
  type Point,
  POINT_TITLES,
  pointCells,
  type Report,
  type Result,
  STAGE_TITLES,
  stageCells,
  type StagePoint,
  tableHead,
  tableRow,
} from "./results.ts";
import { measureStages } from "./stages.ts";
import { shortestDurations } from "./timing.ts";
import { runSender, SENDER_FLAG } from "./transfer.ts";
import { mixture, rectangles, texts } from "./workloads.ts";

interface Workload {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly source: string;
}

const WORKLOADS: readonly Workload[] = [
  workload("10,000 rectangles", 1920, 1080, (...size) => rectangles(10_000, 200, ...size)),
  workload("20,000 texts", 1920, 1080, (...size) => texts(20_000, ...size)),
  workload(
    "10,000 translucent rectangles",
    3840,
    2160,
    (...size) => `COLOR #a0f08088\n${rectangles(10_000, 200, ...size)}`,
  ),
  workload("100,000 instructions", 3840, 2160, (...size) => mixture(100_000, ...size)),
];

if (process.argv.includes(SENDER_FLAG)) {
  runSender();
} else {
  await main();
}

function workload(
  title: string,
  width: number,
  height: number,
  sourceFor: (width: number, height: number) => string,
): Workload {
  return { name: `${title}, ${width}×${height}`, width, height, source: sourceFor(width, height) };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean" },
      stages: { type: "boolean" },
      adapter: { type: "string" },
      json: { type: "string" },
    },
  });
  const { quick = false, stages: stagesOnly = false, adapter: wanted = "", json: file } = values;
  const earlier = file !== undefined && existsSync(file) ? read(file).results : [];
  const results: Result[] = [];
  for (const { name, driver, fallback } of await listAdapters()) {
    if (!name.toLowerCase().includes(wanted.toLowerCase())) continue;
    console.log(`\n## ${name}\n\nDriver: ${driver}${fallback ? ", software" : ""}. Milliseconds.`);
    const rasterizer = await openWebGpuRasterizer({ adapter: name });
    const { device } = await openDevice({ adapter: name });
    console.log(`\n${tableHead(STAGE_TITLES)}`);
    const stages: StagePoint[] = [];
    const known = stagesOnly ? earlier.find(({ adapter }) => adapter === name) : undefined;
    for (const workload of WORKLOADS) {
      const measured = await measureWorkload(rasterizer, device, workload, quick);
      const stage = shorter(
        measured,
        known?.stages.find((other) => other.workload === workload.name),
      );
      stages.push(stage);
      console.log(tableRow(stageCells(stage)));
    }
    const points: Point[] = [];
    if (stagesOnly) {
      points.push(...(known?.points ?? []));
    } else {
      console.log(`\n${tableHead(POINT_TITLES)}`);
      await measurePoints(rasterizer, device, quick, (point) => {
        points.push(point);
        console.log(tableRow(pointCells(point)));
      });
    }
    device.destroy();
    await rasterizer.close();
    results.push({ ...known, adapter: name, driver, fallback, machine: describeMachine(), stages, points });
  }
  const others = earlier.filter(({ adapter }) => results.every((result) => result.adapter !== adapter));
  const report: Report = { results: [...others, ...results] };
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
}

/** Returns the shorter of two measurements of each duration. */
function shorter(measured: StagePoint, known: StagePoint | undefined): StagePoint {
  const { workload, ...durations } = measured;
  const least = Object.entries(durations).map(([name, duration = Infinity]) => {
    return [name, Math.min(duration, known?.[name as keyof typeof durations] ?? duration)];
  });
  return { workload, ...(Object.fromEntries(least) as typeof durations) };
}

function read(file: string): Report {
  return JSON.parse(readFileSync(file, "utf8")) as Report;
}

async function measureWorkload(
  rasterizer: WebGpuRasterizer,
  device: GPUDevice,
  { name, width, height, source }: Workload,
  quick: boolean,
): Promise<StagePoint> {
  const into = new Uint8ClampedArray(width * height * 4);
  const options = { width, height, into };
  const empty = await createFloor(device, into.length);
  const times = await shortestDurations(
    {
      cpu: () => renderOnCpu(source, options),
      total: () => rasterizer.render(source, options),
      floor: () => empty(into),
    },
    quick ? 400 : 3000,
  );
  empty.destroy();
  const { cpu, total, floor } = times;
  const split = await measureStages(device, source, width, height, quick ? 5 : 20);
  return { workload: name, ...split, total, floor, cpu };
}
