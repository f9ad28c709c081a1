import { nextCronMs } from "./cron.ts";
import type { ScriptOptions } from "./types.ts";

/** Milliseconds from which a start counts as missed. */
const MISSED_AFTER_MS = 60_000;
/** Milliseconds between the planned due time of a cron line and that of its row, as far as small moves of the clocks explain them. */
export const CRON_SLACK_MS = 1_000;
/** `cron_at_ms` of a script whose cron line cannot be used. */
export const BAD_CRON_MS = -1;

/** The clocks of a claim, in milliseconds. */
export interface Clocks {
  /** The store's clock. */
  readonly now: number;
  readonly wall: number;
}

/** The schedule of a script when it is claimed. */
export interface PlannedStart {
  readonly due_at_ms: number | null;
  /** When a loop saw its last edit, if it was due from then on. */
  readonly seen_at_ms: number | null;
  readonly cron_at_ms: number | null;
}

/** The next regular start. A due time of null ends all starts: the cron line cannot be used. */
export interface NextStart {
  readonly dueMs: number | null;
  readonly cronMs: number | null;
}

/** Returns true if the script waits for its next regular time, because it missed this one. */
export function isMissed(
  { due_at_ms: due, seen_at_ms: seen }: PlannedStart,
  options: ScriptOptions,
  { now }: Clocks,
): boolean {
  return options.missed === "skip" && due !== null && due !== seen && now - due > MISSED_AFTER_MS;
}

/** Returns the regular start after one that happens now, or is left out now. */
export function nextStart(
  planned: PlannedStart,
  options: ScriptOptions,
  defaultIntervalMs: number,
  clocks: Clocks,
  isLeftOut: boolean,
): NextStart {
  if (options.cron !== undefined) return nextCron(planned, options.cron, options.timeZone, clocks);
  // At least 1 ms later, so that a script with interval 0 queues behind the scripts that wait now.
  const interval = Math.max(1, options.intervalMs ?? defaultIntervalMs);
  const { now } = clocks;
  const due = planned.due_at_ms ?? now;
  const from = isLeftOut ? due + Math.floor((now - due) / interval) * interval : now;
  return { dueMs: from + interval, cronMs: null };
}

function nextCron(
  { due_at_ms: due, cron_at_ms: planned }: PlannedStart,
  line: string,
  zone: string | undefined,
  { now, wall }: Clocks,
): NextStart {
  const skew = wall - now;
  const isPlanned = planned !== null && planned >= 0;
  const isRegular = isPlanned && due !== null && Math.abs(due - (planned - skew)) <= CRON_SLACK_MS;
  // A planned time that is still to come stays, after an early start and after a small jump back, so that no time is used twice.
  const next =
    isPlanned && planned > wall && !isRegular
      ? planned
      : nextCronMs(line, zone, isRegular ? Math.max(wall, planned) : wall);
  return next === undefined ? { dueMs: null, cronMs: BAD_CRON_MS } : { dueMs: next - skew, cronMs: next };
}
