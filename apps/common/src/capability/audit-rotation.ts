import { closeSync, constants, lstatSync, openSync, renameSync, unlinkSync } from "node:fs";

/** A lock that is older belongs to a process that died. A rotation takes less than a millisecond. */
const STALE_MS = 10_000;

export interface Rotation {
  /** The file is rotated if it is larger. */
  readonly maxBytes: number;
  readonly keep: number;
}

/**
 * Renames `path` to `path.1`, `path.1` to `path.2` and so on; the last one is replaced. Returns false, and does nothing, while
 * another process does it.
 */
export function rotate(path: string, { maxBytes, keep }: Rotation): boolean {
  const lock = `${path}.lock`;
  if (!acquire(lock)) return false;
  try {
    // Another process may just have finished.
    const size = lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size > maxBytes) {
      for (let number = keep; number > 1; number--) move(`${path}.${number - 1}`, `${path}.${number}`);
      if (keep > 0) renameSync(path, `${path}.1`);
      else unlinkSync(path);
    }
    return true;
  } finally {
    unlinkSync(lock);
  }
}

function move(from: string, to: string): void {
  if (lstatSync(from, { throwIfNoEntry: false }) !== undefined) renameSync(from, to);
}

function acquire(lock: string): boolean {
  try {
    const { O_CREAT, O_EXCL, O_WRONLY } = constants;
    closeSync(openSync(lock, O_WRONLY | O_CREAT | O_EXCL, 0o600));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  removeStale(lock);
  return false;
}

/** The next record finds the lock free. */
function removeStale(lock: string): void {
  const found = lstatSync(lock, { throwIfNoEntry: false });
  if (found === undefined || Date.now() - found.mtimeMs < STALE_MS) return;
  try {
    unlinkSync(lock);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
