import { startDaemonProcess } from "./daemon-process.ts";
import { findViolations } from "./invariants.ts";
import { createFilledFixture, readRows } from "./store-fixture.ts";

/** Runs of two loops that share a store. */
export interface TwoLoopsResult {
  readonly runs: number;
  /** Runs of each loop. */
  readonly shares: readonly number[];
  /** Runs that both loops reported. */
  readonly duplicates: number;
  readonly violations: string[];
}

/** Lets two processes share a store until each has done `runsEach` runs. */
export async function runTwoLoops(runsEach: number): Promise<TwoLoopsResult> {
  using fixture = await createFilledFixture(25);
  const options = { intervalMs: 1, concurrency: 8 } as const;
  await using first = await startDaemonProcess(fixture, options);
  await using second = await startDaemonProcess(fixture, options);
  const loops = [first, second];
  await Promise.all(loops.map((loop) => loop.reported(runsEach)));
  const statuses = await Promise.all(loops.map((loop) => loop.kill("SIGTERM")));

  const reports = loops.flatMap((loop) => loop.reports);
  const reported = new Map(reports.map((run) => [run.runId, run.cartridgePath]));
  const violations = await findViolations(fixture, { reported });
  if (statuses.some((status) => status !== 0)) {
    violations.push(`the loops exited with ${statuses.join(" and ")}`);
  }
  const [rows] = readRows<{ runs: number }>(fixture, "SELECT count(*) AS runs FROM improvement_runs");
  if (rows?.runs !== reports.length) violations.push(`${rows?.runs} rows for ${reports.length} reports`);
  return {
    runs: reports.length,
    shares: loops.map((loop) => loop.reports.length),
    duplicates: reports.length - reported.size,
    violations,
  };
}
