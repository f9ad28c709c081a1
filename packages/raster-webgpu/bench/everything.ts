// The suite of the tests, then the bench, on every adapter; for machines where the tests themselves cannot run.
import { writeFileSync } from "node:fs";
import { listAdapters } from "@gvpie/raster-webgpu";

import { runSuite, type Report } from "../test/suite.ts";

const reports: Report[] = [];
for (const { name } of await listAdapters()) {
  const report = await runSuite({ adapter: name, scale: 5 });
  reports.push(report);
  const counts = Object.entries(report.compared).map(([kind, count]) => `${count} ${kind}`);
  console.log(`${name}: ${counts.join(", ")}; ${report.failures.length} mismatches`);
  for (const failure of report.failures) console.log(failure);
}
const [out] = process.argv.slice(2);
if (out !== undefined) writeFileSync(out, JSON.stringify(reports, null, 2));
