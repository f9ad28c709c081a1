import { LANGS, openStore, type ScriptStore } from "@gvpie/daemon/store";
import { createCpuRasterizer } from "@gvpie/raster-cpu";
import { createTemporaryDirectory } from "@gvpie/testing";
import { readdirSync } from "node:fs";
import { createActiveRuns, LOST_RUN_STDERR } from "../../../src/active-runs.ts";
import { createCartridgeFolder } from "../../../src/cartridge-folder.ts";
import { createRecorder } from "../../../src/recorder.ts";
import { createRetention } from "../../../src/retention.ts";
import { runUntilStopped } from "../../../src/run-loop.ts";
import { createPixelRunner } from "../../../src/runners/index.ts";
import type { Runner } from "../../../src/types.ts";
import { createWakeSignal, type WakeSignal } from "../../../src/wake-signal.ts";
import { TestClock } from "../test-clock.ts";
import { createCalendar, cronOf } from "./calendar.ts";
import { findStrayRows, measure, type Sample } from "./disk.ts";
import { expectedStarts } from "./expected.ts";
import { DAY, eventsOf, fails, HOUR, SCRIPTS, type PlannedScript, type WorldEvent } from "./plan.ts";

const TERMS = { intervalMs: HOUR, leaseMs: 15_000 };
const CONCURRENCY = 32;
/** Runs and cartridges of a script that stay. */
export const KEPT_RUNS = 200;
export const KEPT_CARTRIDGES = 24;
const PROGRAM = "CANVAS 24 12\nPARAM n 0\nRECT 0 0 24 12\nCOLOR orange\nPRINT 1 1 {n}\n";

/** A script at the end. */
export interface ScriptResult {
  readonly name: string;
  readonly starts: readonly number[];
  readonly expected: readonly number[];
  /** Runs of a process that died. */
  readonly lost: number;
  readonly runCount: number;
  readonly successCount: number;
  readonly expectedSuccesses: number;
}

export interface YearResult {
  readonly runs: number;
  readonly days: number;
  readonly events: number;
  readonly tookMs: number;
  readonly scripts: readonly ScriptResult[];
  readonly samples: readonly Sample[];
  /** Rows that no file backs, files that no row names, and runs that did not end. */
  readonly strays: readonly string[];
}

/**
 * Runs the real loop, store, runners, folder and retention by a clock that jumps to the next start. A process and its store end with
 * each boot; days begin at `start`.
 */
export async function simulateYear(options: {
  /** Unix milliseconds. */
  readonly start: number;
  readonly days: number;
  readonly scripts?: readonly PlannedScript[];
  readonly onDay?: (day: number, runs: number) => void;
}): Promise<YearResult> {
  const { start, days, scripts: plan = SCRIPTS, onDay = () => {} } = options;
  const begunAt = performance.now();
  using directory = createTemporaryDirectory({ prefix: "gvpie-year-" });
  const path = directory.join("year.db");
  const folder = directory.join("cartridges");
  const clock = new TestClock();
  clock.wall = start;
  const world = { elapsedMs: 0, boot: 1 };
  const advance = (ms: number): void => {
    clock.advance(ms);
    world.elapsedMs += ms;
  };
  const starts = new Map(plan.map(({ name }) => [name, [] as number[]]));
  const lost = new Map<string, number>();
  const pixel = createPixelRunner({ rasterizer: createCpuRasterizer() });
  const runners = { pixel: planned(pixel, (name) => begin(starts.get(name) ?? [], world.elapsedMs)) };
  const events = eventsOf(days, plan);
  const samples: Sample[] = [];

  async function boot(): Promise<ScriptStore> {
    clock.boot = `boot ${world.boot}`;
    const store = await openStore({ path, synchronous: "normal", clock });
    await store.failExpiredRuns(LOST_RUN_STDERR, TERMS);
    return store;
  }

  let store = await boot();
  await store.removeScript("hello_gpu");
  for (const script of plan) await store.addScript({ ...newScript(script), lang: "pixel", code: PROGRAM });

  async function keep(day: number): Promise<void> {
    const kept = { keepRuns: { count: KEPT_RUNS }, keepCartridges: { count: KEPT_CARTRIDGES } };
    const pause = () => new Promise<void>((resolve) => setImmediate(resolve));
    const retention = createRetention({ store, folder, ...kept, emit: () => {}, now: clock.now, pause });
    // A file goes in the second pass, once no run that might use it is in progress.
    while ((await retention.pass()).cartridges > 0);
    samples.push(measure(day, path, folder));
    onDay(day, sumOf(starts.values()));
  }

  async function happen(event: WorldEvent): Promise<void> {
    const { type } = event;
    if (type === "jump") clock.wall += event.byMs;
    if (type === "edit") await store.updateScript(event.script, { code: `${PROGRAM}#${event.atMs}\n` });
    if (type === "pause" || type === "resume") await store.setPaused(event.script, type === "pause");
    if (type === "reboot") await reboot(event);
  }

  async function reboot({ offMs, lost: name }: WorldEvent & { type: "reboot" }): Promise<void> {
    if (name !== undefined) {
      await store.requestRun(name);
      const claimed = await store.claimDue(1, LANGS, TERMS);
      for (const { script } of claimed) lost.set(script.name, (lost.get(script.name) ?? 0) + 1);
    }
    await store.close();
    advance(offMs);
    world.boot++;
    clock.ticks = 1_000;
    store = await boot();
  }

  const pending = [...events];
  let day = 0;
  while (world.elapsedMs < days * DAY) {
    const [next] = pending;
    const untilMs = Math.min(next?.atMs ?? Infinity, (day + 1) * DAY);
    await runLoop({ store, folder, runners, untilMs, world, advance });
    if (next && next.atMs <= world.elapsedMs) {
      pending.shift();
      await happen(next);
    }
    if (world.elapsedMs >= (day + 1) * DAY) await keep(++day);
  }
  const timesOf = createCalendar(start - DAY, start + (days + 1) * DAY);
  const facts = { start, lengthMs: days * DAY, events, timesOf };
  const scripts: ScriptResult[] = [];
  for (const script of plan) {
    const { name } = script;
    const seen = starts.get(name) ?? [];
    const { runCount, successCount } = await store.getScript(name);
    const expectedSuccesses = seen.filter((_, index) => !fails(script, index)).length;
    const result = {
      name,
      starts: seen,
      lost: lost.get(name) ?? 0,
      runCount,
      successCount,
      expectedSuccesses,
    };
    scripts.push({ ...result, expected: expectedStarts(script, facts) });
  }
  const strays = [...(await store.findOrphans(folder, readdirSync(folder))), ...findStrayRows(path, folder)];
  await store.close();
  const runs = scripts.reduce((total, { runCount }) => total + runCount, 0);
  return { runs, days, events: events.length, tookMs: performance.now() - begunAt, scripts, samples, strays };
}

interface Segment {
  readonly store: ScriptStore;
  readonly folder: string;
  readonly runners: { readonly pixel: Runner };
  readonly untilMs: number;
  readonly world: { readonly elapsedMs: number };
  readonly advance: (ms: number) => void;
}

/** Runs the loop until the given time. */
async function runLoop({ store, folder, runners, untilMs, world, advance }: Segment): Promise<void> {
  const stopping = new AbortController();
  const failures: unknown[] = [];
  const fail = (error: unknown): void => {
    failures.push(error);
    stopping.abort();
  };
  const real = createWakeSignal();
  const recorder = createRecorder({
    store,
    intervalMs: HOUR,
    givingUp: stopping.signal,
    onFailure: fail,
    onSuccess: () => {},
  });
  const runs = createActiveRuns({
    runners,
    capabilities: undefined,
    onAudit: undefined,
    timeoutMs: 60_000,
    maxOutputBytes: 16_384,
    folder: createCartridgeFolder({ folder, store, saveAlways: false, create: true }),
    recorder,
    store,
    wake: real,
    emit: () => {},
    health: { waits: () => {}, answers: () => {}, ended: () => {} },
  });
  /** Instead of a sleep, the clock moves to the next start. */
  const wake: WakeSignal = {
    notify: real.notify,
    async wait() {
      if (runs.size > 0) return real.wait(Infinity);
      const dueInMs = (await store.nextDueInMs(LANGS)) ?? Infinity;
      const leftMs = untilMs - world.elapsedMs;
      if (dueInMs >= leftMs) stopping.abort();
      advance(Math.min(dueInMs, leftMs));
      return true;
    },
  };
  const patience = { runMs: 10_000, recordMs: 1_000 };
  await runUntilStopped({
    store,
    runs,
    health: { limit: () => Infinity },
    terms: TERMS,
    concurrency: CONCURRENCY,
    wake,
    stopping: stopping.signal,
    start: (claimed) => void runs.start(claimed, patience).catch(fail),
    failures: { lastAt: -Infinity, failed: (_, error) => fail(error), succeeded: () => {} },
  });
  if (failures.length > 0) throw failures[0];
}

/** Wraps a runner: it fails as planned, and gives scripts with a changing picture the number of the run. */
function planned(runner: Runner, count: (name: string) => number): Runner {
  const plan = new Map(SCRIPTS.map((script) => [script.name, script]));
  return {
    async run(script, context) {
      const found = plan.get(script.name);
      const index = count(script.name);
      if (found && fails(found, index)) throw new Error("fails as planned");
      const params = { n: String(found?.isChanging ? index : script.name) };
      return runner.run({ ...script, options: { ...script.options, params } }, context);
    },
  };
}

function begin(starts: number[], elapsedMs: number): number {
  return starts.push(elapsedMs) - 1;
}

function newScript({ name, line, missed, retries }: PlannedScript) {
  const schedule = line ? { cron: cronOf(line), timeZone: line.zone } : { intervalMs: HOUR };
  return {
    name,
    options: { ...schedule, ...(missed && { missed }), ...(retries !== undefined && { retries }) },
  };
}

function sumOf(lists: Iterable<readonly unknown[]>): number {
  let total = 0;
  for (const list of lists) total += list.length;
  return total;
}
