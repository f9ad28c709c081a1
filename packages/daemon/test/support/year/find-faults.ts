import { KEPT_CARTRIDGES, KEPT_RUNS, type YearResult } from "./simulate.ts";

/** Days after which the database no longer grows. */
const FULL_FROM_DAY = 30;
/** The growth of the database from then on that counts as none. */
const MAX_GROWTH = 1.25;
const MAX_LOG_BYTES = 16 * 1024 * 1024;

/** Returns one line for each promise that the year broke. */
export function findFaults({ scripts, samples, strays }: YearResult): string[] {
  const faults = strays.map((stray) => `stray: ${stray}`);
  for (const { name, starts, expected, lost, runCount, successCount, expectedSuccesses } of scripts) {
    const index = expected.findIndex((time, i) => starts[i] !== time);
    if (index >= 0 || starts.length !== expected.length) {
      const at = index >= 0 ? index : expected.length;
      faults.push(
        `${name}: expected ${expected.length} starts, got ${starts.length}; number ${at} at ${expected[at]} ms, got ${starts[at]}`,
      );
    }
    if (runCount !== starts.length + lost) {
      faults.push(`${name}: run_count ${runCount}, expected ${starts.length} + ${lost}`);
    }
    if (successCount !== expectedSuccesses) {
      faults.push(`${name}: success_count ${successCount}, expected ${expectedSuccesses}`);
    }
  }
  const full = samples.find(({ day }) => day === Math.min(FULL_FROM_DAY, samples.length - 1));
  for (const sample of samples) {
    const { day, mostRuns, mostFiles, files, databaseBytes, logBytes } = sample;
    if (mostRuns > KEPT_RUNS) faults.push(`day ${day}: ${mostRuns} runs of a script`);
    if (mostFiles > KEPT_CARTRIDGES) faults.push(`day ${day}: ${mostFiles} cartridges of a script`);
    if (files > scripts.length * KEPT_CARTRIDGES) faults.push(`day ${day}: ${files} files`);
    if (logBytes > MAX_LOG_BYTES) faults.push(`day ${day}: a log of ${logBytes} bytes`);
    if (full && day > full.day && databaseBytes > full.databaseBytes * MAX_GROWTH) {
      faults.push(`day ${day}: ${databaseBytes} bytes, ${full.databaseBytes} on day ${full.day}`);
    }
  }
  return faults;
}
