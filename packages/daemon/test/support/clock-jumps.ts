import { faketimeEnvironment, waitUntil } from "@gvpie/testing";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startDaemonProcess } from "./daemon-process.ts";
import { findViolations } from "./invariants.ts";
import { createFilledFixture, readRows, type StoreFixture } from "./store-fixture.ts";

const SCRIPTS = 3;
const INTERVAL_MS = 300;
const WATCHED_MS = 1_500;
const HOUR_MS = 3_600_000;

/** Runs of a loop after its wall clock has jumped. */
export interface ClockJump {
  /** Offset from the machine's time, in faketime's format. */
  readonly clock: string;
  /** Offset of the loop's clock in milliseconds, measured from its last row; undefined if there was no run. */
  readonly datedByMs: number | undefined;
  /** Fewest and most runs of one script since the jump. */
  readonly least: number;
  readonly most: number;
  /** Most runs that the interval allows. */
  readonly allowed: number;
  /** Runs recorded as lost although their process is alive. */
  readonly lost: number;
  readonly violations: readonly string[];
}

/** Runs a loop while its wall clock jumps an hour forward, back, and back once more. The monotonic clock is not faked. */
export async function jumpClocks(faketime: string): Promise<ClockJump[]> {
  using fixture = await createFilledFixture(SCRIPTS);
  const clockFile = join(fixture.root, "clock");
  const set = (clock: string): void => writeFileSync(clockFile, clock);
  set("+0");
  const environment = Object.entries(faketimeEnvironment(faketime, clockFile));
  const wrapper = ["env", ...environment.map(([name, value]) => `${name}=${value}`)];
  await using daemon = await startDaemonProcess(fixture, {
    wrapper,
    intervalMs: INTERVAL_MS,
    leaseMs: 1_000,
  });
  await daemon.reported(SCRIPTS);

  const jumps: ClockJump[] = [];
  for (const clock of ["+1h", "+0", "-1h"]) {
    const last = lastRun(fixture);
    const jumpedAt = performance.now();
    set(clock);
    const counts = (): number[] =>
      readRows<{ runs: number }>(
        fixture,
        `SELECT count(r.id) AS runs FROM improvement_scripts AS s LEFT JOIN improvement_runs AS r
           ON r.script_id = s.id AND r.id > ${last} GROUP BY s.id`,
      ).map(({ runs }) => runs);
    await sleep(WATCHED_MS);
    await waitUntil(() => Math.min(...counts()) >= 2).catch(() => {});
    const seen = counts();
    const tookMs = performance.now() - jumpedAt;
    const [newest] = readRows<{ started_at: string }>(
      fixture,
      `SELECT started_at FROM improvement_runs WHERE id > ${last} ORDER BY id DESC LIMIT 1`,
    );
    const [lost] = readRows<{ runs: number }>(
      fixture,
      "SELECT count(*) AS runs FROM improvement_runs WHERE success = 0",
    );
    jumps.push({
      clock,
      datedByMs: newest && Date.parse(newest.started_at) - Date.now(),
      least: Math.min(...seen),
      most: Math.max(...seen),
      allowed: Math.ceil(tookMs / INTERVAL_MS) + 1,
      lost: lost?.runs ?? 0,
      violations: (await findViolations(fixture)).filter((one) => !one.startsWith("two runs at once")),
    });
  }
  await daemon.kill("SIGTERM");
  return jumps;
}

/** True if the clock jumped and the loop kept its schedule. */
export function hasKeptSchedule({
  clock,
  datedByMs,
  least,
  most,
  allowed,
  lost,
  violations,
}: ClockJump): boolean {
  const hours = Number.parseInt(clock, 10);
  const isDated = datedByMs !== undefined && Math.abs(datedByMs - hours * HOUR_MS) < HOUR_MS / 2;
  return isDated && least >= 2 && most <= allowed && lost === 0 && violations.length === 0;
}

function lastRun(fixture: StoreFixture): number {
  const [row] = readRows<{ id: number | null }>(fixture, "SELECT max(id) AS id FROM improvement_runs");
  return row?.id ?? 0;
}
