import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import type { Result } from "../results.ts";
import { charts } from "./charts.ts";
import { page } from "./page.ts";

/** What `benchmarks.json` holds. */
export interface Measured {
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly machine: string;
  readonly results: readonly Result[];
}

/** The machine in a line, without its name. */
export function describeMachine(): string {
  const processors = cpus();
  return `Node ${process.version}, ${processors.length} × ${processors[0]?.model.trim() ?? "unknown"}, ${process.platform}`;
}

/** Writes the data, the charts and the page into `docs`. */
export function saveReport(measured: Measured, docs: URL): void {
  const json = JSON.stringify(measured, roundNumbers, 1);
  const rounded = JSON.parse(json) as Measured;
  mkdirSync(new URL("benchmarks/", docs), { recursive: true });
  writeFileSync(new URL("benchmarks.json", docs), `${json}\n`);
  for (const { name, svg } of charts(rounded.results))
    writeFileSync(new URL(`benchmarks/${name}`, docs), svg);
  writeFileSync(new URL("benchmarks.md", docs), page(rounded));
}

/** More digits than four are noise. */
function roundNumbers(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
