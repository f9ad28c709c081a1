import type { Database } from "better-sqlite3";
import type { WriteTerms } from "./database.ts";
import type { Steps } from "./statement.ts";

/** Milliseconds that a write waits for others at most. */
const LONGEST_WAIT_MS = 10;

/** Carries out writes that come at about the same time in one transaction: the disk is flushed once for all of them. */
export interface GroupCommit {
  /** Resolves when the write is durable. One that fails is rolled back alone. */
  write<T>(steps: () => Steps<T>, terms: WriteTerms): Promise<T>;
  /** Carries out what waits. */
  flush(): void;
}

interface Job {
  readonly steps: () => Steps<unknown>;
  readonly isLast: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What became of a job in a transaction that is not committed yet. */
type Outcome = { readonly value: unknown } | { readonly error: unknown };

export function createGroupCommit(database: Database, drive: <T>(steps: Steps<T>) => T): GroupCommit {
  const single = database.transaction((steps: () => Steps<unknown>) => drive(steps()));
  const several = database.transaction((jobs: readonly Job[]) => jobs.map(attempt));
  let jobs: Job[] = [];
  /** Carries out the jobs later; undefined where nothing is to be done. */
  let cancel: (() => void) | undefined;
  let isPatient = false;
  let lastMs = 0;

  /** Inside a transaction, another one is a savepoint. */
  function attempt({ steps }: Job): Outcome {
    try {
      return { value: single(steps) };
    } catch (error) {
      // A disk that is full, say, ends the whole transaction.
      if (!database.inTransaction) throw error;
      return { error };
    }
  }

  function flush(): void {
    cancel?.();
    cancel = undefined;
    if (jobs.length === 0) return;
    const batch = [...jobs.filter((job) => !job.isLast), ...jobs.filter((job) => job.isLast)];
    jobs = [];
    const startedAt = performance.now();
    try {
      const [only] = batch;
      const outcomes =
        batch.length === 1 && only ? [{ value: single.immediate(only.steps) }] : several.immediate(batch);
      batch.forEach((job, index) => settle(job, outcomes[index]));
    } catch (error) {
      for (const job of batch) job.reject(error);
    }
    lastMs = performance.now() - startedAt;
  }

  function schedule(mayWait: boolean): void {
    if (cancel && (mayWait || !isPatient)) return;
    cancel?.();
    isPatient = mayWait;
    // What comes while the disk is flushed costs another flush: so a wait as long as one is soon made up for.
    cancel = mayWait ? flushIn(Math.min(LONGEST_WAIT_MS, Math.floor(lastMs))) : flushSoon();
  }

  function flushIn(ms: number): () => void {
    if (ms === 0) {
      const immediate = setImmediate(flush);
      return () => clearImmediate(immediate);
    }
    const timer = setTimeout(flush, ms);
    return () => clearTimeout(timer);
  }

  /** With what else the caller asks for before it waits. */
  function flushSoon(): () => void {
    let isCancelled = false;
    queueMicrotask(() => {
      if (!isCancelled) flush();
    });
    return () => {
      isCancelled = true;
    };
  }

  return {
    flush,
    write: (steps, { mayWait = false, isLast = false }) =>
      new Promise((resolve, reject) => {
        jobs.push({ steps, isLast, resolve: resolve as Job["resolve"], reject });
        schedule(mayWait);
      }),
  };
}

function settle(job: Job, outcome: Outcome | undefined): void {
  if (outcome && "error" in outcome) job.reject(outcome.error);
  else job.resolve(outcome?.value);
}
