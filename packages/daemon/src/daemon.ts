import { systemClock } from "@gvpie/file-socket/process";
import { checkOptions } from "@gvpie/pxl-parser";
import { hostname } from "node:os";
import { resolve } from "node:path";

import { createActiveRuns, LOST_RUN_STDERR, type Patience } from "./active-runs.ts";
import { createCartridgeFolder } from "./cartridge-folder.ts";
import { createConditions } from "./conditions.ts";
import { createDiskForecast } from "./disk-forecast.ts";
import { createFailingScripts } from "./failing-scripts.ts";
import { BEAT_MS, startHeartbeat } from "./heartbeat.ts";
import { createLangHealth } from "./lang-health.ts";
import { reviewOverdue } from "./overdue.ts";
import { createRecorder } from "./recorder.ts";
import { checkKept, createRetention } from "./retention.ts";
import { runEachOnce, runUntilStopped } from "./run-loop.ts";
import { createStoreFailures } from "./store-failures.ts";
import {
  LANGS,
  MAX_INTERVAL_MS,
  StoreError,
  type ClaimedRun,
  type Lang,
  type WorkerState,
} from "./store/index.ts";
import { reportRefused } from "./report-refused.ts";
import { sweepFolder } from "./sweep.ts";
import type { Daemon, DaemonOptions, DaemonStatus, RunReport } from "./types.ts";
import { createWakeSignal } from "./wake-signal.ts";

/** A run of {@link Daemon.runOnce} waits for a renderer, and for a locked database or a full disk. */
const ONCE_PATIENCE: Patience = { runMs: 10_000, recordMs: 60_000 };
const ENDLESS_PATIENCE: Patience = { runMs: Infinity, recordMs: Infinity };
/** Milliseconds between two looks at the disks. */
const DISK_MS = 600_000;
/** Milliseconds after its start from which a loop looks for overdue scripts. */
const OVERDUE_FROM_MS = 60_000;
/** Milliseconds that runs in progress get when the daemon is closed. */
const GRACE_MS = 1_500;

const OPTION_NAMES: ReadonlySet<string> = new Set<keyof DaemonOptions>([
  "store",
  "runners",
  "capabilities",
  "cartridges",
  "create",
  "dir",
  "version",
  "save",
  "intervalMs",
  "concurrency",
  "langConcurrency",
  "timeoutMs",
  "leaseMs",
  "keepRuns",
  "keepCartridges",
  "maxOutputBytes",
  "onRun",
  "onEvent",
  "onCondition",
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
  const {
    store,
    runners,
    capabilities,
    cartridges,
    create = true,
    dir,
    save = "changed",
    onRun,
    onAudit,
  } = options;
  const { onEvent: emit = () => {}, onCondition: onChange = () => {}, version = "unknown" } = options;
  const intervalMs = integer("intervalMs", options.intervalMs ?? 10_000, 0, MAX_INTERVAL_MS);
  const concurrency = integer("concurrency", options.concurrency ?? 4, 1, 1_000);
  const limits = langLimits(options.langConcurrency ?? {});
  const timeoutMs = integer("timeoutMs", options.timeoutMs ?? 60_000, 1, 2_147_483_647);
  const leaseMs = integer("leaseMs", options.leaseMs ?? 15_000, 100, 2_147_483_647);
  const maxOutputBytes = integer("maxOutputBytes", options.maxOutputBytes ?? 16_384, 256, 1_048_576);
  const keepRuns = checkKept("keepRuns", options.keepRuns);
  const keepCartridges = checkKept("keepCartridges", options.keepCartridges);

  const wake = createWakeSignal();
  const stopping = new AbortController();
  /** Aborted when the runs in progress have had their time to end. */
  const givingUp = new AbortController();
  const stop = (): void => {
    stopping.abort();
    wake.notify();
  };
  const failures: unknown[] = [];
  const fail = (error: unknown): void => {
    failures.push(error);
    stop();
  };
  const createdAt = performance.now();
  const startedAt = new Date(systemClock.now()).toISOString();
  const conditions = createConditions({ clock: systemClock, emit, onChange });
  const storeFailures = createStoreFailures(conditions, emit);
  const health = createLangHealth({
    conditions,
    limits,
    now: systemClock.now,
    isActive: (lang) => runs.inProgress(lang) > 0,
  });
  const retention = createRetention({ store, folder: cartridges, keepRuns, keepCartridges, emit });
  const forecast = createDiskForecast({ paths: [store.path, cartridges], conditions, ...systemClock });
  const failing = createFailingScripts(conditions);
  const isWaiting = (lang: Lang): boolean => health.waiting.some((one) => one.lang === lang);
  const folder = createCartridgeFolder({ folder: cartridges, store, saveAlways: save === "always", create });
  const recorder = createRecorder({
    store,
    intervalMs,
    givingUp: givingUp.signal,
    onFailure: (error, retryMs) => storeFailures.failed("record", error, retryMs),
    onSuccess: () => storeFailures.succeeded("record"),
  });
  const runs = createActiveRuns({
    runners,
    capabilities,
    onAudit,
    timeoutMs,
    maxOutputBytes,
    folder,
    recorder,
    store,
    wake,
    emit,
    health,
  });
  const workerState = (): WorkerState => ({
    dir,
    cartridges: resolve(cartridges),
    concurrency,
    busy: runs.busySlots,
    waiting: health.waiting,
    conditions: conditions.list(),
  });
  const status = (): DaemonStatus => {
    const { waitingRuns, recording } = runs;
    return { ...workerState(), startedAt, waitingRuns, recording, disks: forecast.disks };
  };
  let ended: Promise<unknown> | undefined;

  /** Renews the leases of runs in progress, and records the runs of processes that died. */
  async function keepLeases(): Promise<void> {
    try {
      if (runs.size > 0) {
        await runs.abortAllExcept(await store.renewLeases(leaseMs));
        storeFailures.succeeded("lease");
      }
      // After a lock, the process that holds a run has the time to renew its lease.
      if (performance.now() - storeFailures.lastAt < leaseMs) return;
      for (const run of await store.failExpiredRuns(LOST_RUN_STDERR, { intervalMs })) {
        const message = `the lease of run ${run} has expired: recorded as lost`;
        emit({ type: "expired", level: "warn", message, fields: { run } });
        wake.notify();
      }
      storeFailures.succeeded("lease");
    } catch (error) {
      if (isMoved(error)) return fail(error);
      storeFailures.failed("lease", error, leaseMs / 3);
    }
  }

  /** Ends conditions that no run ends, and looks for overdue scripts. The loop itself reports a failing database. */
  async function review(): Promise<void> {
    try {
      await health.review(store);
      await failing.review(store);
      // A loop that has just started makes up for the time before.
      if (performance.now() - createdAt < OVERDUE_FROM_MS) return;
      const waiting = health.waiting.map(({ lang }) => lang);
      await reviewOverdue({ store, conditions, intervalMs, waiting });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }

  /** Takes over the conditions of the last loop on this machine, so that they are not reported as new. */
  async function inherit(): Promise<void> {
    try {
      const host = hostname();
      const last = (await store.listWorkers()).find((worker) => worker.host === host);
      if (last === undefined) return;
      conditions.inherit(last.state.conditions);
      const failed = last.state.conditions.find(({ code }) => code === "SCRIPT_FAILING");
      if (failed) await failing.inherit(store, failed.since);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }

  /** Runs scripts and renews leases until the loop has ended and every run in progress is recorded. */
  async function runWithLeases(mode: Mode): Promise<RunReport[]> {
    const reports: RunReport[] = [];
    const execute = async (claimed: ClaimedRun): Promise<void> => {
      try {
        const report = await runs.start(claimed, mode === "once" ? ONCE_PATIENCE : ENDLESS_PATIENCE);
        if (mode === "once") reports.push(report);
        if (mode === "continuous") failing.recorded(report, isWaiting(report.lang));
        onRun?.(report);
      } catch (error) {
        // A failing database does not end the loop: once the lease has expired, the run is recorded as lost.
        if (mode === "continuous" && error instanceof StoreError && !isMoved(error)) {
          const run = `run ${claimed.runId} of ${JSON.stringify(claimed.script.name)}`;
          const message = `${run} is not recorded: ${error.message}`;
          storeFailures.failed("record", error, leaseMs);
          return emit({ type: "store", level: "error", message, fields: { code: error.code } });
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
    if (mode === "continuous") await inherit();
    let renewal = keepLeases();
    const renewals = setInterval(() => {
      renewal = keepLeases();
    }, leaseMs / 3);
    const heartbeat = startHeartbeat({
      store,
      version,
      startedAt,
      atOnce: mode === "continuous",
      state: workerState,
      onPulse: conditions.tick,
      onReview: review,
      onSuccess: () => storeFailures.succeeded("beat"),
      onFailure: (error) => {
        if (error instanceof StoreError) storeFailures.failed("beat", error, BEAT_MS);
      },
    });
    forecast.sample();
    const forecasts = setInterval(forecast.sample, DISK_MS);
    const background = Promise.all([
      ...(mode === "continuous" ? [retention.keep(stopping.signal)] : []),
      sweepFolder(folder, emit, stopping.signal),
      reportRefused(store, emit, stopping.signal),
    ]);
    try {
      const context = { store, runs, health, wake, concurrency, terms, start, stopping: stopping.signal };
      if (mode === "once") await runEachOnce(context);
      else await runUntilStopped({ ...context, failures: storeFailures });
      if (mode === "once") await background;
    } finally {
      stop();
      const grace = setTimeout(() => givingUp.abort(), GRACE_MS);
      await runs.stop(GRACE_MS);
      clearTimeout(grace);
      clearInterval(renewals);
      clearInterval(forecasts);
      await Promise.all([renewal, background, ...inProgress]);
      await heartbeat.stop();
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
    status,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** True if the database is no longer at its path: the loop ends, because another one may be there. */
function isMoved(error: unknown): boolean {
  return error instanceof StoreError && error.code === "STORE_MOVED";
}

function langLimits(given: NonNullable<DaemonOptions["langConcurrency"]>): typeof given {
  checkOptions("langConcurrency", given, new Set(LANGS));
  for (const [lang, limit] of Object.entries(given)) integer(`langConcurrency.${lang}`, limit, 1, 1_000);
  return given;
}

function integer(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${name}: expected an integer from ${least} to ${most}, got ${value}`);
}
