import { readFileSync } from "node:fs";

/** Open files that a daemon needs at least: at rest about 30, and some for each client and each run. */
const LEAST_OPEN_FILES = 64;

/** Returns the reason not to start if this process may open too few files; undefined if it may open enough. */
export function tooFewOpenFiles(): string | undefined {
  const limit = openFileLimit();
  return limit === undefined || limit >= LEAST_OPEN_FILES
    ? undefined
    : `expected a limit of at least ${LEAST_OPEN_FILES} open files, got ${limit}; raise it with ulimit -n`;
}

/** Returns the number of files that this process may open; undefined if it is unlimited or unknown. */
export function openFileLimit(): number | undefined {
  try {
    const [, limit] = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1")) ?? [];
    return limit === undefined ? undefined : Number(limit);
  } catch {
    // No /proc: not Linux.
    return undefined;
  }
}
