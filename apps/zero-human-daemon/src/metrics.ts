import {
  Counter,
  gauge,
  Histogram,
  type MetricFamily,
  processMetrics,
  Recent,
} from "@gvpie/app-common/metrics";
import type { Daemon, DaemonStatus, RunReport } from "@gvpie/daemon";
import type { ScriptStore } from "@gvpie/daemon/store";
import { readServerStatus } from "@gvpie/file-socket";
import { statSync } from "node:fs";

/** Scripts that have a value of their own; the runs of all others count under `_other`. */
const MAX_SCRIPTS = 200;
const RUN_SECONDS = [0.01, 0.05, 0.25, 1, 5, 15, 60, 300];
const LATE_SECONDS = [0.01, 0.1, 0.5, 1, 5, 15, 60, 300, 3_600];
const STORE_SECONDS = [0.0005, 0.002, 0.01, 0.05, 0.25, 1, 5];

/** The calls of the store that are measured, with their labels. */
const STORE_CALLS: Readonly<Partial<Record<keyof ScriptStore, string>>> = {
  claimDue: "claim",
  claimScripts: "claim",
  finishRuns: "record",
  renewLeases: "renew",
  failExpiredRuns: "expire",
  nextDueInMs: "next",
  beat: "beat",
  pruneRuns: "prune",
  giveUpCartridges: "prune",
};

/** Counts the runs of a daemon, and the time of its database. */
export class Metrics {
  readonly #runs = new Counter("gvpie_runs_total", "Runs that have ended and are recorded.", "script");
  readonly #durations = new Histogram("gvpie_run_duration_seconds", "Time of one run.", RUN_SECONDS);
  readonly #lateness = new Histogram(
    "gvpie_run_lateness_seconds",
    "Time from the planned start of a run to the real one.",
    LATE_SECONDS,
  );
  readonly #store = new Histogram(
    "gvpie_store_duration_seconds",
    "Time of one call of the database.",
    STORE_SECONDS,
  );
  readonly #scripts = new Recent(MAX_SCRIPTS, (script) => this.#runs.fold(script, "_other"));
  #cartridges = 0;
  #cartridgeBytes = 0;

  countRun({ name, lang, success, durationMs, lateMs, isNewCartridge, cartridgePath }: RunReport): void {
    this.#scripts.use(name);
    this.#runs.add({ lang, result: success ? "succeeded" : "failed", script: name });
    this.#durations.observe({ lang }, durationMs / 1_000);
    if (lateMs !== undefined) this.#lateness.observe({ lang }, lateMs / 1_000);
    if (!isNewCartridge || cartridgePath === undefined) return;
    this.#cartridges++;
    // The file may have been removed at once.
    this.#cartridgeBytes += statSync(cartridgePath, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Measures a call of the store, if it is of a kind that a loop depends on. */
  countCall(name: string, result: unknown, startedAt: number): void {
    const call = STORE_CALLS[name as keyof ScriptStore];
    if (call === undefined || !(result instanceof Promise)) return;
    const end = (): void => this.#store.observe({ call }, (performance.now() - startedAt) / 1_000);
    result.then(end, end);
  }

  families(daemon: Daemon, dir: string, version: string): MetricFamily[] {
    const status = daemon.status();
    return [
      gauge("gvpie_daemon_info", "The version.", [{ labels: { version }, value: 1 }]),
      this.#runs.family(),
      this.#durations.family(),
      this.#lateness.family(),
      this.#store.family(),
      counter("gvpie_cartridges_written_total", "Cartridges written.", this.#cartridges),
      counter("gvpie_cartridge_bytes_total", "Bytes of the cartridges written.", this.#cartridgeBytes),
      ...statusMetrics(status),
      rendererMetric(dir),
      ...processMetrics(),
    ];
  }
}

function statusMetrics({
  concurrency,
  busy,
  waitingRuns,
  recording,
  conditions,
  disks,
}: DaemonStatus): MetricFamily[] {
  const byPath = (
    name: string,
    help: string,
    of: (disk: DaemonStatus["disks"][number]) => number | undefined,
  ) =>
    gauge(
      name,
      help,
      disks.flatMap((disk) => {
        const value = of(disk);
        return value === undefined ? [] : [{ labels: { path: disk.path }, value }];
      }),
    );
  return [
    gauge("gvpie_slots", "Concurrency slots.", concurrency),
    gauge("gvpie_slots_busy", "Concurrency slots that runs occupy.", busy),
    gauge("gvpie_runs_waiting", "Runs that wait for something outside, such as a renderer.", waitingRuns),
    gauge("gvpie_runs_recording", "Runs that have ended and are not recorded yet.", recording),
    gauge(
      "gvpie_condition",
      "1 for each thing that is wrong at present.",
      conditions.map(({ code, level }) => ({ labels: { code, level }, value: 1 })),
    ),
    byPath("gvpie_disk_free_bytes", "Bytes that this user may still write.", (disk) => disk.freeBytes),
    byPath("gvpie_disk_total_bytes", "Bytes of the file system.", (disk) => disk.totalBytes),
    byPath("gvpie_disk_free_inodes", "Files that may still be created.", (disk) => disk.freeInodes),
    byPath(
      "gvpie_disk_full_seconds",
      "Seconds until the file system is full, at the pace of the last day.",
      (disk) => (disk.fullInMs === undefined ? undefined : disk.fullInMs / 1_000),
    ),
  ];
}

function rendererMetric(dir: string): MetricFamily {
  let isUp = false;
  try {
    isUp = readServerStatus(dir).state === "running";
  } catch {
    // A directory that another user could write in has no renderer to be trusted.
  }
  return gauge("gvpie_renderer_up", "1 if a renderer runs in the shared directory, else 0.", Number(isUp));
}

function counter(name: string, help: string, value: number): MetricFamily {
  return { name, help, type: "counter", samples: [{ value }] };
}
