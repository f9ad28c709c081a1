import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findViolations, stagingFiles } from "./invariants.ts";
import { makePlace, makePlaceWith, readRows, type Place } from "./place.ts";
import { startDaemonProcess, until, type DaemonProcess } from "./processes.ts";

/** What is killed writes a file a run, so that it may die between any two steps of saving and recording. */
const OPTIONS = { save: "always", intervalMs: 1, concurrency: 4, leaseMs: 300 } as const;
const SCRIPTS = 20;
const STRANGERS = ["notes.txt", ".gvpie-staging-", "picture_of_a_cat"];
const OPEN = "SELECT id FROM improvement_runs WHERE finished_at IS NULL";

/** What came of killing daemons. */
export interface CrashResult {
  /** Processes that died as they should. */
  readonly killed: number;
  /** Failpoints that were not reached. */
  readonly missed: string[];
  readonly runs: number;
  readonly finished: number;
  /** Finished as lost. */
  readonly lost: number;
  /** Promises broken, in words. */
  readonly violations: string[];
}

/** Kills a daemon so many times at moments spread over its work, starts it again each time, and checks everything. */
export async function killAnywhere(kills: number): Promise<CrashResult> {
  using place = await makePlaceWithStrangers();
  return await checkCrashes(place, kills, async (daemon, kill) => {
    await daemon.reported(1);
    await sleep((kill * 37) % 90);
    await daemon.kill("SIGKILL");
    return undefined;
  });
}

/** Kills a daemon at each of these failpoints, so many times, starts it again each time, and checks everything. */
export async function killAtFailpoints(failpoints: readonly string[], rounds: number): Promise<CrashResult> {
  using place = await makePlaceWithStrangers();
  const points = Array.from({ length: rounds }, (_, round) =>
    failpoints.map((failpoint) => ({ failpoint, hit: hitOf(failpoint, round) })),
  ).flat();
  return await checkCrashes(
    place,
    points.length,
    async (daemon, kill) => {
      const timer = setTimeout(() => void daemon.kill("SIGTERM"), 20_000);
      const code = await daemon.ended;
      clearTimeout(timer);
      return code === null ? undefined : points[kill]?.failpoint;
    },
    (kill) => points[kill],
  );
}

/** Kills what opens an empty or old database at these failpoints, and opens it again. */
export async function killOpening(
  failpoints: readonly string[],
  prepare: (path: string) => void,
): Promise<{ readonly killed: number; readonly violations: string[] }> {
  let killed = 0;
  const violations: string[] = [];
  for (const failpoint of failpoints) {
    using place = makePlace();
    prepare(place.path);
    await using daemon = await startDaemonProcess(place, { dieAt: { failpoint, hit: 1 } });
    const timer = setTimeout(() => void daemon.kill("SIGTERM"), 20_000);
    if ((await daemon.ended) === null) killed++;
    clearTimeout(timer);
    await using again = await startDaemonProcess(place, OPTIONS);
    await again.reported(1);
    await again.kill("SIGTERM");
    for (const row of readRows(place, "PRAGMA integrity_check")) {
      if (JSON.stringify(row) !== '{"integrity_check":"ok"}') violations.push(JSON.stringify(row));
    }
  }
  return { killed, violations };
}

/** The edit at the start comes once, and a sweep finds one file; the rest comes again and again. */
function hitOf(failpoint: string, round: number): number {
  return /^daemon\/(?:edit|sweep)\//.test(failpoint) ? 1 : 1 + ((round * 7) % 5);
}

async function makePlaceWithStrangers(): Promise<Place> {
  const place = await makePlaceWith(SCRIPTS);
  await using daemon = await startDaemonProcess(place, OPTIONS);
  await daemon.reported(1);
  await daemon.kill("SIGTERM");
  for (const name of STRANGERS) writeFileSync(join(place.folder, name), "not ours");
  return place;
}

async function checkCrashes(
  place: Place,
  kills: number,
  crash: (daemon: DaemonProcess, kill: number) => Promise<string | undefined>,
  dieAt: (kill: number) => { readonly failpoint: string; readonly hit: number } | undefined = () => undefined,
): Promise<CrashResult> {
  const reported = new Map<number, string | undefined>();
  const missed: string[] = [];
  const note = ({ reports }: DaemonProcess): void => {
    for (const run of reports) reported.set(run.runId, run.cartridgePath);
  };
  for (let kill = 0; kill < kills; kill++) {
    const point = dieAt(kill);
    // What a sweep is to find: the name of a process that is gone.
    if (point?.failpoint.includes("/sweep/")) writeFileSync(join(place.folder, ".gvpie-staging-1-1-1"), "");
    await using daemon = await startDaemonProcess(place, { ...OPTIONS, ...(point && { dieAt: point }) });
    const miss = await crash(daemon, kill);
    if (miss !== undefined) missed.push(miss);
    note(daemon);
  }

  const leftOpen = new Set(readRows<{ id: number }>(place, OPEN).map((run) => run.id));
  await using last = await startDaemonProcess(place, OPTIONS);
  await until(() => readRows<{ id: number }>(place, OPEN).every((run) => !leftOpen.has(run.id)));
  await last.reported(SCRIPTS);
  const violations = (await last.kill("SIGTERM")) === 0 ? [] : ["the last daemon did not end well"];
  note(last);
  violations.push(...(await findViolations(place, { reported, allow: STRANGERS })));
  const left = stagingFiles(place).filter((name) => !STRANGERS.includes(name));
  violations.push(...left.map((name) => `${name} was not swept`));
  const [counts] = readRows<{ runs: number; finished: number; lost: number }>(
    place,
    `SELECT count(*) AS runs, count(finished_at) AS finished,
       coalesce(sum(finished_at IS NOT NULL AND success = 0), 0) AS lost FROM improvement_runs`,
  );
  if (!counts || counts.runs !== counts.finished)
    violations.push(`runs left open: ${JSON.stringify(counts)}`);
  return {
    killed: kills - missed.length,
    missed,
    runs: counts?.runs ?? 0,
    finished: counts?.finished ?? 0,
    lost: counts?.lost ?? 0,
    violations,
  };
}
