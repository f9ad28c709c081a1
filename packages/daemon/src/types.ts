import type { Capability, CapabilityGrant } from "@gvpie/capability";
import type { ClientCapability } from "@gvpie/file-socket";
import type { Frame } from "@gvpie/raster";
import type { RunCapabilities } from "./run-capabilities.ts";
import type { ClaimedRun, Condition, Lang, ScriptParams, ScriptStore, WorkerState } from "./store/index.ts";

/** A picture or an animation drawn by a runner, with everything that its cartridge records. */
export interface Drawing {
  /** The picture; frame 0 of an animation. */
  readonly frame: Frame;
  /** Every frame of an animation, beginning with `frame`; absent for a still picture. */
  readonly frames?: readonly [Frame, ...Frame[]] | undefined;
  /** Source of the program that drew it; undefined if only its pixels are known. */
  readonly program: string | undefined;
  /** Colour of the empty canvas; undefined for that of the program. */
  readonly background: string | undefined;
  /** Values of the program's parameters, if any were given. */
  readonly params?: ScriptParams | undefined;
  /** The limits of a verification that the program exceeds, by name; undefined if it exceeds none, or they are not known. */
  readonly limits?: Readonly<Record<string, number>> | undefined;
  /** Backend that drew it, such as `cpu`. */
  readonly backend: string;
  /** Adapter that drew it; the name of the backend if it has only one. */
  readonly adapter: string;
}

/** Result of a successful run. */
export interface RunResult {
  /** Undefined for a script that drew nothing. */
  readonly drawing: Drawing | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** The capability of a run, whose holder is the loop. */
export interface RunCapability {
  /**
   * Returns it with its key, for requests to a renderer, which verifies it.
   *
   * @throws {CapabilityError} `CAP_WRONG_AUDIENCE` if it names several renderers.
   */
  forRenderer(): ClientCapability;
  /**
   * Verifies it for this process. The runs of one loop share its counts.
   *
   * @throws {CapabilityError}
   */
  open(): Promise<CapabilityGrant>;
}

/** Limits of a run, and its link to the loop. */
export interface RunContext {
  /** A runner renders only within it. Undefined if the loop has no keys of capabilities: then nothing more is limited. */
  readonly capability?: RunCapability | undefined;
  /** Returns the milliseconds until the time limit of the run, if it does not wait. */
  readonly timeLeftMs: () => number;
  /** Aborted when the run exceeds its time limit, when its lease is lost, and when the loop ends. The reason is a `RunError`. */
  readonly signal: AbortSignal;
  /** Milliseconds that a runner may wait for something outside the process, such as a renderer; `Infinity` in {@link Daemon.run}. */
  readonly patienceMs: number;
  /**
   * Reports that the run now waits, or no longer waits, for something outside the process. While it waits it occupies no concurrency
   * slot, its time limit and its duration are suspended, and no further script of its language starts.
   *
   * @param at time of the change by `performance.now()`. Default: now.
   */
  readonly waiting: (isWaiting: boolean, at?: number) => void;
  /**
   * Gives the concurrency slot of the run back, or takes it again, for a run that waits for the reply of a renderer that answers no
   * other run either. Its time limit and its duration go on; meanwhile no further script of its language starts.
   */
  readonly holdSlot: (isHeld: boolean) => void;
}

/** A script with its code, as a runner gets it. */
export interface RunnableScript extends Omit<ClaimedRun["script"], "code"> {
  readonly code: string;
}

/** Runs the scripts of one language. A rejection is recorded as the failure of the run. */
export interface Runner {
  run(script: RunnableScript, context: RunContext): Promise<RunResult>;
}

/** A run that has been recorded. */
export interface RunReport {
  readonly runId: number;
  readonly scriptId: number;
  readonly name: string;
  readonly lang: Lang;
  readonly success: boolean;
  readonly stdout: string;
  /** Begins with `CODE: message` if the run failed. */
  readonly stderr: string;
  readonly durationMs: number;
  /** Milliseconds from the planned start to the real one; undefined if it was asked for, or was ahead of its time. */
  readonly lateMs: number | undefined;
  /** Backend that drew it: `cpu`, or its name with the adapter in parentheses. */
  readonly backend: string | undefined;
  readonly cartridgePath: string | undefined;
  /** True if this run wrote the cartridge, false if it refers to an earlier one. */
  readonly isNewCartridge: boolean;
}

/** An event worth a line in an operator's log. */
export interface DaemonEvent {
  readonly type:
    | "condition"
    | "expired"
    | "retention"
    | "lost"
    | "removed"
    | "waiting"
    | "refused"
    | "swept"
    | "orphan"
    | "store";
  readonly level: "debug" | "info" | "warn" | "error";
  /** One line for people. */
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number>>;
}

/** The start of something wrong, a reminder that it lasts, or its end. */
export interface ConditionChange {
  /** `repeated` 1 min, 5 min, 15 min and 1 h after the start, and every 6 h from then on. */
  readonly type: "raised" | "repeated" | "cleared";
  readonly condition: Condition;
  /** One line for people, as in the log: what is wrong, or that it has ended. */
  readonly message: string;
  /** Distinguishes conditions of one code, such as the name of a script. */
  readonly subject?: string | undefined;
  /** Milliseconds since the start. */
  readonly lastedMs: number;
}

/** The present state of a loop. */
export interface DaemonStatus extends WorkerState {
  /** ISO 8601 UTC. */
  readonly startedAt: string;
  /** Runs that wait for something outside the process. They occupy no concurrency slot. */
  readonly waitingRuns: number;
  /** Runs that have ended and are not recorded yet. */
  readonly recording: number;
  /** The file systems of the database and of the cartridges: one if both are on the same. */
  readonly disks: readonly DiskStatus[];
}

/** The refusal of a run by a capability, or the first run with a capability since the loop started. */
export interface RunAudit {
  readonly type: "refused" | "first-use";
  readonly runId: number;
  /** Name of the script. */
  readonly name: string;
  /** Of the refusal. */
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  /** Absent if it was not verified. */
  readonly capability?: Capability | undefined;
}

/** The file system of a path. */
export interface DiskStatus {
  /** Absolute. */
  readonly path: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly freeInodes: number;
  /** 0 if the file system does not limit them. */
  readonly totalInodes: number;
  /** Milliseconds until it is full at the pace of the last day; undefined if it does not fill, or for the first three hours. */
  readonly fullInMs: number | undefined;
}

/** Limits of the runs or the cartridges of a script. Those beyond are deleted, but never the newest one. */
export interface Kept {
  /** The newest ones, 1 to 1,000,000. */
  readonly count?: number | undefined;
  /** The ones whose last run started at most so many milliseconds ago. */
  readonly ageMs?: number | undefined;
}

/** Options of {@link createDaemon}. */
export interface DaemonOptions {
  /** Not closed by the daemon. */
  readonly store: ScriptStore;
  /** Runners by language. Scripts in other languages fail with `PYTHON_DISABLED` or `NO_RUNNER`. */
  readonly runners: Readonly<Partial<Record<Lang, Runner>>>;
  /**
   * With it, each run needs a capability: that of its script, or the default of its language. Without it, no run has one, and scripts
   * with a capability fail with `RUN_NO_CAPABILITY_KEY`.
   */
  readonly capabilities?: RunCapabilities | undefined;
  /** Folder of the cartridges. The paths recorded for runs begin with it as spelled here. */
  readonly cartridges: string;
  /** False to create no folder: runs fail with `CARTRIDGE_NO_FOLDER` while it is missing. Default true. */
  readonly create?: boolean | undefined;
  /** `changed` (default): a script that draws the same picture again writes no second file. `always`: a file for every run. */
  readonly save?: "changed" | "always" | undefined;
  /**
   * Runs to keep; one that neither rule keeps is deleted. Default: all. Counters stay, and so do cartridges.
   * They are deleted in small transactions, from the start of {@link Daemon.run} on and then every 10 minutes.
   */
  readonly keepRuns?: Kept | undefined;
  /** Cartridges of each script to keep; the file of one that neither rule keeps is deleted. Default: all. */
  readonly keepCartridges?: Kept | undefined;
  /** Milliseconds from one start of a script to the next, unless the script has its own interval. 0 or more; default 10,000. */
  readonly intervalMs?: number | undefined;
  /** Concurrency slots, 1 to 1,000. Default 4. */
  readonly concurrency?: number | undefined;
  /** Greatest numbers of runs in progress, by language, 1 to 1,000. Default: no limit but `concurrency`. */
  readonly langConcurrency?: Readonly<Partial<Record<Lang, number>>> | undefined;
  /** Time limit in milliseconds of a run whose script has none, 1 or more. Default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds after which the runs of a process that died are recorded as failed. 100 or more; default 15,000. */
  readonly leaseMs?: number | undefined;
  /** Directory of the renderer; only reported. */
  readonly dir?: string | undefined;
  /** Version of the program that runs the loop; only reported. */
  readonly version?: string | undefined;
  /** Bytes of stdout and of stderr that the row of a run holds; the rest is cut. 256 to 1,048,576; default 16,384. */
  readonly maxOutputBytes?: number | undefined;
  /** Called after each run has been recorded. */
  readonly onRun?: ((run: RunReport) => void) | undefined;
  /** Called with each event. The library itself does not log. */
  readonly onEvent?: ((event: DaemonEvent) => void) | undefined;
  /** Called when something begins or ceases to be wrong, and at growing intervals while it lasts. */
  readonly onCondition?: ((change: ConditionChange) => void) | undefined;
  /** Called for each refusal by a capability, and for the first run with each one. */
  readonly onAudit?: ((record: RunAudit) => void) | undefined;
}

/** Runs the scripts of a store. */
export interface Daemon extends AsyncDisposable {
  /**
   * Runs every enabled script once, due or not, and resolves with the runs in the order in which they ended. If another process is
   * running a script, it is run once that run has ended. Runs that find no renderer fail after 10 s. A database that is locked or full
   * when a run ends is tried for a minute.
   *
   * @throws {StoreError} when the database fails.
   */
  runOnce(): Promise<RunReport[]>;
  /**
   * Runs scripts whenever they are due, until the signal is aborted or {@link Daemon.close} is called. A failing database is tried
   * again, at least every 5 s.
   *
   * @throws {StoreError} `STORE_MOVED` if the database was moved, removed or replaced; the runs in progress have ended as in
   * {@link Daemon.close}.
   */
  run(options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  /** Returns the present state. */
  status(): DaemonStatus;
  /**
   * Starts no more runs, gives those in progress 1.5 s to end, records the rest as failed with `RUN_STOPPED`, and resolves when every
   * run is recorded. Runs that wait are stopped at once. Idempotent.
   */
  close(): Promise<void>;
}
