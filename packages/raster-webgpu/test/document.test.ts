import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { drawChart } from "../bench/chart.ts";
import type { Report } from "../bench/report.ts";
import { withTables } from "../bench/tables.ts";

const read = (name: string): string =>
  readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");
const report = JSON.parse(read("webgpu.json")) as Report;

/** Tables are padded by the formatter. */
const unpadded = (page: string): string => page.replace(/ +/g, " ").replace(/-{2,}/g, "--");

test("the tables of docs/webgpu.md and its chart are those of docs/webgpu.json", () => {
  const page = read("webgpu.md");
  expect(unpadded(page)).toBe(unpadded(withTables(page, report)));
  expect(read("webgpu-crossover.svg")).toBe(drawChart(report));
});

test("the bench covered what it should", () => {
  expect(report.results.map(({ adapter }) => adapter)).toEqual([
    expect.stringContaining("SwiftShader"),
    expect.stringContaining("llvmpipe"),
  ]);
  for (const { points, stages } of report.results) {
    expect(stages.map(({ workload }) => workload)).toEqual(["10,000 rectangles", "20,000 texts"]);
    const mixtures = points.filter(({ isLayers }) => !isLayers);
    expect(new Set(mixtures.map(({ width }) => width)).size).toBe(7);
    expect(new Set(mixtures.map(({ instructions }) => instructions))).toEqual(
      new Set([1, 100, 10_000, 1_000_000]),
    );
    expect(mixtures).toHaveLength(28);
  }
});
