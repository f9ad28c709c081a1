// A session in a thread of its own: whoever started it sees an input that never comes back, or that takes all memory.
import { parentPort, workerData } from "node:worker_threads";
import { runSession } from "./session.ts";
import type { Order, Report } from "./watched-session.ts";
import { targetNamed } from "./targets.ts";

const { target, seed, corpus, maxCount, maxMs, shared } = workerData as Order;
const [index, length] = [new Int32Array(shared, 0, 1), new Int32Array(shared, 4, 1)];
const input = new Uint8Array(shared, 8);
const port = parentPort;
const post = (report: Report): void => port?.postMessage(report);

const until = performance.now() + maxMs;
const result = await runSession(
  targetNamed(target),
  { seed, corpus, goOn: (count) => count < maxCount && performance.now() < until },
  {
    before: (at, given) => {
      input.set(given.subarray(0, input.length));
      length[0] = Math.min(given.length, input.length);
      Atomics.store(index, 0, at);
    },
    found: (given) => post({ found: given }),
  },
);
post({ result });
