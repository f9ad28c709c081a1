import { StoreError, type RunOutcome, type ScriptStore, type StoreErrorCode } from "./store/index.ts";

const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 1_000;
/** Failures that end when another process or the operator has done something. */
const TRANSIENT = new Set<StoreErrorCode>([
  "STORE_LOCKED",
  "STORE_READ_ONLY",
  "STORE_FULL",
  "STORE_IO",
  "STORE_FOREIGN",
]);

/** Records the outcomes of runs. Outcomes that arrive in the same turn of the event loop share a transaction. */
export interface Recorder {
  /**
   * Resolves with true once the outcome is recorded, with false if another process has finished or removed the run. While the
   * database is locked or the disk is full, it tries again: the run stays this process's, even beyond its lease, until another
   * process records it. Rejects if the database fails for good, for `retryForMs`, or after `givingUp`.
   */
  record(outcome: RunOutcome, retryForMs: number): Promise<boolean>;
}

interface Entry {
  readonly outcome: RunOutcome;
  /** By `performance.now()`. */
  readonly deadline: number;
  readonly resolve: (isRecorded: boolean) => void;
  readonly reject: (error: unknown) => void;
}

export function createRecorder(options: {
  readonly store: ScriptStore;
  readonly intervalMs: number;
  /** Once aborted, failures are not retried. */
  readonly givingUp: AbortSignal;
  /** Called after each failure that is retried in `retryMs`. */
  readonly onFailure: (error: unknown, retryMs: number) => void;
  /** Called after each success. */
  readonly onSuccess: () => void;
}): Recorder {
  const { store, intervalMs, givingUp, onFailure, onSuccess } = options;
  let entries: Entry[] = [];
  let retryMs = 0;

  async function flush(): Promise<void> {
    const batch = entries;
    entries = [];
    try {
      const outcomes = batch.map((entry) => entry.outcome);
      const recorded = await store.finishRuns(outcomes, { intervalMs });
      retryMs = 0;
      onSuccess();
      for (const { outcome, resolve } of batch) resolve(recorded.has(outcome.runId));
    } catch (error) {
      const mayRetry = error instanceof StoreError && TRANSIENT.has(error.code) && !givingUp.aborted;
      const now = mayRetry ? performance.now() : Infinity;
      for (const entry of batch) if (entry.deadline <= now) entry.reject(error);
      const waiting = batch.filter((entry) => entry.deadline > now);
      if (waiting.length === 0) return;
      retryMs = Math.min(MAX_RETRY_MS, Math.max(FIRST_RETRY_MS, retryMs * 2));
      onFailure(error, retryMs);
      if (entries.length === 0) setTimeout(() => void flush(), retryMs);
      entries = [...waiting, ...entries];
    }
  }

  return {
    record: (outcome, retryForMs) =>
      new Promise((resolve, reject) => {
        if (entries.length === 0) setImmediate(() => void flush());
        entries.push({ outcome, deadline: performance.now() + retryForMs, resolve, reject });
      }),
  };
}
