import { groups } from "./groups.ts";
import { FULL, QUICK, runRace } from "./harness.ts";
import { print, printTargets } from "./print.ts";
import { saveReport } from "./report/save.ts";
import type { Result } from "./results.ts";

// npm run bench [-- <group> …] [--quick] [--save]
//
// Without arguments, runs every group at full length and writes docs/benchmarks.md. Named groups are printed only; with
// --save they also replace their part of the page. --page regenerates the page and the charts from the data.

const args = process.argv.slice(2);
const [isQuick, isSaved] = ["--quick", "--save"].map((option) => args.includes(option));
if (args.includes("--page")) {
  saveReport({});
  process.exit(0);
}
const named = args.filter((arg) => arg !== "--quick" && arg !== "--save");
const unknown = named.filter((name) => !(name in groups));
if (unknown.length > 0) {
  console.error(`expected groups of ${Object.keys(groups).join(", ")}, got ${unknown.join(", ")}`);
  process.exit(2);
}
const chosen = named.length > 0 ? named : Object.keys(groups);

const effort = isQuick ? QUICK : FULL;
const measured: Record<string, Result[]> = {};
for (const [name, group] of Object.entries(groups)) {
  if (!chosen.includes(name)) continue;
  const results: Result[] = [];
  for await (const item of group(effort)) {
    const result = "contenders" in item ? await runRace(item, effort) : item;
    results.push(result);
    print(result);
  }
  measured[name] = results;
  if (!isQuick && (isSaved || named.length === 0)) saveReport({ [name]: results });
}
printTargets(Object.values(measured).flat());
// Peers keep handles open.
process.exit(0);
