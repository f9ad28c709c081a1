import type { RunOutcome, ScriptStore } from "./store/index.ts";

const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 1_000;

/** Records the outcomes of runs. Outcomes that arrive in the same turn of the event loop share a transaction. */
export interface Recorder {
  /**
   * Resolves with true once the outcome is recorded, with false if another process has finished the run. Rejects if the database
   * has failed for `retryForMs`: the lease has then expired, and any loop records the run as lost.
   */
  record(outcome: RunOutcome): Promise<boolean>;
}

interface Entry {
  readonly outcome: RunOutcome;
  readonly deadline: number;
  readonly resolve: (isRecorded: boolean) => void;
  readonly reject: (error: unknown) => void;
}

export function createRecorder(options: {
  readonly store: ScriptStore;
  readonly intervalMs: number;
  /** Milliseconds after which a failing database is not tried again. */
  readonly retryForMs: number;
  /** Once aborted, failures are not retried. */
  readonly stopping: AbortSignal;
  /** Called after each failure that is retried in `retryMs`. */
  readonly onFailure: (error: unknown, retryMs: number) => void;
}): Recorder {
  const { store, intervalMs, retryForMs, stopping, onFailure } = options;
  let entries: Entry[] = [];
  let retryMs = 0;

  async function flush(): Promise<void> {
    const batch = entries;
    entries = [];
    try {
      const outcomes = batch.map((entry) => entry.outcome);
      const recorded = await store.finishRuns(outcomes, { intervalMs });
      retryMs = 0;
      for (const { outcome, resolve } of batch) resolve(recorded.has(outcome.runId));
    } catch (error) {
      const now = stopping.aborted ? Infinity : performance.now();
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
    record: (outcome) =>
      new Promise((resolve, reject) => {
        if (entries.length === 0) setImmediate(() => void flush());
        entries.push({ outcome, deadline: performance.now() + retryForMs, resolve, reject });
      }),
  };
}
