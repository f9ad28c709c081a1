import type { CalendarLine } from "./calendar.ts";
import { fails, HOUR, type PlannedScript, type WorldEvent } from "./plan.ts";

const MISSED_AFTER_MS = 60_000;
const CORRECTION_MS = 3 * HOUR;

/** The clocks at a time, in milliseconds. */
interface Clocks {
  /** Since the start. */
  elapsed: number;
  /** The clock on the wall, minus the time since the start. */
  wallOffset: number;
  /** The clock on the wall minus the clock that intervals follow. */
  skew: number;
}

/**
 * Returns the times at which a script should start, in milliseconds since the start of the simulation: the rules of docs/store.md,
 * followed for one script alone, with times found without a library of cron lines.
 */
export function expectedStarts(
  script: PlannedScript,
  world: {
    readonly start: number;
    readonly lengthMs: number;
    readonly events: readonly WorldEvent[];
    readonly timesOf: (line: CalendarLine) => number[];
  },
): number[] {
  const starts: number[] = [];
  const clocks: Clocks = { elapsed: 0, wallOffset: world.start, skew: 0 };
  const times = script.line && world.timesOf(script.line);
  const wall = (): number => clocks.elapsed + clocks.wallOffset;
  const after = (at: number): number => times?.find((time) => time > at) ?? Infinity;
  let isPaused = false;
  let areAllPaused = false;
  let failures = 0;
  /** The next regular start: for a cron line by the clock on the wall, else since the start. */
  let regular = times ? after(wall()) : 0;
  /** A start besides: after an edit, or to repeat a failed run. */
  let early = 0;

  const regularAt = (): number => (times ? regular - clocks.wallOffset : regular);
  const dueAt = (): number => Math.min(regularAt(), early);

  function begin(at: number): void {
    clocks.elapsed = at;
    if (script.missed === "skip" && early > at && at - regularAt() > MISSED_AFTER_MS) {
      const phases = Math.floor((at - regular) / HOUR) + 1;
      regular = times ? after(wall()) : regular + phases * HOUR;
      return;
    }
    const isRegular = regularAt() <= at;
    if (!times) regular = at + HOUR;
    else if (isRegular) regular = after(Math.max(wall(), regular));
    early = Infinity;
    starts.push(at);
    if (!fails(script, starts.length - 1)) failures = 0;
    else if (++failures <= (script.retries ?? 0)) early = at + 1_000 * 2 ** (failures - 1);
  }

  function advance(until: number): void {
    if (!isPaused && !areAllPaused) {
      while (dueAt() <= until) begin(Math.max(dueAt(), clocks.elapsed));
    }
    clocks.elapsed = until;
  }

  function happen(event: WorldEvent): void {
    if (event.type === "jump") {
      clocks.wallOffset += event.byMs;
      clocks.skew += event.byMs;
      if (times && event.byMs <= -CORRECTION_MS) regular = after(wall());
    } else if (event.type === "reboot") {
      clocks.elapsed += event.offMs;
      // The clock of intervals begins with that on the wall.
      if (!times) regular = Math.min(regular - clocks.skew, clocks.elapsed + HOUR);
      clocks.skew = 0;
    } else if (event.type === "edit") {
      if (event.script === script.name) early = clocks.elapsed;
    } else if (event.script === undefined) {
      areAllPaused = event.type === "pause";
    } else if (event.script === script.name) {
      isPaused = event.type === "pause";
    }
  }

  for (const event of world.events) {
    advance(event.atMs);
    happen(event);
  }
  advance(world.lengthMs - 1);
  return starts;
}
