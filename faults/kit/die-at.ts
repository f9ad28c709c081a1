// Loaded before a process that is to die: it kills itself, as nobody else could in time, the so-manieth time that it comes
// to a failpoint. GVPIE_DIE_AT holds the order as JSON.
import { appendFileSync, existsSync, statSync, utimesSync } from "node:fs";

/** How a process is to die. */
export interface DieAt {
  readonly name: string;
  /** From 1. */
  readonly hit: number;
  /** How much faster its monotonic clock goes, so that what is swept after a minute is swept at once. */
  readonly clockSpeed?: number;
  /** How much sooner what is done again and again is done. */
  readonly intervalSpeed?: number;
  /** A command that its writer changes just before it is claimed. */
  readonly rewrites?: string;
}

const { name, hit, clockSpeed, intervalSpeed, rewrites } = JSON.parse(
  process.env["GVPIE_DIE_AT"] ?? "{}",
) as DieAt;
let hits = 0;

Object.assign(globalThis, {
  [Symbol.for("@gvpie/failpoint")]: (passed: string): void => {
    if (rewrites !== undefined && passed === "file-socket/slot/before-claim" && existsSync(rewrites)) {
      const { atime, mtime } = statSync(rewrites);
      appendFileSync(rewrites, " ");
      // Its writer still counts from when it began.
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
