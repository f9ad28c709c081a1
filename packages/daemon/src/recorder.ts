import type { RunOutcome, ScriptStore } from "./store/index.ts";

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** Records outcomes, those that come together in one transaction. */
export interface Recorder {
  /**
   * True once the outcome is recorded, false where somebody else has finished the run. Rejects when the database has failed for as
   * long as the run's lease holds: it is then recorded as expired by whoever finds it.
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
  readonly patienceMs: number;
  /** Aborted when the work is to end: what fails then is not tried again. */
  readonly stopping: AbortSignal;
  /** Called before each pause for a database that failed. */
  readonly onFailure: (error: unknown, pauseMs: number) => void;
}): Recorder {
  const { store, intervalMs, patienceMs, stopping, onFailure } = options;
  let entries: Entry[] = [];
  let pauseMs = 0;

  async function flush(): Promise<void> {
    const batch = entries;
    entries = [];
    try {
      const recorded = await store.finishRuns(
        batch.map((entry) => entry.outcome),
        { intervalMs },
      );
      pauseMs = 0;
      for (const { outcome, resolve } of batch) resolve(recorded.has(outcome.runId));
    } catch (error) {
      const now = stopping.aborted ? Infinity : performance.now();
      for (const entry of batch) if (entry.deadline <= now) entry.reject(error);
      const waiting = batch.filter((entry) => entry.deadline > now);
      if (waiting.length === 0) return;
      pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, pauseMs * 2));
      onFailure(error, pauseMs);
      if (entries.length === 0) setTimeout(() => void flush(), pauseMs);
      entries = [...waiting, ...entries];
    }
  }

  return {
    record: (outcome) =>
      new Promise((resolve, reject) => {
        if (entries.length === 0) setImmediate(() => void flush());
        entries.push({ outcome, deadline: performance.now() + patienceMs, resolve, reject });
      }),
  };
}
