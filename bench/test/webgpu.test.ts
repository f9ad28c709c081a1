import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { drawChart } from "../src/webgpu/chart.ts";
import type { Report } from "../src/webgpu/results.ts";
import { withTables } from "../src/webgpu/tables.ts";

const read = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");
const report = JSON.parse(read("webgpu.json")) as Report;

/** Undoes the padding of tables by the formatter. */
const unpadded = (page: string): string => page.replace(/ +/g, " ").replace(/-{2,}/g, "--");

test("docs/webgpu.md and its chart are rendered from docs/webgpu.json", () => {
  const page = read("webgpu.md");
  expect(unpadded(page)).toBe(unpadded(withTables(page, report)));
  expect(read("webgpu-crossover.svg")).toBe(drawChart(report));
});

test("the results cover three adapters with all their workloads", () => {
  expect(report.results.map(({ adapter, fallback }) => [adapter, fallback])).toEqual([
    [expect.stringContaining("SwiftShader"), true],
    [expect.stringContaining("llvmpipe"), true],
    ["NVIDIA H200", false],
  ]);
  for (const { fallback, points, stages, endToEnd = [] } of report.results) {
    // Software adapters were measured before the programs of 3840×2160 and of 100,000 instructions were added.
    const heavy = ["10,000 translucent rectangles, 3840×2160", "100,000 instructions, 3840×2160"];
    expect(stages.map(({ workload }) => workload)).toEqual([
      "10,000 rectangles, 1920×1080",
      "20,000 texts, 1920×1080",
      ...(fallback ? [] : heavy),
    ]);
    const mixtures = points.filter(({ isLayers }) => !isLayers);
    expect(new Set(mixtures.map(({ width }) => width)).size).toBe(7);
    const counts = [1, 100, 10_000, ...(fallback ? [] : [100_000]), 1_000_000];
    expect(new Set(mixtures.map(({ instructions }) => instructions))).toEqual(new Set(counts));
    expect(mixtures).toHaveLength(7 * counts.length);
    expect(endToEnd).toHaveLength(fallback ? 0 : 49);
  }
});
