import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { printable } from "../printable.ts";
import type { LogOptions } from "./log.ts";

/**
 * Seconds without a turn of the event loop after which a process is ended. No wait for a lock or a disk takes that long, and
 * after 15 s the leases of its runs have expired.
 */
const BOUND_SECONDS = 30;
const TICK_MS = 1_000;
const MAX_ACTIVITY_BYTES = 256;
/** Cells of the shared memory. */
const BEAT = 0;
const BOUND = 1;
const LENGTH = 2;
const CELLS = 3;

/** Ends this process if its main thread is stuck in a call that does not return. */
export interface Watchdog {
  /**
   * Notes the work that the main thread begins, for the message.
   *
   * @param boundSeconds the longest time that this work may take. Default 30.
   */
  note(activity: string, boundSeconds?: number): void;
}

// The thread has no clock that can jump: it counts its own ticks. While the process is stopped or suspended, it is too. A tick
// counts if the main thread runs (R) or waits for a disk (D); a thread that waits for the reader of its output sleeps (S).
const THREAD = `
const { readFileSync, writeSync } = require("node:fs");
const { workerData } = require("node:worker_threads");
const { shared, format } = workerData;
const cells = new Int32Array(shared, 0, ${CELLS});
const bytes = new Uint8Array(shared, ${CELLS * 4});
let last = -1;
let missed = 0;
for (;;) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${TICK_MS});
  const beat = Atomics.load(cells, ${BEAT});
  if (beat !== last) {
    last = beat;
    missed = 0;
    continue;
  }
  const stat = readFileSync("/proc/self/task/" + process.pid + "/stat", "latin1");
  if (/^[RD]/.test(stat.slice(stat.lastIndexOf(")") + 2))) missed++;
  if (missed < Atomics.load(cells, ${BOUND})) continue;
  const activity = Buffer.from(bytes.slice(0, Atomics.load(cells, ${LENGTH}))).toString();
  const msg = "the main thread is stuck for " + missed + " s in: " + activity + "; ending this process with SIGABRT";
  const time = new Date();
  const line = format === "json"
    ? JSON.stringify({ level: 60, time: time.getTime(), pid: process.pid, activity, msg })
    : "[" + time.toLocaleDateString("sv") + " " + time.toTimeString().slice(0, 8) + "] FATAL: " + msg;
  try {
    writeSync(2, line + "\\n");
  } finally {
    process.kill(process.pid, "SIGABRT");
  }
}
`;

/** Starts a watchdog; one without effect outside Linux, under a debugger, or if no thread can be started. */
export function startWatchdog({ format }: Pick<LogOptions, "format">): Watchdog {
  const shared = new SharedArrayBuffer(CELLS * 4 + MAX_ACTIVITY_BYTES);
  const cells = new Int32Array(shared, 0, CELLS);
  const bytes = new Uint8Array(shared, CELLS * 4);
  const encoder = new TextEncoder();
  const note = (activity: string, boundSeconds = BOUND_SECONDS): void => {
    // Into memory of its own: encodeInto() refuses shared memory.
    const text = encoder.encode(printable(activity)).subarray(0, MAX_ACTIVITY_BYTES);
    bytes.set(text);
    Atomics.store(cells, LENGTH, text.length);
    Atomics.store(cells, BOUND, boundSeconds);
  };
  note("start");
  const isDebugged = process.execArgv.some((flag) => flag.startsWith("--inspect"));
  if (!existsSync("/proc/self/task") || isDebugged) return { note };
  const resourceLimits = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 };
  try {
    const worker = new Worker(THREAD, {
      eval: true,
      execArgv: [],
      workerData: { shared, format },
      resourceLimits,
    });
    // Too few threads or descriptors: the daemon works without a watchdog.
    worker.on("error", () => {});
    worker.unref();
  } catch {
    return { note };
  }
  setInterval(() => Atomics.add(cells, BEAT, 1), TICK_MS).unref();
  return { note };
}
