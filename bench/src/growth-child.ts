import { renderProgram } from "@gvpie/raster-cpu";
import { median, peakBytes } from "@gvpie/testing";
import { rectangles } from "./workloads.ts";

// One point of a growth curve. usage: growth-child.ts instructions|pixels <n> <width> <height>; prints JSON.

const [what = "", n = "1", width = "1", height = "1"] = process.argv.slice(2);
const idle = process.memoryUsage().rss;
const source = what === "instructions" ? rectangles(Number(n), 50) : "TXT 10 10 Hello GPU";
const canvas = {
  width: Number(width),
  height: Number(height),
  into: new Uint8ClampedArray(Number(width) * Number(height) * 4),
  limits: { pixels: 2 ** 26, paintedPixels: 2 ** 32 },
};

const samples: number[] = [];
const end = performance.now() + 1000;
do {
  const start = performance.now();
  renderProgram(source, canvas);
  samples.push((performance.now() - start) * 1000);
} while (samples.length < 3 || (performance.now() < end && samples.length < 2000));

// `resourceUsage().maxRSS` starts at the peak of the parent process; peakBytes() is the peak of this process alone.
const megabytes = Math.max(0, peakBytes(process.pid) - idle) / 1e6;
console.log(JSON.stringify({ us: median(samples), megabytes }));
