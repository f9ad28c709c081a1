/** Language of a script's `code`; selects its runner. */
export type Lang = "pixel" | "gvpie" | "cartridge" | "python";

/** All languages. */
export const LANGS: readonly Lang[] = ["pixel", "gvpie", "cartridge", "python"];

/** Treatment of a start that a script missed, because no loop ran or the script was paused. */
export type Missed = "skip" | "once";

/** Canvas, times, parameters and capability of a script. The defaults are those of the runner and the loop. */
export interface ScriptOptions {
  /** Pixels, at least 1. */
  readonly width?: number | undefined;
  /** Pixels, at least 1. */
  readonly height?: number | undefined;
  /** `#rgb`, `#rrggbb` or `#rrggbbaa`. */
  readonly background?: string | undefined;
  /** Milliseconds from one start to the next; 0 or more. */
  readonly intervalMs?: number | undefined;
  /** Values that replace the defaults in the program's `PARAM` lines. Numbers are integers. */
  readonly params?: ScriptParams | undefined;
  /**
   * Text of the capability that its runs use, at most {@link MAX_CAPABILITY_BYTES}. Default: that of the loop for its language.
   * Nothing secret: only the holder of its last key can use it.
   */
  readonly capability?: string | undefined;
  /** Times of its starts as a cron line of five or six fields, instead of `intervalMs`. */
  readonly cron?: string | undefined;
  /** IANA time zone of `cron`, such as `Europe/Berlin`. Default: UTC. */
  readonly timeZone?: string | undefined;
  /** `once` (default): the starts that it missed are made up for by one. `skip`: it waits for its next regular time. */
  readonly missed?: Missed | undefined;
  /** Time limit of a run in milliseconds, at least 1. Default: that of the loop. */
  readonly timeoutMs?: number | undefined;
  /** Early repetitions of a run that failed, at most 100, before its next regular time. Default 0. */
  readonly retries?: number | undefined;
}

/**
 * Changes to single options: `undefined` keeps an option, `null` removes it. `params` changes single parameters in the same way.
 */
export type ScriptOptionsPatch = {
  readonly [Name in Exclude<keyof ScriptOptions, "params">]?: ScriptOptions[Name] | null;
} & { readonly params?: Readonly<Record<string, string | number | null | undefined>> | null | undefined };

/** Values of a program's parameters by name: at most {@link MAX_PARAMS_BYTES} as JSON. */
export type ScriptParams = Readonly<Record<string, string | number>>;

/** Id of a row; a bigint if another program chose one beyond ±(2⁵³ − 1), which a number does not hold exactly. */
export type RowId = number | bigint;

/** A script without its code. */
export interface ScriptSummary {
  readonly id: RowId;
  readonly name: string;
  /** Another text only if {@link refused} says so. */
  readonly lang: Lang;
  /** Length of `code` in UTF-8 bytes. */
  readonly codeBytes: number;
  /** True if loops run it. */
  readonly enabled: boolean;
  /** Reason why no loop runs it although another program enabled it. */
  readonly refused?: string | undefined;
  /** As stored: ISO 8601 UTC from this package, other formats from other tools. */
  readonly createdAt: string | undefined;
  /** Start of the last finished run; format as {@link createdAt}. */
  readonly lastRunAt: string | undefined;
  /** Finished runs, failed ones included. */
  readonly runCount: number;
  readonly successCount: number;
  readonly options: ScriptOptions;
  /** ISO 8601 UTC: when it was paused; undefined if it is not. */
  readonly pausedAt?: string | undefined;
  /** Failed runs since the last successful one, as far as the schedule counts them. */
  readonly failures?: number | undefined;
  /** Its open run. */
  readonly runId?: RowId | undefined;
  /**
   * ISO 8601 UTC by the wall clock: the next start that is planned. Undefined if the script does not run or is paused, and until a
   * loop has seen its last edit: then it starts at once.
   */
  readonly dueAt?: string | undefined;
}

/** A script with its code. */
export interface Script extends ScriptSummary {
  readonly code: string;
}

/** A script to add. */
export interface NewScript {
  /** Unique; 1 to 1,000 characters. */
  readonly name: string;
  readonly lang: Lang;
  /** At most {@link MAX_CODE_BYTES} bytes of UTF-8. */
  readonly code: string;
  /** Default true. */
  readonly enabled?: boolean | undefined;
  readonly options?: ScriptOptions | undefined;
}

/**
 * Changes to a script; fields left out stay. `options` replaces all options; `patchOptions` changes single ones, so that changes of
 * different options at the same time all stay. Only one of the two may be given.
 */
export interface ScriptChanges {
  readonly lang?: Lang | undefined;
  readonly code?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly options?: ScriptOptions | undefined;
  readonly patchOptions?: ScriptOptionsPatch | undefined;
}

/** Ids of a capability: those of its first and its last block. */
export interface CapabilityIds {
  readonly root: string;
  readonly leaf: string;
}

/** One run of a script. */
export interface Run {
  readonly id: RowId;
  readonly scriptId: RowId;
  /** Undefined if another tool removed the script but not its runs. */
  readonly scriptName: string | undefined;
  readonly lang: Lang | undefined;
  /** As stored: ISO 8601 UTC from this package. */
  readonly startedAt: string;
  /** Undefined while it runs. */
  readonly finishedAt: string | undefined;
  /** Undefined while it runs. */
  readonly success: boolean | undefined;
  readonly stdout: string;
  /** Begins with `CODE: message` if the run failed. */
  readonly stderr: string;
  /** Undefined while it runs, and if its process died. */
  readonly durationMs: number | undefined;
  /** Backend that drew it: `cpu`, or its name with the adapter in parentheses. */
  readonly backend: string | undefined;
  /** Cartridge with the picture that it drew. */
  readonly cartridgePath: string | undefined;
  /** The capability that it used, also if it was refused; absent if it used none. */
  readonly capability?: CapabilityIds | undefined;
}

/** A run opened by a claim. No other process runs the script until the run is finished or its lease expires. */
export interface ClaimedRun {
  /** Id of the run. It can be finished once. */
  readonly runId: number;
  /** ISO 8601 UTC. */
  readonly startedAt: string;
  /** Milliseconds since the time for which this start was planned; undefined for one that was asked for, or is ahead of its time. */
  readonly lateMs: number | undefined;
  readonly script: {
    readonly id: number;
    readonly name: string;
    readonly lang: Lang;
    /** Undefined if the row holds more than {@link MAX_CODE_BYTES}. */
    readonly code: string | undefined;
    readonly options: ScriptOptions;
  };
}

/** Interval and lease of claimed runs. */
export interface ClaimTerms {
  /** Milliseconds from this start to the next, for scripts without their own interval. */
  readonly intervalMs: number;
  /** Milliseconds until the lease expires unless it is renewed. */
  readonly leaseMs: number;
  /** Greatest numbers of runs that one claim opens, by language. */
  readonly langLimits?: Readonly<Partial<Record<Lang, number>>> | undefined;
}

/** Outcome of a run. */
export interface RunOutcome {
  readonly runId: number;
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
  readonly backend?: string | undefined;
  readonly cartridgePath?: string | undefined;
  /** Size of the file, if this run wrote it. */
  readonly cartridgeBytes?: number | undefined;
  /** Set if this run wrote `cartridgePath`: a later run with an equal fingerprint refers to the same file. */
  readonly fingerprint?: string | undefined;
  /** The capability that it used. */
  readonly capability?: CapabilityIds | undefined;
  /** True if the loop ended the run: the script is due again at once, without backoff. */
  readonly stopped?: boolean | undefined;
}

/** Longest code of a script in UTF-8 bytes: 32 MiB, the limit of a request to the renderer. */
export const MAX_CODE_BYTES: number = 33_554_432;

/** Longest interval of a script in milliseconds: 365 days. */
export const MAX_INTERVAL_MS: number = 31_536_000_000;

/** Most early repetitions after a failure. */
export const MAX_RETRIES: number = 100;

/** Longest parameters of a script in UTF-8 bytes of JSON. */
export const MAX_PARAMS_BYTES: number = 65_536;

/** Longest capability of a script in bytes. */
export const MAX_CAPABILITY_BYTES: number = 8_192;
