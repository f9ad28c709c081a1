// Runs a session in a thread, so that the main thread survives an input that never returns or exhausts the memory.
import { parentPort, workerData } from "node:worker_threads";
import type { ThreadData, ThreadMessage } from "./run-in-thread.ts";
import { runSession } from "./session.ts";
import { loadTarget } from "./targets.ts";

const { file, seed, corpus, maxCount, maxMs, shared } = workerData as ThreadData;
const index = new Int32Array(shared, 0, 1);
const length = new Int32Array(shared, 4, 1);
const bytes = new Uint8Array(shared, 8);
const port = parentPort;
const post = (message: ThreadMessage): void => port?.postMessage(message);

const target = await loadTarget(file);
const end = performance.now() + maxMs;
const result = await runSession(
  target,
  { seed, corpus, shouldContinue: (count) => count < maxCount && performance.now() < end },
  {
    before: (at, input) => {
      bytes.set(input.subarray(0, bytes.length));
      length[0] = Math.min(input.length, bytes.length);
      Atomics.store(index, 0, at);
    },
    found: (input) => post({ found: input }),
  },
);
post({ result });
