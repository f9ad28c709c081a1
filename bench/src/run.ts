import { groups } from "./groups.ts";
import { FULL, QUICK, runRace } from "./harness.ts";
import { print, printTargets } from "./print.ts";
import { describeMachine, saveReport } from "./report/save.ts";
import type { Result } from "./results.ts";

// npm run bench [-- <group> … | --quick]: all groups write docs/benchmarks.md; a choice of them, or a quick run, only
// prints.

const args = process.argv.slice(2);
const isQuick = args.includes("--quick");
const chosen = args.filter((arg) => arg !== "--quick");
const unknown = chosen.filter((name) => !(name in groups));
if (unknown.length > 0) {
  console.error(`No such group: ${unknown.join(", ")}. There are: ${Object.keys(groups).join(", ")}.`);
  process.exit(2);
}

const effort = isQuick ? QUICK : FULL;
const results: Result[] = [];
for (const [name, group] of Object.entries(groups)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  for await (const item of group(effort)) {
    const result = "contenders" in item ? await runRace(item, effort) : item;
    results.push(result);
    print(result);
  }
}
printTargets(results);

if (chosen.length === 0 && !isQuick) {
  const measured = { date: new Date().toISOString().slice(0, 10), machine: describeMachine(), results };
  saveReport(measured, new URL("../../docs/", import.meta.url));
}
// Peers keep handles open.
process.exit(0);
