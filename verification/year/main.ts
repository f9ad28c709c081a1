/**
 * Runs 30 hourly scripts and six others for the leap year 2028, by a clock that jumps to the next start:
 *
 *   npm run year                  the year
 *   npm run year -- --days 90     its first days
 *
 * `--record` writes the figures to docs/year.md. Exits with 1 if a promise was broken.
 */
import { findFaults, simulateYear, type YearResult } from "@gvpie/daemon/test-support";
import { formatCount, formatMib, replaceBetween } from "@gvpie/testing";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

const DOCUMENT = new URL("../../docs/year.md", import.meta.url);
const BEGIN = "<!-- Written by npm run year -- --record. -->";
const END = "<!-- End of what is written by npm run year. -->";
const START = Date.parse("2028-01-01T00:07:30Z");

const { values } = parseArgs({ options: { days: { type: "string" }, record: { type: "boolean" } } });
const days = Number(values.days ?? 366);
if (!Number.isInteger(days) || days < 1 || days > 3_660) {
  throw new RangeError(`--days: expected an integer from 1 to 3660, got ${values.days}`);
}

const result = await simulateYear({
  start: START,
  days,
  onDay: (day, runs) => {
    const { isTTY } = process.stderr;
    if (!isTTY && day % 30 > 0) return;
    const line = `day ${day} of ${days}, ${formatCount(runs)} runs`;
    process.stderr.write(isTTY ? `\r\x1b[K${line}` : `${line}\n`);
  },
});
if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
const faults = findFaults(result);
const report = formatReport(result, faults.length);
process.stdout.write(`${report}\n`);
for (const fault of faults) process.stderr.write(`${fault}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
if (values.record && faults.length === 0) {
  writeFileSync(DOCUMENT, replaceBetween(readFileSync(DOCUMENT, "utf8"), BEGIN, END, `\n\n${report}\n\n`));
}

function formatReport({ runs, events, scripts, samples, tookMs }: YearResult, broken: number): string {
  const lost = scripts.reduce((total, script) => total + script.lost, 0);
  const failed = scripts.reduce((total, { runCount, successCount }) => total + runCount - successCount, 0);
  const { user, system } = process.cpuUsage();
  const took = `${Math.round(tookMs / 1_000)} s (${Math.round((user + system) / 1e6)} s of a CPU)`;
  const rows = [30, 60, 180, days]
    .map((wanted) => samples.find(({ day }) => day === wanted))
    .filter((sample, index, all) => sample && all.indexOf(sample) === index)
    .map((sample) => {
      if (!sample) return "";
      const { day, runs: kept, files, databaseBytes, cartridgeBytes } = sample;
      const cells = [
        day,
        formatCount(kept),
        formatCount(files),
        formatMib(cartridgeBytes),
        formatMib(databaseBytes),
      ];
      return `| ${cells.join(" | ")} |`;
    });
  return [
    `${days} days from ${new Date(START).toISOString().slice(0, 10)} in ${took}: ${formatCount(runs)} runs of ${scripts.length} scripts, ${formatCount(failed)} of them failed and ${lost} lost with their process, and ${events} disturbances. Promises broken: ${broken}.`,
    "",
    "| Day | Rows of runs | Cartridges | Bytes of them | Database |",
    "| --: | --: | --: | --: | --: |",
    ...rows,
  ].join("\n");
}
