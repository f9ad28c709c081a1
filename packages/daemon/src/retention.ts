import { failpoint } from "@gvpie/file-socket/process";
import { rmSync } from "node:fs";
import {
  pauseFor,
  pruneInBatches,
  StoreError,
  type CartridgeRules,
  type Pause,
  type PruneRules,
  type ScriptStore,
} from "./store/index.ts";
import type { DaemonEvent, Kept } from "./types.ts";

/** Milliseconds between two passes, and after a pass that removed cartridges: files that runs in progress may use are left for the next. */
const PASS_MS = 600_000;
const SOON_MS = 10_000;
/** Milliseconds between two batches of cartridges. */
const PAUSE_MS = 50;
const MAX_COUNT = 1_000_000;

/** Options of {@link createRetention}. */
export interface RetentionOptions {
  readonly store: ScriptStore;
  /** The folder of the cartridges. */
  readonly folder: string;
  readonly keepRuns: Kept | undefined;
  readonly keepCartridges: Kept | undefined;
  readonly emit: (event: DaemonEvent) => void;
  /** Unix milliseconds. */
  readonly now?: () => number;
  /** Default: a pause by the clock of the machine. */
  readonly pause?: Pause;
}

/** Deletes runs and cartridges beyond those to keep. */
export interface Retention {
  /** Deletes what may go now; returns how much. */
  pass(signal?: AbortSignal): Promise<{ readonly runs: number; readonly cartridges: number }>;
  /** Makes a pass now and then until the signal is aborted. Never rejects. */
  keep(signal: AbortSignal): Promise<void>;
}

/** @throws {RangeError} for rules that are not valid. */
export function checkKept(name: string, kept: Kept | undefined): Kept | undefined {
  if (kept === undefined) return undefined;
  const { count, ageMs } = kept;
  const isCount = count === undefined || (Number.isInteger(count) && count >= 1 && count <= MAX_COUNT);
  const isAge = ageMs === undefined || (Number.isSafeInteger(ageMs) && ageMs >= 1);
  if (isCount && isAge && (count ?? ageMs) !== undefined) return kept;
  const expected = `a count from 1 to ${MAX_COUNT}, an ageMs of 1 or more, or both`;
  throw new RangeError(`${name}: expected ${expected}, got ${JSON.stringify(kept)}`);
}

export function createRetention(options: RetentionOptions): Retention {
  const { store, folder, keepRuns, keepCartridges, emit, now = Date.now, pause = pauseFor } = options;
  const before = (ageMs: number): string => new Date(Math.max(0, now() - ageMs)).toISOString();
  const rulesOf = ({ count, ageMs }: Kept): { keep?: number; olderThan?: string } => ({
    ...(count !== undefined && { keep: count }),
    ...(ageMs !== undefined && { olderThan: before(ageMs) }),
  });

  async function pruneRuns(rules: PruneRules, signal: AbortSignal | undefined): Promise<number> {
    let runs = 0;
    const batches = pruneInBatches(store, rules, { pause, ...(signal && { signal }) });
    for await (const count of batches) runs += count;
    return runs;
  }

  /** The row goes first: a process that dies in between leaves a file that no row names. */
  async function removeCartridges(rules: CartridgeRules, signal: AbortSignal | undefined): Promise<number> {
    let cartridges = 0;
    let failure: unknown;
    for (;;) {
      if (signal?.aborted) return cartridges;
      const { paths, isDone } = await store.giveUpCartridges(rules);
      for (const path of paths) {
        failpoint("daemon/give-up/before-unlink");
        try {
          rmSync(path, { force: true });
        } catch (error) {
          // Its row is gone: it is an orphan from now on, and the other files go.
          failure ??= error;
        }
        failpoint("daemon/give-up/after-unlink");
      }
      cartridges += paths.length;
      if (isDone && failure !== undefined) throw failure;
      if (isDone) return cartridges;
      await pause(paths.length > 0 ? PAUSE_MS : 0, signal);
    }
  }

  async function pass(signal?: AbortSignal): Promise<{ runs: number; cartridges: number }> {
    // First the cartridges: once its runs are deleted, the age of a file is less well known.
    const cartridges = keepCartridges
      ? await removeCartridges({ folder, ...rulesOf(keepCartridges) }, signal)
      : 0;
    const runs = keepRuns ? await pruneRuns(rulesOf(keepRuns), signal) : 0;
    if (runs + cartridges > 0) {
      const message = `deleted ${runs} old runs and ${cartridges} old cartridges`;
      emit({ type: "retention", level: "debug", message, fields: { runs, cartridges } });
    }
    return { runs, cartridges };
  }

  return {
    pass,
    async keep(signal) {
      if (!keepRuns && !keepCartridges) return;
      while (!signal.aborted) {
        let waitMs = PASS_MS;
        try {
          if ((await pass(signal)).cartridges > 0) waitMs = SOON_MS;
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          const code = error instanceof StoreError ? error.code : "RETENTION_FAILED";
          const message = `cannot delete old runs and cartridges: ${reason}`;
          emit({ type: "retention", level: "warn", message, fields: { code, retryInMs: waitMs } });
        }
        await pause(waitMs, signal);
      }
    },
  };
}
