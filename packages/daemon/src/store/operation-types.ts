import type { Lang, NewScript, RowId, Script, ScriptChanges } from "./types.ts";

/** An earlier version of a script's code. */
export interface ScriptVersion {
  /** From 1; higher is newer. */
  readonly version: number;
  readonly lang: string;
  readonly codeBytes: number;
  /** ISO 8601 UTC: when the next version replaced it. */
  readonly replacedAt: string;
}

/** One of the changes that {@link Steering.editScripts} makes together. */
export type ScriptEdit =
  | { readonly type: "add"; readonly script: NewScript }
  | { readonly type: "update"; readonly name: string; readonly changes: ScriptChanges }
  | { readonly type: "pause" | "resume" | "remove"; readonly name: string };

/** Changes that operators make. */
export interface Steering {
  /**
   * Renames a script. It keeps its runs, versions and times, and does not start.
   *
   * @throws {StoreError} `STORE_NO_SCRIPT`, `STORE_NAME_TAKEN`, `STORE_BAD_SCRIPT`.
   */
  renameScript(name: string, newName: string): Promise<Script>;
  /**
   * Pauses or resumes a script, or with undefined all starts of scripts; the two states are independent. Runs in progress go on.
   * Returns false if that was the state already.
   *
   * @throws {StoreError} `STORE_NO_SCRIPT`.
   */
  setPaused(name: string | undefined, paused: boolean): Promise<boolean>;
  /**
   * Requests one run of a script: at once, or after its current run, even if it is paused or disabled. Returns the id of the request.
   *
   * @throws {StoreError} `STORE_NO_SCRIPT`; `STORE_BAD_SCRIPT` for a script that loops refuse.
   */
  requestRun(name: string): Promise<number>;
  /**
   * Makes all changes in one transaction. If one fails, none is made.
   *
   * @throws {StoreError} the error of the first change that fails.
   */
  editScripts(edits: readonly ScriptEdit[]): Promise<void>;
}

/** Reads the facts about scripts that operators ask for. */
export interface SteeringReader {
  /** Returns the run that a request started; undefined while it waits. @throws {StoreError} `STORE_NO_REQUEST`. */
  findRequestedRun(request: number): Promise<RowId | undefined>;
  /** Returns the kept versions of a script's code, newest first. @throws {StoreError} `STORE_NO_SCRIPT`. */
  listVersions(name: string): Promise<ScriptVersion[]>;
  /** Returns a kept version with its code. @throws {StoreError} `STORE_NO_SCRIPT`, `STORE_NO_VERSION`. */
  getVersion(name: string, version: number): Promise<ScriptVersion & { readonly code: string }>;
}

/** Something that is wrong and lasts. */
export interface Condition {
  /** Such as `NO_RENDERER`, `STORE_FULL` or `DISK_FILLING`. Stable across releases. */
  readonly code: string;
  readonly level: "warn" | "error";
  /** One line for people. */
  readonly message: string;
  /** ISO 8601 UTC. */
  readonly since: string;
}

/** The report of a process that runs scripts. */
export interface WorkerState {
  /** The directory of its renderer. */
  readonly dir: string | undefined;
  /** The folder of its cartridges, absolute. */
  readonly cartridges: string;
  readonly concurrency: number;
  /** Runs that occupy a concurrency slot. */
  readonly busy: number;
  /** Languages whose scripts wait for something outside the process. */
  readonly waiting: readonly { readonly lang: Lang; readonly since: string; readonly reason: string }[];
  readonly conditions: readonly Condition[];
}

/** A heartbeat of this process. */
export interface WorkerBeat {
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  /** ISO 8601 UTC. */
  readonly startedAt: string;
  readonly state: WorkerState;
  /** True for the last beat. */
  readonly stopped?: boolean;
}

/** A process that runs the scripts of the store, or did. */
export interface Worker extends Omit<WorkerBeat, "stopped"> {
  readonly id: string;
  /** ISO 8601 UTC of its last heartbeat. */
  readonly seenAt: string;
  /** Milliseconds since its last heartbeat, by a clock that does not jump; undefined if that was before this boot. */
  readonly ageMs: number | undefined;
  /** ISO 8601 UTC: set if it reported its end. */
  readonly stoppedAt: string | undefined;
}

/** Writes the heartbeats of this process. */
export interface WorkerWriter {
  /** Writes the row of this process, at once. Rows of processes last seen more than a week ago are removed. */
  beat(beat: WorkerBeat): Promise<void>;
}

/** A script that should have started. */
export interface OverdueScript {
  readonly name: string;
  readonly lang: Lang;
  readonly lateMs: number;
  /** Its own interval, 0 with a cron line; undefined if it has neither. */
  readonly intervalMs?: number;
}

/** A script whose last run failed. */
export interface FailingScript {
  readonly id: RowId;
  readonly name: string;
  readonly lang: Lang;
  /** Failed runs since its last success. */
  readonly failures: number;
}

/** The present state of a store, read in bounded time for any number of scripts and runs. */
export interface Overview {
  readonly scripts: {
    readonly total: number;
    readonly enabled: number;
    readonly paused: number;
    readonly refused: number;
  };
  /** ISO 8601 UTC: when all starts were paused; undefined if they are not. */
  readonly pausedAt: string | undefined;
  readonly workers: readonly Worker[];
  /** The open runs, oldest first, at most 100. */
  readonly running: readonly {
    readonly runId: RowId;
    readonly name: string;
    readonly lang: Lang;
    readonly startedAt: string;
    /** Id of the worker that holds it. */
    readonly worker: string | undefined;
  }[];
  readonly runningCount: number;
  /** Scripts that are due now. */
  readonly dueCount: number;
  /** The scripts that are late by more than the given time, latest first, at most 100. */
  readonly overdue: readonly OverdueScript[];
  readonly overdueCount: number;
  /** Milliseconds until the next start; undefined if none is planned. */
  readonly nextDueInMs: number | undefined;
  readonly failures: {
    /** Failed runs since the given time, counted up to 10,000. */
    readonly runs: number;
    /** Scripts, neither disabled nor paused, whose last run failed; most failures first, at most 100. */
    readonly scripts: readonly FailingScript[];
  };
}

/** Reads the present state. */
export interface OverviewReader {
  /** Returns the processes that reported within the last week, at most 100. */
  listWorkers(): Promise<Worker[]>;
  /**
   * @param options.failuresSince ISO 8601 UTC.
   * @param options.overdueAfterMs how late a start is before it counts as overdue. Default 10,000.
   */
  readOverview(options: {
    readonly failuresSince: string;
    readonly overdueAfterMs?: number;
  }): Promise<Overview>;
}

/** Rules that select the runs of a list: those of which every given rule holds. A value that is not valid throws a RangeError. */
export interface RunFilter {
  /** Name of a script. */
  readonly script?: string;
  /** Runs that the list has after this one. */
  readonly before?: RowId;
  readonly result?: "failed" | "running" | "succeeded";
  /** ISO 8601 UTC: started at that time or later. */
  readonly since?: string;
  /** ISO 8601 UTC: started before. */
  readonly until?: string;
  /** Default 50. */
  readonly limit?: number;
}

/** Rules that select the runs to delete: finished ones of which every given rule holds. */
export interface PruneRules {
  /** ISO 8601 UTC: started before. */
  readonly olderThan?: string;
  /** The newest finished runs of each script that stay, 1 to 1,000,000. Default 1. */
  readonly keep?: number;
  /** Name of the only script to prune. */
  readonly script?: string;
}

/** Counts the runs that a pruning would delete. */
export interface HistoryReader {
  /** Returns the number of runs that {@link History.pruneRuns} would delete now. */
  countPrunable(rules: PruneRules): Promise<number>;
}

/** Deletes old runs. */
export interface History {
  /**
   * Deletes at most `limit` (default 500) runs, the oldest of each script first, in one transaction. Returns how many: 0 when none is
   * left. Counters of scripts, cartridges and open runs stay.
   *
   * @throws {StoreError} `STORE_NO_SCRIPT`. @throws {RangeError} for rules that are not valid.
   */
  pruneRuns(rules: PruneRules, limit?: number): Promise<number>;
}

/** The file of a cartridge. */
export interface CartridgeFile {
  readonly id: RowId;
  /** URL of its folder; undefined for a file of an earlier version of the database that no loop has found yet. */
  readonly root: string | undefined;
  /** The host that has the folder. */
  readonly host: string | undefined;
  /** Its name in the folder. */
  readonly key: string;
  readonly scriptName: string | undefined;
  /** Its size, if this version wrote it. */
  readonly bytes: number | undefined;
  /** The run that wrote it. */
  readonly firstRunId: RowId;
  /** The last run that refers to it. */
  readonly lastRunId: RowId;
  /** False if every run that referred to it has been deleted. */
  readonly isUsed: boolean;
}

/** Reads the records of the files of cartridges. */
export interface CartridgeReader {
  /** Returns at most `limit` (default 1,000) files with ids greater than `after`, by id. Ids may be negative. */
  listCartridges(filter?: {
    readonly after?: RowId;
    readonly limit?: number;
    /** Only files whose runs have all been deleted. */
    readonly unused?: boolean;
  }): Promise<CartridgeFile[]>;
  /** Returns the recorded folders of this host, absolute. */
  listCartridgeFolders(): Promise<string[]>;
  /**
   * Returns those of the file names that the path of any run ends in, also of one that another program has added. Reads all runs.
   */
  findNamedFiles(names: ReadonlySet<string>): Promise<Set<string>>;
}

/** Rules that select the files of cartridges to give up: those of which every given rule holds. */
export interface CartridgeRules {
  /** The folder, which must exist. Files in other folders stay. */
  readonly folder: string;
  /** The newest files of each script that stay. Default 1. */
  readonly keep?: number;
  /** ISO 8601 UTC: files whose last run started before. */
  readonly olderThan?: string;
  /** Only files whose runs have all been deleted. */
  readonly unused?: boolean;
  /** Names of files that stay. */
  readonly except?: ReadonlySet<string>;
}

/** Finds and gives up files of cartridges. */
export interface Cartridges {
  /**
   * Returns the names of files in the folder that no row refers to by folder and name, and that no open run has written. A file that
   * is found for the first time after a migration, or after its folder was moved, is recorded as being there.
   */
  findOrphans(folder: string, names: readonly string[]): Promise<string[]>;
  /**
   * Gives up some files: their runs name them no longer, and no later run uses them again. Returns their paths for the caller to
   * remove; `isDone` once all scripts have had their turn. A file that a run in progress may be about to use is left for a later turn.
   */
  giveUpCartridges(
    rules: CartridgeRules,
  ): Promise<{ readonly paths: readonly string[]; readonly isDone: boolean }>;
}
