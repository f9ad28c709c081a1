import { checkOptions } from "@gvpie/pxl-parser";

import { createActiveRuns, LOST_RUN_STDERR, type Patience } from "./active-runs.ts";
import { createCartridgeFolder } from "./cartridge-folder.ts";
import { createRecorder } from "./recorder.ts";
import { runEachOnce, runUntilStopped } from "./run-loop.ts";
import { StoreError, type ClaimedRun } from "./store/index.ts";
import { reportRefused } from "./report-refused.ts";
import { sweepFolder } from "./sweep.ts";
import type { Daemon, DaemonOptions, RunReport } from "./types.ts";
import { createWakeSignal } from "./wake-signal.ts";

/** A run of {@link Daemon.runOnce} waits for a renderer, and for a locked database or a full disk. */
const ONCE_PATIENCE: Patience = { runMs: 10_000, recordMs: 60_000 };
const ENDLESS_PATIENCE: Patience = { runMs: Infinity, recordMs: Infinity };
/** Milliseconds that runs in progress get when the daemon is closed. */
const GRACE_MS = 1_500;

const OPTION_NAMES: ReadonlySet<string> = new Set<keyof DaemonOptions>([
  "store",
  "runners",
  "capabilities",
  "cartridges",
  "save",
  "intervalMs",
  "concurrency",
  "timeoutMs",
  "leaseMs",
  "onRun",
  "onEvent",
  "onAudit",
]);

/** `runOnce()` or `run()`. */
type Mode = "once" | "continuous";

/**
 * Creates a daemon. It does nothing before {@link Daemon.run} or {@link Daemon.runOnce}; call one of them, once.
 *
 * @throws {RangeError} for a number out of its range; {TypeError} for an unknown option.
 */
export function createDaemon(options: DaemonOptions): Daemon {
  checkOptions("options", options, OPTION_NAMES);
  const { store, runners, capabilities, cartridges, save = "changed", onRun, onAudit } = options;
  const { onEvent: emit = () => {} } = options;
  const intervalMs = integer("intervalMs", options.intervalMs ?? 10_000, 0, 31_536_000_000);
  const concurrency = integer("concurrency", options.concurrency ?? 4, 1, 1_000);
  const timeoutMs = integer("timeoutMs", options.timeoutMs ?? 60_000, 1, 2_147_483_647);
  const leaseMs = integer("leaseMs", options.leaseMs ?? 15_000, 100, 2_147_483_647);

  const wake = createWakeSignal();
  const stopping = new AbortController();
  /** Aborted when the runs in progress have had their time to end. */
  const givingUp = new AbortController();
  /** Time of the last failure of the database, by `performance.now()`. */
  let failedAt = -Infinity;
  const stop = (): void => {
    stopping.abort();
    wake.notify();
  };
  const failures: unknown[] = [];
  const fail = (error: unknown): void => {
    failures.push(error);
    stop();
  };
  const reportStoreFailure = (error: unknown, retryMs: number): void => {
    failedAt = performance.now();
    const message = error instanceof Error ? error.message : String(error);
    emit({ type: "store", level: "error", message, fields: { retryInMs: Math.round(retryMs) } });
  };
  const folder = createCartridgeFolder({ folder: cartridges, store, saveAlways: save === "always" });
  const recorder = createRecorder({
    store,
    intervalMs,
    givingUp: givingUp.signal,
    onFailure: reportStoreFailure,
  });
  const runs = createActiveRuns({
    runners,
    capabilities,
    onAudit,
    timeoutMs,
    folder,
    recorder,
    store,
    wake,
    emit,
  });
  let ended: Promise<unknown> | undefined;

  /** Renews the leases of runs in progress, and records the runs of processes that died. */
  async function keepLeases(): Promise<void> {
    try {
      if (runs.size > 0) await runs.abortAllExcept(await store.renewLeases(leaseMs));
      // After a lock, the process that holds a run has the time to renew its lease.
      if (performance.now() - failedAt < leaseMs) return;
      for (const run of await store.failExpiredRuns(LOST_RUN_STDERR, { intervalMs })) {
        const message = `the lease of run ${run} has expired: recorded as lost`;
        emit({ type: "expired", level: "warn", message, fields: { run } });
        wake.notify();
      }
    } catch (error) {
      if (isMoved(error)) return fail(error);
      reportStoreFailure(error, leaseMs / 3);
    }
  }

  /** Runs scripts and renews leases until the loop has ended and every run in progress is recorded. */
  async function runWithLeases(mode: Mode): Promise<RunReport[]> {
    const reports: RunReport[] = [];
    const execute = async (claimed: ClaimedRun): Promise<void> => {
      try {
        const report = await runs.start(claimed, mode === "once" ? ONCE_PATIENCE : ENDLESS_PATIENCE);
        if (mode === "once") reports.push(report);
        onRun?.(report);
      } catch (error) {
        // A failing database does not end the loop: once the lease has expired, the run is recorded as lost.
        if (mode === "continuous" && error instanceof StoreError && !isMoved(error)) {
          const run = `run ${claimed.runId} of ${JSON.stringify(claimed.script.name)}`;
          return reportStoreFailure(new Error(`${run} is not recorded: ${error.message}`), leaseMs);
        }
        fail(error);
      }
    };
    const inProgress = new Set<Promise<void>>();
    const start = (claimed: ClaimedRun): void => {
      const run = execute(claimed).finally(() => inProgress.delete(run));
      inProgress.add(run);
    };
    const terms = { intervalMs, leaseMs };
    let heartbeat = keepLeases();
    const timer = setInterval(() => {
      heartbeat = keepLeases();
    }, leaseMs / 3);
    const swept = Promise.all([
      sweepFolder(folder, emit, stopping.signal),
      reportRefused(store, emit, stopping.signal),
    ]);
    try {
      const context = { store, runs, wake, concurrency, terms, start, stopping: stopping.signal };
      await (mode === "once" ? runEachOnce(context) : runUntilStopped(context, reportStoreFailure));
      await swept;
    } finally {
      stop();
      const grace = setTimeout(() => givingUp.abort(), GRACE_MS);
      await runs.stop(GRACE_MS);
      clearTimeout(grace);
      clearInterval(timer);
      await Promise.all([heartbeat, swept, ...inProgress]);
    }
    if (failures.length > 0) throw failures[0];
    return reports;
  }

  async function begin(mode: Mode): Promise<RunReport[]> {
    if (ended) throw new Error("a daemon runs only once; create another");
    const work = runWithLeases(mode);
    ended = work.catch(() => {});
    return work;
  }

  async function close(): Promise<void> {
    stop();
    await ended;
  }

  return {
    runOnce: () => begin("once"),
    async run({ signal } = {}) {
      if (signal?.aborted) stop();
      signal?.addEventListener("abort", stop);
      try {
        await begin("continuous");
      } finally {
        signal?.removeEventListener("abort", stop);
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** True if the database is no longer at its path: the loop ends, because another one may be there. */
function isMoved(error: unknown): boolean {
  return error instanceof StoreError && error.code === "STORE_MOVED";
}

function integer(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${name}: expected an integer from ${least} to ${most}, got ${value}`);
}
