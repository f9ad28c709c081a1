// Brings docs/webgpu.md up to date with docs/webgpu.json, which the bench writes: its tables, and the chart beside it.
//
//   node --conditions=@gvpie/source packages/raster-webgpu/bench/document.ts

import { readFileSync, writeFileSync } from "node:fs";

import { drawChart } from "./chart.ts";
import type { Report } from "./report.ts";
import { withTables } from "./tables.ts";

const docs = new URL("../../../docs/", import.meta.url);
const report = JSON.parse(readFileSync(new URL("webgpu.json", docs), "utf8")) as Report;
const page = new URL("webgpu.md", docs);
writeFileSync(page, withTables(readFileSync(page, "utf8"), report));
writeFileSync(new URL("webgpu-crossover.svg", docs), drawChart(report));
