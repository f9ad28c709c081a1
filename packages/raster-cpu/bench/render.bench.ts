/**
 * Measures the rasteriser against its floor, one `Uint32Array.fill` of the frame.
 *
 * Run: node --conditions=@gvpie/source packages/raster-cpu/bench/render.bench.ts [name…]
 */
import { parseProgram } from "@gvpie/pxl-parser";
import { lowerProgram } from "@gvpie/raster";
import { renderProgram } from "@gvpie/raster-cpu";
import { median } from "@gvpie/testing";

import { paint } from "../src/paint/index.ts";
import { type Workload, workloads } from "./workloads.ts";

const ROUNDS = 9;
/** Least time of one measurement, which repeats a task. */
const ROUND_MS = 40;

/** The measured tasks. The first is the floor that the others are compared with. */
function tasksOf({ source, width, height }: Workload): [name: string, task: () => unknown][] {
  const program = parseProgram(source);
  const list = lowerProgram(program, { width, height });
  const into = new Uint8ClampedArray(width * height * 4);
  const words = new Uint32Array(into.buffer);
  return [
    // Opaque black: a word of four equal bytes, such as white, is filled faster than other words.
    ["floor: fill", () => words.fill(0xff_00_00_00)],
    ["paint a draw list", () => paint(list, words)],
    ["render a parsed program, reused frame", () => renderProgram(program, { width, height, into })],
    ["render source text, reused frame", () => renderProgram(source, { width, height, into })],
    ["render source text, fresh frame", () => renderProgram(source, { width, height })],
  ];
}

/** Returns the microseconds of one call, averaged over `calls`. */
function measure(task: () => unknown, calls: number): number {
  const start = performance.now();
  for (let i = 0; i < calls; i++) task();
  return ((performance.now() - start) * 1000) / calls;
}

const wanted = process.argv.slice(2);
for (const workload of workloads) {
  if (wanted.length > 0 && !wanted.some((name) => workload.name.startsWith(name))) continue;
  console.log(`\n${workload.name}, ${workload.width}×${workload.height}`);
  const tasks = tasksOf(workload).map(([name, task]) => {
    measure(task, 3);
    const calls = Math.max(1, Math.ceil((ROUND_MS * 1000) / measure(task, 3)));
    return { name, task, calls, times: [] as number[] };
  });
  for (let round = 0; round < ROUNDS; round++) {
    for (const { task, calls, times } of tasks) times.push(measure(task, calls));
  }
  const floor = median(tasks[0]?.times ?? []);
  for (const { name, times } of tasks) {
    const time = median(times);
    const range = `${Math.min(...times).toFixed(2)}–${Math.max(...times).toFixed(2)}`;
    console.log(
      `  ${name.padEnd(40)} ${time.toFixed(2).padStart(10)} µs  (${range})  ${(time / floor).toFixed(1)}× floor`,
    );
  }
}
