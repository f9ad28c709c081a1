// Writes the tables of docs/webgpu.md and the chart docs/webgpu-crossover.svg from docs/webgpu.json.
//
//   node --conditions=@gvpie/source bench/src/webgpu/document.ts

import { readFileSync, writeFileSync } from "node:fs";

import { drawChart } from "./chart.ts";
import type { Report } from "./results.ts";
import { withTables } from "./tables.ts";

const docs = new URL("../../../docs/", import.meta.url);
const report = JSON.parse(readFileSync(new URL("webgpu.json", docs), "utf8")) as Report;
const page = new URL("webgpu.md", docs);
writeFileSync(page, withTables(readFileSync(page, "utf8"), report));
writeFileSync(new URL("webgpu-crossover.svg", docs), drawChart(report));
