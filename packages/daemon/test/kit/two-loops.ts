import { findViolations } from "./invariants.ts";
import { makePlaceWith, readRows } from "./place.ts";
import { startDaemonProcess } from "./processes.ts";

/** What two loops on one store did. */
export interface TwoLoopsResult {
  readonly runs: number;
  /** Of each loop. */
  readonly shares: readonly number[];
  /** Runs that both reported. */
  readonly duplicates: number;
  readonly violations: string[];
}

/** Two processes work on one store until each has done so many runs. */
export async function runTwoLoops(runsEach: number): Promise<TwoLoopsResult> {
  using place = await makePlaceWith(25);
  const options = { intervalMs: 1, concurrency: 8 } as const;
  await using first = await startDaemonProcess(place, options);
  await using second = await startDaemonProcess(place, options);
  const loops = [first, second];
  await Promise.all(loops.map((loop) => loop.reported(runsEach)));
  const codes = await Promise.all(loops.map((loop) => loop.kill("SIGTERM")));

  const reports = loops.flatMap((loop) => loop.reports);
  const reported = new Map(reports.map((run) => [run.runId, run.cartridgePath]));
  const violations = await findViolations(place, { reported });
  if (codes.some((code) => code !== 0)) violations.push(`the loops ended with ${codes.join(" and ")}`);
  const [rows] = readRows<{ runs: number }>(place, "SELECT count(*) AS runs FROM improvement_runs");
  if (rows?.runs !== reports.length) violations.push(`${rows?.runs} rows for ${reports.length} reports`);
  return {
    runs: reports.length,
    shares: loops.map((loop) => loop.reports.length),
    duplicates: reports.length - reported.size,
    violations,
  };
}
