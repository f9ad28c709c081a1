// A module that Node loads before the program: kills the process with SIGKILL the nth time that it passes a failpoint.
// A signal from another process would arrive too late. GVPIE_KILL_AT holds a FailpointKill as JSON.
import { appendFileSync, existsSync, statSync, utimesSync } from "node:fs";

export interface FailpointKill {
  /** The failpoint's name. */
  readonly name: string;
  /** Which pass kills the process, from 1. */
  readonly hit: number;
  /** Factor on the monotonic clock, so that a sweep that is due after a minute is due at once. */
  readonly clockSpeed?: number;
  /** Divisor of all intervals. */
  readonly intervalSpeed?: number;
  /** Path of a command that its writer changes just before the server claims it. */
  readonly rewrites?: string;
}

const { name, hit, clockSpeed, intervalSpeed, rewrites } = JSON.parse(
  process.env["GVPIE_KILL_AT"] ?? "{}",
) as FailpointKill;
let hits = 0;

Object.assign(globalThis, {
  [Symbol.for("@gvpie/failpoint")]: (passed: string): void => {
    if (rewrites !== undefined && passed === "file-socket/slot/before-claim" && existsSync(rewrites)) {
      const { atime, mtime } = statSync(rewrites);
      appendFileSync(rewrites, " ");
      // Keeps the times: the writer's deadline counts from its first write.
      utimesSync(rewrites, atime, mtime);
    }
    if (passed === name && ++hits === hit) process.kill(process.pid, "SIGKILL");
  },
});

if (clockSpeed !== undefined) {
  const now = performance.now.bind(performance);
  performance.now = () => now() * clockSpeed;
}

if (intervalSpeed !== undefined) {
  const repeat = globalThis.setInterval;
  Object.assign(globalThis, {
    setInterval: (action: () => void, delayMs: number) => repeat(action, delayMs / intervalSpeed),
  });
}
