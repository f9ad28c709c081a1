import type { Database } from "better-sqlite3";
import type { WriteOptions } from "./database.ts";
import type { Steps } from "./statement.ts";

/** Milliseconds that a write waits for others at most. */
const MAX_WAIT_MS = 10;

/** Commits writes that arrive at about the same time in one transaction, with one flush of the disk. */
export interface GroupCommit {
  /** Resolves when the write is durable. A write that fails is rolled back without the others. */
  write<T>(steps: () => Steps<T>, options: WriteOptions): Promise<T>;
  /** Commits pending writes now. */
  flush(): void;
}

interface Job {
  readonly steps: () => Steps<unknown>;
  readonly options: WriteOptions;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Result of a job in a transaction that is not committed yet. */
type JobResult = { readonly value: unknown } | { readonly error: unknown };

/** The parts of a transaction. */
export interface Execution {
  /** Looks at the database before a transaction; its result throws if a write with these options must not reach it. */
  readonly inspect: () => (options: WriteOptions) => void;
  /** Runs at the start of each transaction. */
  readonly begin: () => void;
  /** Runs the steps of one write in it. */
  readonly execute: <T>(steps: Steps<T>) => T;
}

export function createGroupCommit(database: Database, { inspect, begin, execute }: Execution): GroupCommit {
  /** End of the steps of the last transaction, by `performance.now()`. */
  let executedAt = 0;
  /** Milliseconds that the last commit took, without its steps: what another transaction costs. */
  let commitMs = 0;
  const runOne = database.transaction((steps: () => Steps<unknown>) => {
    begin();
    const value = execute(steps());
    executedAt = performance.now();
    return value;
  });
  const runBatch = database.transaction((jobs: readonly Job[]) => {
    begin();
    const results = jobs.map(runInSavepoint);
    executedAt = performance.now();
    return results;
  });
  const savepoint = database.transaction((steps: () => Steps<unknown>) => execute(steps()));
  let jobs: Job[] = [];
  /** Cancels the scheduled flush; undefined if none is scheduled. */
  let cancel: (() => void) | undefined;
  let isDelayed = false;

  /** Runs a job in a savepoint: better-sqlite3 makes one of a transaction inside a transaction. */
  function runInSavepoint({ steps }: Job): JobResult {
    try {
      return { value: savepoint(steps) };
    } catch (error) {
      // Some errors, such as a full disk, roll back the whole transaction.
      if (!database.inTransaction) throw error;
      return { error };
    }
  }

  function flush(): void {
    cancel?.();
    cancel = undefined;
    if (jobs.length === 0) return;
    const admit = inspect();
    const admitted = jobs.filter(({ options, reject }) => {
      try {
        admit(options);
        return true;
      } catch (error) {
        reject(error);
        return false;
      }
    });
    jobs = [];
    if (admitted.length === 0) return;
    const batch = [
      ...admitted.filter((job) => !job.options.isLast),
      ...admitted.filter((job) => job.options.isLast),
    ];
    try {
      const [only] = batch;
      const results =
        batch.length === 1 && only ? [{ value: runOne.immediate(only.steps) }] : runBatch.immediate(batch);
      commitMs = performance.now() - executedAt;
      batch.forEach((job, index) => settle(job, results[index]));
    } catch (error) {
      for (const job of batch) job.reject(error);
    }
  }

  function schedule(mayWait: boolean): void {
    if (cancel && (mayWait || !isDelayed)) return;
    cancel?.();
    isDelayed = mayWait;
    // A write that comes too late costs another commit, so a wait as long as one commit pays off.
    cancel = mayWait ? flushIn(Math.min(MAX_WAIT_MS, Math.floor(commitMs))) : flushSoon();
  }

  function flushIn(ms: number): () => void {
    if (ms === 0) {
      const immediate = setImmediate(flush);
      return () => clearImmediate(immediate);
    }
    const timer = setTimeout(flush, ms);
    return () => clearTimeout(timer);
  }

  /** Flushes in a microtask, so that writes of the same synchronous code share the transaction. */
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
    write: (steps, options) =>
      new Promise((resolve, reject) => {
        jobs.push({ steps, options, resolve: resolve as Job["resolve"], reject });
        schedule(options.mayWait ?? false);
      }),
  };
}

function settle(job: Job, result: JobResult | undefined): void {
  if (result && "error" in result) {
    job.reject(result.error);
  } else {
    job.resolve(result?.value);
  }
}
