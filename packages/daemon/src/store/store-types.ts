import type { BrowseReader } from "./browse-types.ts";
import type { Clock } from "./clock.ts";
import type {
  CartridgeReader,
  Cartridges,
  History,
  HistoryReader,
  OverviewReader,
  RunFilter,
  Steering,
  SteeringReader,
  WorkerWriter,
} from "./operation-types.ts";
import type {
  ClaimedRun,
  ClaimTerms,
  Lang,
  NewScript,
  RowId,
  Run,
  RunOutcome,
  Script,
  ScriptChanges,
  ScriptSummary,
} from "./types.ts";

/** Options of `openStore`. */
export interface StoreOptions {
  /** Database file. Missing folders are created. */
  readonly path: string;
  /** Create a missing database. Default true; with false a missing file is `STORE_MISSING`. */
  readonly create?: boolean | undefined;
  /**
   * `full` (default): recorded runs survive a power failure. `normal`: the last ones may be lost in a power failure, but not in a
   * crash of the process; commits do not flush the disk.
   */
  readonly synchronous?: "full" | "normal" | undefined;
  /**
   * Refuse, with `STORE_LOCKED`, a database that another process has locked for writing. Default false: it opens for reading, and
   * each change waits for the lock.
   */
  readonly writable?: boolean | undefined;
  /** Milliseconds to wait for the lock of another process. Default 2,000. */
  readonly busyTimeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
  /**
   * Before a migration, copy a database with rows to `<path>.before-<migration>`. Default true; with false an error of the new
   * version cannot be undone.
   */
  readonly keepCopy?: boolean | undefined;
  /** Called with the progress of that copy, and when it is complete. */
  readonly onCopy?: ((copy: MigrationCopy) => void) | undefined;
}

/** The copy of a database from before a migration. It is complete when both numbers are equal. */
export interface MigrationCopy {
  readonly path: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** Options of `openReader`. */
export type ReaderOptions = Pick<StoreOptions, "path" | "busyTimeoutMs">;

/** The scripts of one database and their runs, to read. */
export interface StoreReader
  extends
    Pick<ScriptStore, "path" | "listScripts" | "getScript" | "listRuns" | "getRun" | "close">,
    SteeringReader,
    OverviewReader,
    HistoryReader,
    BrowseReader,
    CartridgeReader,
    AsyncDisposable {}

/**
 * The scripts of one database and their runs.
 *
 * Every method throws {@link StoreError}: `STORE_LOCKED`, `STORE_READ_ONLY`, `STORE_CORRUPT`, `STORE_FULL` or `STORE_IO`
 * when the database fails, `STORE_CLOSED` after {@link ScriptStore.close}. `STORE_MOVED`: the open database is no longer at its path;
 * {@link ScriptStore.finishRuns} still records in it unless another file has replaced it. `STORE_FOREIGN`: another program has added
 * a trigger or the like since; the store works again when it is removed.
 */
export interface ScriptStore
  extends
    Steering,
    SteeringReader,
    WorkerWriter,
    OverviewReader,
    History,
    HistoryReader,
    BrowseReader,
    CartridgeReader,
    Cartridges,
    AsyncDisposable {
  readonly path: string;

  /** Returns at most `limit` (default 1,000) scripts by id: all, or those with ids greater than `after`. */
  listScripts(page?: { readonly after?: RowId; readonly limit?: number }): Promise<ScriptSummary[]>;
  /** @throws {StoreError} `STORE_NO_SCRIPT`. */
  getScript(name: string): Promise<Script>;
  /** @throws {StoreError} `STORE_NAME_TAKEN`, `STORE_BAD_SCRIPT`. */
  addScript(script: NewScript): Promise<Script>;
  /** @throws {StoreError} `STORE_NO_SCRIPT`, `STORE_BAD_SCRIPT`. */
  updateScript(name: string, changes: ScriptChanges): Promise<Script>;
  /**
   * Removes a script and its runs, and returns the number of runs. Cartridges stay. To stop a script and keep its history,
   * disable it.
   *
   * @throws {StoreError} `STORE_NO_SCRIPT`.
   */
  removeScript(name: string): Promise<{ readonly runs: number }>;

  /**
   * Returns runs, newest first: by id, or with `since`, `until` or `result: "failed"` by start time. Times are compared as text.
   *
   * @throws {StoreError} `STORE_NO_SCRIPT` if no script is named `script`.
   */
  listRuns(filter?: RunFilter): Promise<Run[]>;
  getRun(id: RowId): Promise<Run | undefined>;

  /** Returns the ids of all enabled scripts in the given languages. */
  enabledScripts(langs: readonly Lang[]): Promise<number[]>;
  /**
   * Opens at most `limit` runs of due scripts in the given languages, longest-waiting first. A `limit` function is called when the
   * transaction runs, which may be later and together with other writes.
   */
  claimDue(limit: number | (() => number), langs: readonly Lang[], terms: ClaimTerms): Promise<ClaimedRun[]>;
  /** Opens runs of the given scripts that are enabled and not running, due or not. */
  claimScripts(ids: readonly number[], terms: ClaimTerms): Promise<ClaimedRun[]>;
  /** Renews the leases of this store's open runs, and returns the ids of the runs that it still holds. */
  renewLeases(leaseMs: number): Promise<Set<number>>;
  /**
   * Records each outcome and updates the counters of its script, in one transaction. Returns the ids recorded: a run that is
   * already finished, such as one whose lease expired, is skipped. Repeated failures delay the script; see docs/store.md.
   */
  finishRuns(outcomes: readonly RunOutcome[], terms: Pick<ClaimTerms, "intervalMs">): Promise<Set<number>>;
  /** Records every run whose lease has expired as failed, with the given stderr, and returns the ids. */
  failExpiredRuns(stderr: string, terms: Pick<ClaimTerms, "intervalMs">): Promise<number[]>;
  /** Returns the path of the cartridge saved for this fingerprint of the script, if any. */
  findRender(scriptId: number, fingerprint: string): Promise<string | undefined>;
  /** Returns the milliseconds until an idle script in these languages is due: 0 if one is, undefined if none will be. */
  nextDueInMs(langs: readonly Lang[]): Promise<number | undefined>;
  /** Returns a value that changes whenever this or another process may have edited scripts. */
  changeMark(): Promise<string>;

  /** Closes the database. Open runs stay open until their leases expire. Idempotent. */
  close(): Promise<void>;
}
