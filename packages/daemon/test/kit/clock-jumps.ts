import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findViolations } from "./invariants.ts";
import { makePlaceWith, readRows } from "./place.ts";
import { startDaemonProcess, until } from "./processes.ts";

const SCRIPTS = 3;
const INTERVAL_MS = 300;
const WATCHED_MS = 1_500;
const HOUR_MS = 3_600_000;

/** What a loop did after its clock had jumped. */
export interface ClockJump {
  /** As faketime writes it: from the machine's time. */
  readonly clock: string;
  /** Milliseconds that the loop's clock is off by, as the rows of its runs tell; undefined without a run. */
  readonly dated: number | undefined;
  /** Runs of one script, the least and the most, since the jump. */
  readonly least: number;
  readonly most: number;
  /** The most that its interval allows. */
  readonly allowed: number;
  /** Runs recorded as lost although their process lives. */
  readonly lost: number;
  readonly violations: readonly string[];
}

/** The library that gives a process a clock of its own, or undefined: Debian's package faketime has it. */
export function findFaketime(): string | undefined {
  const root = "/usr/lib";
  const folders = ["", ...(existsSync(root) ? readdirSync(root) : [])];
  return folders
    .map((name) => join(root, name, "faketime/libfaketimeMT.so.1"))
    .find((path) => existsSync(path));
}

/**
 * Lets a loop run while its wall clock jumps an hour forward, back, and back once more. What drives it besides is the monotonic
 * clock, which no setting of the time moves.
 */
export async function jumpClocks(faketime: string): Promise<ClockJump[]> {
  using place = await makePlaceWith(SCRIPTS);
  const clockFile = join(place.root, "clock");
  const set = (clock: string): void => writeFileSync(clockFile, clock);
  set("+0");
  const environment = {
    LD_PRELOAD: faketime,
    FAKETIME_TIMESTAMP_FILE: clockFile,
    FAKETIME_NO_CACHE: "1",
    DONT_FAKE_MONOTONIC: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
  const wrapper = ["env", ...Object.entries(environment).map(([name, value]) => `${name}=${value}`)];
  await using daemon = await startDaemonProcess(place, { wrapper, intervalMs: INTERVAL_MS, leaseMs: 1_000 });
  await daemon.reported(SCRIPTS);

  const jumps: ClockJump[] = [];
  for (const clock of ["+1h", "+0", "-1h"]) {
    const last = lastRun(place);
    const jumpedAt = performance.now();
    set(clock);
    const counts = (): number[] =>
      readRows<{ runs: number }>(
        place,
        `SELECT count(r.id) AS runs FROM improvement_scripts AS s LEFT JOIN improvement_runs AS r
           ON r.script_id = s.id AND r.id > ${last} GROUP BY s.id`,
      ).map(({ runs }) => runs);
    await sleep(WATCHED_MS);
    await until(() => Math.min(...counts()) >= 2, 60_000).catch(() => {});
    const seen = counts();
    const tookMs = performance.now() - jumpedAt;
    const [newest] = readRows<{ started_at: string }>(
      place,
      `SELECT started_at FROM improvement_runs WHERE id > ${last} ORDER BY id DESC LIMIT 1`,
    );
    const [lost] = readRows<{ runs: number }>(
      place,
      "SELECT count(*) AS runs FROM improvement_runs WHERE success = 0",
    );
    jumps.push({
      clock,
      dated: newest && Date.parse(newest.started_at) - Date.now(),
      least: Math.min(...seen),
      most: Math.max(...seen),
      allowed: Math.ceil(tookMs / INTERVAL_MS) + 1,
      lost: lost?.runs ?? 0,
      violations: (await findViolations(place)).filter((one) => !one.startsWith("two runs at once")),
    });
  }
  await daemon.kill("SIGTERM");
  return jumps;
}

/** Whether the loop went on as if nothing had happened, and its clock really jumped. */
export function isUnmoved({ clock, dated, least, most, allowed, lost, violations }: ClockJump): boolean {
  const hours = Number.parseInt(clock, 10);
  const isDated = dated !== undefined && Math.abs(dated - hours * HOUR_MS) < HOUR_MS / 2;
  return isDated && least >= 2 && most <= allowed && lost === 0 && violations.length === 0;
}

function lastRun(place: Parameters<typeof readRows>[0]): number {
  const [row] = readRows<{ id: number | null }>(place, "SELECT max(id) AS id FROM improvement_runs");
  return row?.id ?? 0;
}
