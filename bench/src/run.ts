import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { groups } from "./groups.ts";
import { type RaceResult, runRace } from "./harness.ts";
import { writeReport } from "./report.ts";
import { printRace, printTargets } from "./print.ts";

// npm run bench [-- <group> …]: all groups write docs/benchmarks.md; a choice of them only prints.

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !(name in groups));
if (unknown.length > 0) {
  console.error(`No such group: ${unknown.join(", ")}. There are: ${Object.keys(groups).join(", ")}.`);
  process.exit(2);
}

const results: RaceResult[] = [];
for (const [name, group] of Object.entries(groups)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  for await (const race of group()) {
    const result = "contenders" in race ? await runRace(race) : race;
    results.push(result);
    printRace(result);
  }
}
printTargets(results);

if (chosen.length === 0) {
  const docs = new URL("../../docs/", import.meta.url);
  const machine = `${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown"}, ${process.platform}`;
  const measured = { date: new Date().toISOString().slice(0, 10), machine, results };
  writeFileSync(new URL("benchmarks.json", docs), `${JSON.stringify(measured, null, 1)}\n`);
  writeReport(measured, docs);
}
// Peers keep handles open.
process.exit(0);
