import { setInterval } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { once } from "node:events";
import type { Failure, SessionResult } from "./session.ts";
import { MAX_HEAP_MIB } from "./target.ts";

/** What a thread is to do. */
export interface Order {
  readonly target: string;
  readonly seed: number;
  readonly corpus: readonly Uint8Array[];
  readonly maxCount: number;
  readonly maxMs: number;
  /** The index of the input that is being worked on, its length, and its bytes. */
  readonly shared: SharedArrayBuffer;
}

/** What a thread reports. */
export type Report = { readonly found: Uint8Array } | { readonly result: SessionResult };

const MAX_INPUT = 262_144;
/** An input that is not done after so long never will be. */
const HANG_MS = 30_000;
const LOOK_MS = 1_000;

/** Runs a session in a thread, and reports an input that hangs, or that ends the thread, as a failure too. */
export async function watchSession(
  order: Omit<Order, "shared">,
  found: (input: Uint8Array) => void = () => {},
): Promise<SessionResult> {
  const shared = new SharedArrayBuffer(8 + MAX_INPUT);
  const worker = new Worker(new URL("worker.ts", import.meta.url), {
    workerData: { ...order, shared } satisfies Order,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB },
    execArgv: ["--conditions=@gvpie/source"],
  });
  const index = new Int32Array(shared, 0, 1);
  let result: SessionResult | undefined;
  let reason = "the thread has ended";
  worker.on("message", (report: Report) => {
    if ("found" in report) found(report.found);
    else result = report.result;
  });
  worker.on("error", (error: unknown) => {
    reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  });
  const ended = once(worker, "exit");
  const stop = new AbortController();
  const watch = async (): Promise<void> => {
    let last = -1;
    let since = performance.now();
    for await (const _ of setInterval(LOOK_MS, undefined, { signal: stop.signal })) {
      const now = Atomics.load(index, 0);
      if (now !== last) [last, since] = [now, performance.now()];
      else if (performance.now() - since > HANG_MS) {
        reason = `not done after ${HANG_MS / 1000} s`;
        await worker.terminate();
      }
    }
  };
  const watching = watch().catch(() => {});
  await ended;
  stop.abort();
  await watching;
  return (
    result ?? { count: Atomics.load(index, 0) + 1, outcomes: 0, slowestMs: 0, failure: lost(shared, reason) }
  );
}

function lost(shared: SharedArrayBuffer, reason: string): Failure {
  const [index = 0, length = 0] = new Int32Array(shared, 0, 2);
  return { index, input: new Uint8Array(shared, 8, length).slice(), reason };
}
