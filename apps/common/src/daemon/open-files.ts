import { readFileSync } from "node:fs";

/** Open files that a daemon needs at least: at rest about 30, and some for each client and each run. */
const LEAST_OPEN_FILES = 64;

/** Returns the reason not to start if this process may open too few files; undefined if it may open enough. */
export function tooFewOpenFiles(): string | undefined {
  let limit: string | undefined;
  try {
    [, limit] = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1")) ?? [];
  } catch {
    // No /proc: not Linux.
  }
  return limit === undefined || Number(limit) >= LEAST_OPEN_FILES
    ? undefined
    : `expected a limit of at least ${LEAST_OPEN_FILES} open files, got ${limit}; raise it with ulimit -n`;
}
