// Runs the suite of raster-webgpu's tests on every adapter, for machines on which the tests themselves cannot run.
//
//   node --conditions=@gvpie/source bench/src/webgpu/conformance.ts [FILE]
//
// FILE receives the reports as JSON.

import { writeFileSync } from "node:fs";
import { listAdapters } from "@gvpie/raster-webgpu";
import { runSuite, type SuiteReport } from "@gvpie/raster-webgpu/test-support";

const reports: SuiteReport[] = [];
for (const { name } of await listAdapters()) {
  const report = await runSuite({ adapter: name, scale: 5 });
  reports.push(report);
  const counts = Object.entries(report.compared).map(([kind, count]) => `${count} ${kind}`);
  console.log(`${name}: ${counts.join(", ")}; ${report.failures.length} mismatches`);
  for (const failure of report.failures) console.log(failure);
}
const [file] = process.argv.slice(2);
if (file !== undefined) writeFileSync(file, JSON.stringify(reports, null, 2));
if (reports.some(({ failures }) => failures.length > 0)) process.exitCode = 1;
