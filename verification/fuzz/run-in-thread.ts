import { once } from "node:events";
import { setInterval } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Failure, SessionResult } from "./session.ts";
import type { TargetFile } from "./targets.ts";

/** The session that a thread runs. */
export interface ThreadOptions {
  readonly file: TargetFile;
  readonly seed: number;
  readonly corpus: readonly Uint8Array[];
  readonly maxCount: number;
  readonly maxMs: number;
}

export interface ThreadData extends ThreadOptions {
  /** The index of the running input, its length, and its bytes. */
  readonly shared: SharedArrayBuffer;
}

/** A message from the thread. */
export type ThreadMessage = { readonly found: Uint8Array } | { readonly result: SessionResult };

const MAX_INPUT_BYTES = 262_144;
const MAX_HEAP_MIB = 512;
/** An input that takes longer is considered endless. */
const HANG_MS = 30_000;
const CHECK_INTERVAL_MS = 1_000;

/** Runs a session in a thread. An input that hangs, or that ends the thread, is a failure too. */
export async function runInThread(
  options: ThreadOptions,
  onFound: (input: Uint8Array) => void = () => {},
): Promise<SessionResult> {
  const shared = new SharedArrayBuffer(8 + MAX_INPUT_BYTES);
  const worker = new Worker(new URL("thread.ts", import.meta.url), {
    workerData: { ...options, shared } satisfies ThreadData,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB },
    execArgv: ["--conditions=@gvpie/source"],
  });
  const index = new Int32Array(shared, 0, 1);
  let result: SessionResult | undefined;
  let reason = "the thread exited";
  worker.on("message", (message: ThreadMessage) => {
    if ("found" in message) {
      onFound(message.found);
    } else {
      result = message.result;
    }
  });
  worker.on("error", (error: unknown) => {
    reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  });
  const exited = once(worker, "exit");
  const stop = new AbortController();
  const watch = async (): Promise<void> => {
    let last = -1;
    let since = performance.now();
    for await (const _ of setInterval(CHECK_INTERVAL_MS, undefined, { signal: stop.signal })) {
      const now = Atomics.load(index, 0);
      if (now !== last) {
        [last, since] = [now, performance.now()];
      } else if (performance.now() - since > HANG_MS) {
        reason = `did not end within ${HANG_MS / 1000} s`;
        await worker.terminate();
      }
    }
  };
  const watching = watch().catch(() => {});
  await exited;
  stop.abort();
  await watching;
  if (result !== undefined) return result;
  return {
    count: Atomics.load(index, 0) + 1,
    outcomes: 0,
    slowestMs: 0,
    failure: lastInput(shared, reason),
  };
}

function lastInput(shared: SharedArrayBuffer, reason: string): Failure {
  const [index = 0, length = 0] = new Int32Array(shared, 0, 2);
  return { index, input: new Uint8Array(shared, 8, length).slice(), reason };
}
