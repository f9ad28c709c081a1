import { waitUntil } from "@gvpie/testing";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startDaemonProcess, type DaemonProcess } from "./daemon-process.ts";
import { findViolations, stagingFiles } from "./invariants.ts";
import { createFilledFixture, createStoreFixture, readRows, type StoreFixture } from "./store-fixture.ts";

/** Every run writes a file, so that the daemon can die between any two steps of saving and recording. */
const OPTIONS = { save: "always", intervalMs: 1, concurrency: 4, leaseMs: 300 } as const;
const SCRIPTS = 20;
/** Files in the cartridge folder that are not the daemon's. */
const FOREIGN_FILES = ["notes.txt", ".gvpie-staging-", "picture_of_a_cat"];
const OPEN = "SELECT id FROM improvement_runs WHERE finished_at IS NULL";

/** State of a store after its daemons were killed. */
export interface CrashResult {
  /** Processes that died as planned. */
  readonly killed: number;
  /** Failpoints that were not reached. */
  readonly missed: string[];
  readonly runs: number;
  readonly finished: number;
  /** Runs recorded as lost. */
  readonly lost: number;
  /** Descriptions of broken invariants. */
  readonly violations: string[];
}

/** True for a failpoint of operators' commands and of retention, which a loop with default options does not pass. */
export function isOfCommand(failpoint: string): boolean {
  return /^daemon\/(?:apply|copy|give-up|prune|restore)\//.test(failpoint);
}

/** Kills a daemon `kills` times at moments spread over its work, restarts it each time, and checks all invariants. */
export async function killAnywhere(kills: number): Promise<CrashResult> {
  using fixture = await createUsedFixture();
  return await checkCrashes(fixture, kills, async (daemon, kill) => {
    await daemon.reported(1);
    await sleep((kill * 37) % 90);
    await daemon.kill("SIGKILL");
    return undefined;
  });
}

/** Kills a daemon `rounds` times at each failpoint, restarts it each time, and checks all invariants. */
export async function killAtFailpoints(failpoints: readonly string[], rounds: number): Promise<CrashResult> {
  using fixture = await createUsedFixture();
  const points = Array.from({ length: rounds }, (_, round) =>
    failpoints.map((failpoint) => ({ failpoint, hit: hitOf(failpoint, round) })),
  ).flat();
  return await checkCrashes(
    fixture,
    points.length,
    async (daemon, kill) => ((await hasDied(daemon)) ? undefined : points[kill]?.failpoint),
    (kill) => points[kill],
  );
}

/** Kills a process at each failpoint while it opens an empty or old database, then opens the database again. */
export async function killOpening(
  failpoints: readonly string[],
  prepare: (path: string) => void,
): Promise<{ readonly killed: number; readonly violations: string[] }> {
  let killed = 0;
  const violations: string[] = [];
  for (const failpoint of failpoints) {
    using fixture = createStoreFixture();
    prepare(fixture.path);
    await using daemon = await startDaemonProcess(fixture, { dieAt: { failpoint, hit: 1 } });
    if (await hasDied(daemon)) killed++;
    await using again = await startDaemonProcess(fixture, OPTIONS);
    await again.reported(1);
    await again.kill("SIGTERM");
    for (const row of readRows(fixture, "PRAGMA integrity_check")) {
      if (JSON.stringify(row) !== '{"integrity_check":"ok"}') violations.push(JSON.stringify(row));
    }
  }
  return { killed, violations };
}

/** Resolves with true if a signal kills the process, with false if it has to be stopped after 20 s. */
async function hasDied(daemon: DaemonProcess): Promise<boolean> {
  const timer = setTimeout(() => void daemon.kill("SIGTERM"), 20_000);
  const status = await daemon.exited;
  clearTimeout(timer);
  return status === "SIGKILL";
}

/** The edit at the start happens once, and a sweep finds one file; all other failpoints are reached repeatedly. */
function hitOf(failpoint: string, round: number): number {
  return /^daemon\/(?:edit|sweep)\//.test(failpoint) ? 1 : 1 + ((round * 7) % 5);
}

/** Creates a fixture with recorded runs and with foreign files in the cartridge folder. */
async function createUsedFixture(): Promise<StoreFixture> {
  const fixture = await createFilledFixture(SCRIPTS);
  await using daemon = await startDaemonProcess(fixture, OPTIONS);
  await daemon.reported(1);
  await daemon.kill("SIGTERM");
  for (const name of FOREIGN_FILES) writeFileSync(join(fixture.folder, name), "not ours");
  return fixture;
}

async function checkCrashes(
  fixture: StoreFixture,
  kills: number,
  crash: (daemon: DaemonProcess, kill: number) => Promise<string | undefined>,
  dieAt: (kill: number) => { readonly failpoint: string; readonly hit: number } | undefined = () => undefined,
): Promise<CrashResult> {
  const reported = new Map<number, string | undefined>();
  const missed: string[] = [];
  const addReports = ({ reports }: DaemonProcess): void => {
    for (const run of reports) reported.set(run.runId, run.cartridgePath);
  };
  for (let kill = 0; kill < kills; kill++) {
    const point = dieAt(kill);
    // A staging file for the sweep: its name holds the pid of a process that does not exist.
    if (point?.failpoint.includes("/sweep/")) writeFileSync(join(fixture.folder, ".gvpie-staging-1-1-1"), "");
    await using daemon = await startDaemonProcess(fixture, { ...OPTIONS, ...(point && { dieAt: point }) });
    const miss = await crash(daemon, kill);
    if (miss !== undefined) missed.push(miss);
    addReports(daemon);
  }

  const leftOpen = new Set(readRows<{ id: number }>(fixture, OPEN).map((run) => run.id));
  await using last = await startDaemonProcess(fixture, OPTIONS);
  await waitUntil(() => readRows<{ id: number }>(fixture, OPEN).every((run) => !leftOpen.has(run.id)), {
    timeoutMs: 30_000,
    intervalMs: 5,
  });
  await last.reported(SCRIPTS);
  const status = await last.kill("SIGTERM");
  const violations = status === 0 ? [] : [`expected the last daemon to exit with 0, got ${status}`];
  addReports(last);
  violations.push(...(await findViolations(fixture, { reported, allow: FOREIGN_FILES })));
  const left = stagingFiles(fixture).filter((name) => !FOREIGN_FILES.includes(name));
  violations.push(...left.map((name) => `${name} was not swept`));
  const [counts] = readRows<{ runs: number; finished: number; lost: number }>(
    fixture,
    `SELECT count(*) AS runs, count(finished_at) AS finished,
       coalesce(sum(finished_at IS NOT NULL AND success = 0), 0) AS lost FROM improvement_runs`,
  );
  if (!counts || counts.runs !== counts.finished) {
    violations.push(`runs left open: ${JSON.stringify(counts)}`);
  }
  return {
    killed: kills - missed.length,
    missed,
    runs: counts?.runs ?? 0,
    finished: counts?.finished ?? 0,
    lost: counts?.lost ?? 0,
    violations,
  };
}
