import type { Frame } from "@gvpie/raster";
import type { ClaimedRun, Lang, ScriptParams, ScriptStore } from "./store/index.ts";

/** What a runner drew, with everything that its cartridge records. */
export interface Drawing {
  readonly frame: Frame;
  /** Source of the program that drew it; undefined where only its pixels are known. */
  readonly program: string | undefined;
  /** Colour of the empty canvas; undefined for the default. */
  readonly background: string | undefined;
  /** Values of the program's parameters, where they were given. */
  readonly params?: ScriptParams | undefined;
  /** What drew it, such as `cpu`. */
  readonly backend: string;
  /** The adapter that drew it; the backend's name where there is but one. */
  readonly adapter: string;
}

/** What a successful run leaves. */
export interface RunResult {
  /** Undefined for a script that drew nothing. */
  readonly drawing: Drawing | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a runner is told besides the script. */
export interface RunContext {
  /** Aborted when the run takes too long, and when the loop ends; its reason says which. */
  readonly signal: AbortSignal;
  /** Milliseconds that a runner may wait for something outside the process, such as a renderer; `Infinity` in the loop. */
  readonly patienceMs: number;
  /**
   * Says that the run waits for something outside the process, or no longer does. While it waits it takes no place from others,
   * its time does not count, and no more scripts of its language start.
   */
  readonly waiting: (isWaiting: boolean) => void;
}

/** A script ready to run. */
export interface RunnableScript extends Omit<ClaimedRun["script"], "code"> {
  readonly code: string;
}

/** Runs the scripts of one language. Throws what should be recorded as the run's failure. */
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
  /** Begins with `CODE: message` where the run failed. */
  readonly stderr: string;
  readonly durationMs: number;
  /** What drew it: `cpu`, or the backend with its adapter in parentheses. */
  readonly backend: string | undefined;
  readonly cartridgePath: string | undefined;
  /** True where this run wrote the cartridge, false where it points at an earlier one. */
  readonly isNewCartridge: boolean;
}

/** Something an operator may want to read in a log. */
export interface DaemonEvent {
  readonly type: "expired" | "lost" | "waiting" | "swept" | "orphan" | "store";
  readonly level: "debug" | "info" | "warn" | "error";
  /** One line for people. */
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number>>;
}

/** How a daemon runs scripts. */
export interface DaemonOptions {
  /** Stays open when the daemon is closed. */
  readonly store: ScriptStore;
  /** One for each language that may run; scripts of the others fail with `PYTHON_DISABLED` or `NO_RUNNER`. */
  readonly runners: Readonly<Partial<Record<Lang, Runner>>>;
  /** Folder of the cartridges, made when missing. Runs record their paths as it is spelled here. */
  readonly cartridges: string;
  /** `changed` (default): a script that draws the same again writes no second file. `always`: a file for every run. */
  readonly save?: "changed" | "always" | undefined;
  /** Milliseconds from one start of a script to the next, unless the script has an interval of its own. Default 10,000. */
  readonly intervalMs?: number | undefined;
  /** Runs at a time, 1 or more. Default 4. */
  readonly concurrency?: number | undefined;
  /** Milliseconds that a run may take. Default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds after which the runs of a process that died are recorded as failed, 1,000 or more. Default 15,000. */
  readonly leaseMs?: number | undefined;
  /** Called after each run has been recorded. */
  readonly onRun?: ((run: RunReport) => void) | undefined;
  /** Libraries do not log: whoever wants to know listens. */
  readonly onEvent?: ((event: DaemonEvent) => void) | undefined;
}

/** Runs the scripts of a store. */
export interface Daemon extends AsyncDisposable {
  /**
   * Runs every enabled script once, due or not, and resolves with the runs in the order in which they ended. A script that another
   * process runs just now is waited for and then run. Runs that find no renderer fail after 10 s.
   *
   * @throws {StoreError} when the database fails.
   */
  runOnce(): Promise<RunReport[]>;
  /**
   * Runs scripts whenever they are due, until the signal or {@link Daemon.close} ends it. A database that fails is tried again, at
   * least every 5 s.
   */
  run(options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  /**
   * Starts nothing new, gives the runs in hand 1.5 s to end, records the rest as failed with `RUN_STOPPED`, and resolves when all is
   * recorded. Runs that wait are stopped at once. Safe to call twice.
   */
  close(): Promise<void>;
}
