import type { Clock } from "./clock.ts";

/** What a script's `code` is written in, and so which runner takes it. */
export type Lang = "pixel" | "gvpie" | "cartridge" | "python";

export const LANGS: readonly Lang[] = ["pixel", "gvpie", "cartridge", "python"];

/** How a script is drawn and how often it starts. What is left out follows the runner's and the loop's defaults. */
export interface ScriptOptions {
  /** Pixels of the canvas. */
  readonly width?: number | undefined;
  /** Pixels of the canvas. */
  readonly height?: number | undefined;
  /** `#rgb`, `#rrggbb` or `#rrggbbaa`. */
  readonly background?: string | undefined;
  /** Milliseconds from one start to the next. */
  readonly intervalMs?: number | undefined;
  /** Values for the program's parameters, by name, in place of those in its `PARAM` lines. A number is an integer. */
  readonly params?: ScriptParams | undefined;
}

/** Values for a program's parameters, by name: at most {@link MAX_PARAMS_BYTES} as JSON. */
export type ScriptParams = Readonly<Record<string, string | number>>;

/** A script as lists show it. */
export interface ScriptSummary {
  readonly id: number;
  readonly name: string;
  readonly lang: Lang;
  /** UTF-8 bytes of `code`. */
  readonly codeBytes: number;
  readonly enabled: boolean;
  /** As stored: ISO 8601 UTC from this package, other spellings from older tools. */
  readonly createdAt: string | undefined;
  /** Start of the last run that has finished, spelled as {@link createdAt}. */
  readonly lastRunAt: string | undefined;
  /** Finished runs, failed ones included. */
  readonly runCount: number;
  readonly successCount: number;
  readonly options: ScriptOptions;
}

/** A script with its code. */
export interface Script extends ScriptSummary {
  readonly code: string;
}

/** A script to be stored. */
export interface NewScript {
  /** 1 … 1,000 characters, unlike every other script's. */
  readonly name: string;
  readonly lang: Lang;
  /** At most {@link MAX_CODE_BYTES} bytes of UTF-8. */
  readonly code: string;
  /** Default true. */
  readonly enabled?: boolean | undefined;
  readonly options?: ScriptOptions | undefined;
}

/** What to change; the rest stays. `options` replaces all options. */
export interface ScriptChanges {
  readonly lang?: Lang | undefined;
  readonly code?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly options?: ScriptOptions | undefined;
}

/** One run of a script. */
export interface Run {
  readonly id: number;
  readonly scriptId: number;
  /** Undefined where another tool removed the script and left its runs. */
  readonly scriptName: string | undefined;
  readonly lang: Lang | undefined;
  /** As stored: ISO 8601 UTC from this package. */
  readonly startedAt: string;
  /** Undefined while it runs. */
  readonly finishedAt: string | undefined;
  /** Undefined while it runs. */
  readonly success: boolean | undefined;
  readonly stdout: string;
  /** A failed run's begins with `CODE: message`. */
  readonly stderr: string;
  /** Undefined while it runs, and where the process that ran it died. */
  readonly durationMs: number | undefined;
  /** What drew it: `cpu`, or `webgpu` with the adapter's name. */
  readonly backend: string | undefined;
  /** The cartridge that holds what it drew. */
  readonly cartridgePath: string | undefined;
}

/** A script in hand: nobody else runs it until the run is finished or its lease expires. */
export interface ClaimedRun {
  /** Of the run. Finishing with it works once. */
  readonly runId: number;
  /** ISO 8601 UTC. */
  readonly startedAt: string;
  readonly script: {
    readonly id: number;
    readonly name: string;
    readonly lang: Lang;
    /** Undefined where the row holds more than {@link MAX_CODE_BYTES}. */
    readonly code: string | undefined;
    readonly options: ScriptOptions;
  };
}

/** How scripts are claimed. */
export interface ClaimTerms {
  /** Milliseconds from this start to the next one, for scripts without an interval of their own. */
  readonly intervalMs: number;
  /** Milliseconds after which the run counts as dead unless its lease is renewed. */
  readonly leaseMs: number;
}

/** What became of a run. */
export interface RunOutcome {
  readonly runId: number;
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
  readonly backend?: string | undefined;
  readonly cartridgePath?: string | undefined;
  /** Given where `cartridgePath` was written by this run: what a later run must equal to point at it. */
  readonly fingerprint?: string | undefined;
  /** The script is not to blame: it is due again at once, and no failure in a row is counted. */
  readonly stopped?: boolean | undefined;
}

/** How a store is opened. */
export interface StoreOptions {
  /** Database file. Missing folders are made. */
  readonly path: string;
  /** Make the database where there is none. Default true; with false a missing file is `STORE_MISSING`. */
  readonly create?: boolean | undefined;
  /**
   * `full` (default) keeps every recorded run through a power failure; `normal` may lose the last ones then, though
   * never through a crash of the process, and costs no disk flush.
   */
  readonly synchronous?: "full" | "normal" | undefined;
  /**
   * Refuse, with `STORE_LOCKED`, a database that another process keeps from being written. Default false: it opens, can be read,
   * and each change waits by itself.
   */
  readonly writable?: boolean | undefined;
  /** Milliseconds to wait for another process that writes. Default 2,000. */
  readonly busyTimeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * The scripts of one database and their runs.
 *
 * Every method throws {@link StoreError}: `STORE_LOCKED`, `STORE_READ_ONLY`, `STORE_CORRUPT`, `STORE_FULL` or `STORE_IO`
 * when the database fails, `STORE_CLOSED` after {@link ScriptStore.close}.
 */
export interface ScriptStore extends AsyncDisposable {
  readonly path: string;

  /** Scripts by id, those after `after` (default 0), at most `limit` (default 1,000). */
  listScripts(page?: { readonly after?: number; readonly limit?: number }): Promise<ScriptSummary[]>;
  /** @throws {StoreError} `STORE_NO_SCRIPT`. */
  getScript(name: string): Promise<Script>;
  /** @throws {StoreError} `STORE_NAME_TAKEN`, `STORE_BAD_SCRIPT`. */
  addScript(script: NewScript): Promise<Script>;
  /** @throws {StoreError} `STORE_NO_SCRIPT`, `STORE_BAD_SCRIPT`. */
  updateScript(name: string, changes: ScriptChanges): Promise<Script>;
  /**
   * Removes a script and all its runs, and says how many those were. Cartridges stay where they are. To stop a script and
   * keep its history, disable it.
   *
   * @throws {StoreError} `STORE_NO_SCRIPT`.
   */
  removeScript(name: string): Promise<{ readonly runs: number }>;

  /** Runs, newest first: of one script if named, those before run `before`, at most `limit` (default 50). */
  listRuns(page?: {
    readonly script?: string;
    readonly before?: number;
    readonly limit?: number;
  }): Promise<Run[]>;
  getRun(id: number): Promise<Run | undefined>;

  /** Ids of all enabled scripts in the given languages. */
  enabledScripts(langs: readonly Lang[]): Promise<number[]>;
  /**
   * Opens runs of due scripts in the given languages, longest-waiting first, at most `limit`. A limit that is a function is asked
   * for when the claim is carried out, together with other changes that have come meanwhile.
   */
  claimDue(limit: number | (() => number), langs: readonly Lang[], terms: ClaimTerms): Promise<ClaimedRun[]>;
  /** Opens runs of those of these scripts that are enabled and that nobody runs, due or not. */
  claimScripts(ids: readonly number[], terms: ClaimTerms): Promise<ClaimedRun[]>;
  /** Prolongs the leases of this store's open runs; the ids of those it still holds. */
  renewLeases(leaseMs: number): Promise<Set<number>>;
  /**
   * Records each outcome with its script's counters, in one transaction. The ids recorded: a run that was finished
   * already, as one whose lease expired, is left alone. A script that fails again and again starts ever later: see
   * docs/store.md.
   */
  finishRuns(outcomes: readonly RunOutcome[], terms: Pick<ClaimTerms, "intervalMs">): Promise<Set<number>>;
  /** Records every run whose lease has expired as failed, with this text on stderr. Their ids. */
  failExpiredRuns(stderr: string, terms: Pick<ClaimTerms, "intervalMs">): Promise<number[]>;
  /** The cartridge that holds this render of the script, if one was saved. */
  findRender(scriptId: number, fingerprint: string): Promise<string | undefined>;
  /** Milliseconds until a script in these languages that nobody runs is due: 0 if one is, undefined if none will be. */
  nextDueInMs(langs: readonly Lang[]): Promise<number | undefined>;
  /** A value that differs from the last one where scripts may have been edited since, by anyone. */
  changeMark(): Promise<string>;

  /** Closes the database. Open runs stay open until their leases expire. Safe to call twice. */
  close(): Promise<void>;
}

/** Bytes of UTF-8 that a script's code may have: 32 MiB, as much as a request to the renderer may carry. */
export const MAX_CODE_BYTES: number = 33_554_432;

/** Bytes that a script's parameters may have, as JSON in UTF-8. */
export const MAX_PARAMS_BYTES: number = 65_536;
