import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { groups } from "../groups.ts";
import { describeMachine } from "../machine.ts";
import type { Result } from "../results.ts";
import { charts } from "./charts.ts";
import { type Measured, resultsOf } from "./measured.ts";
import { page } from "./page.ts";

const docs = new URL("../../../docs/", import.meta.url);

/** Replaces groups in the data, then writes the data, the charts and the page. */
export function saveReport(fresh: Readonly<Record<string, readonly Result[]>>): void {
  const file = new URL("benchmarks.json", docs);
  const old = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Measured).groups : {};
  const date = new Date().toISOString().slice(0, 10);
  const { node, cores, cpu, platform } = describeMachine();
  const machine = `Node ${node}, ${cores} × ${cpu}, ${platform}`;
  const all = Object.keys(groups).flatMap((name) => {
    const results = fresh[name];
    const group = results ? { date, machine, results } : old[name];
    return group ? [[name, group] as const] : [];
  });
  const json = JSON.stringify({ groups: Object.fromEntries(all) }, roundNumbers, 1);
  writeFileSync(file, `${json}\n`);
  const measured = JSON.parse(json) as Measured;
  mkdirSync(new URL("benchmarks/", docs), { recursive: true });
  for (const { name, svg } of charts(resultsOf(measured))) {
    writeFileSync(new URL(`benchmarks/${name}`, docs), svg);
  }
  writeFileSync(new URL("benchmarks.md", docs), page(measured));
}

/** Rounds to four significant digits; the rest is noise. */
function roundNumbers(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
