import { createActiveRuns, LOST_TEXT } from "./active-runs.ts";
import { createBell } from "./bell.ts";
import { createCartridgeFolder } from "./cartridge-folder.ts";
import { createRecorder } from "./recorder.ts";
import { runEachOnce, runWheneverDue, type Crew } from "./run-loop.ts";
import { StoreError, type ClaimedRun } from "./store/index.ts";
import { sweepFolder } from "./sweep.ts";
import type { Daemon, DaemonOptions, RunReport } from "./types.ts";

/** Milliseconds that a run of {@link Daemon.runOnce} waits for a renderer. */
const ONCE_PATIENCE_MS = 10_000;
/** Milliseconds that runs in hand have when the work is to end. */
const GRACE_MS = 1_500;

/** Makes what runs a store's scripts. Nothing happens before {@link Daemon.run} or {@link Daemon.runOnce}; one of them, once. */
export function createDaemon(options: DaemonOptions): Daemon {
  const { store, runners, cartridges, save = "changed", onRun, onEvent: emit = () => {} } = options;
  const intervalMs = integer("intervalMs", options.intervalMs ?? 10_000, 0, 31_536_000_000);
  const concurrency = integer("concurrency", options.concurrency ?? 4, 1, 1_000);
  const timeoutMs = integer("timeoutMs", options.timeoutMs ?? 60_000, 1, 2_147_483_647);
  const leaseMs = integer("leaseMs", options.leaseMs ?? 15_000, 100, 2_147_483_647);

  const bell = createBell();
  const stopping = new AbortController();
  const stop = (): void => {
    stopping.abort();
    bell.ring();
  };
  const storeFailed = (error: unknown, pauseMs: number): void => {
    const message = error instanceof Error ? error.message : String(error);
    emit({ type: "store", level: "error", message, fields: { retryInMs: Math.round(pauseMs) } });
  };
  const folder = createCartridgeFolder({ folder: cartridges, store, always: save === "always" });
  const recorder = createRecorder({
    store,
    intervalMs,
    patienceMs: leaseMs,
    stopping: stopping.signal,
    onFailure: storeFailed,
  });
  const runs = createActiveRuns({ runners, timeoutMs, folder, recorder, bell, emit });
  let ended: Promise<unknown> | undefined;

  /** Renews the leases in hand, and records the runs of processes that died. */
  async function keepLeases(): Promise<void> {
    try {
      if (runs.size > 0) runs.keep(await store.renewLeases(leaseMs));
      for (const run of await store.failExpiredRuns(LOST_TEXT, { intervalMs })) {
        const message = `run ${run} was never finished: recorded as lost`;
        emit({ type: "expired", level: "warn", message, fields: { run } });
        bell.ring();
      }
    } catch (error) {
      storeFailed(error, leaseMs / 3);
    }
  }

  /** Works with leases kept, until the body has come to its end and every run in hand is recorded. */
  async function employ(way: "once" | "loop", body: (crew: Crew) => Promise<void>): Promise<RunReport[]> {
    const reports: RunReport[] = [];
    const failures: unknown[] = [];
    const carryOut = async (claimed: ClaimedRun): Promise<void> => {
      try {
        const report = await runs.start(claimed, way === "once" ? ONCE_PATIENCE_MS : Infinity);
        if (way === "once") reports.push(report);
        onRun?.(report);
      } catch (error) {
        // The loop outlives a failing database: the run is recorded as lost when its lease has expired.
        if (way === "loop" && error instanceof StoreError) return storeFailed(error, leaseMs);
        failures.push(error);
        stop();
      }
    };
    const inHand = new Set<Promise<void>>();
    const start = (claimed: ClaimedRun): void => {
      const run = carryOut(claimed).finally(() => inHand.delete(run));
      inHand.add(run);
    };
    const terms = { intervalMs, leaseMs };
    let beat = keepLeases();
    const timer = setInterval(() => {
      beat = keepLeases();
    }, leaseMs / 3);
    const swept = sweepFolder(folder, emit, stopping.signal);
    try {
      await body({ store, runs, bell, concurrency, terms, start, stopping: stopping.signal });
      await swept;
    } finally {
      stop();
      await runs.stop(GRACE_MS);
      clearInterval(timer);
      await Promise.all([beat, swept, ...inHand]);
    }
    if (failures.length > 0) throw failures[0];
    return reports;
  }

  async function begin(way: "once" | "loop", body: (crew: Crew) => Promise<void>): Promise<RunReport[]> {
    if (ended) throw new Error("a daemon works once: make another");
    const work = employ(way, body);
    ended = work.then(
      () => undefined,
      () => undefined,
    );
    return work;
  }

  async function close(): Promise<void> {
    stop();
    await ended;
  }

  return {
    runOnce: () => begin("once", runEachOnce),
    async run({ signal } = {}) {
      if (signal?.aborted) stop();
      signal?.addEventListener("abort", stop);
      try {
        await begin("loop", (crew) => runWheneverDue(crew, storeFailed));
      } finally {
        signal?.removeEventListener("abort", stop);
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function integer(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${name} is an integer from ${least} to ${most}, not ${value}`);
}
