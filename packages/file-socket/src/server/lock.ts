import { lstatSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { FileSocketError } from "../errors.ts";

const SQLITE_BUSY = 5;

/**
 * An exclusive SQLite transaction: its holder is the only server of a directory until {@link Lock.release}. The kernel
 * ends it when the process dies, and it also excludes servers in other containers that share the directory.
 */
export interface Lock {
  release(): void;
}

/**
 * Takes the lock at `path`.
 *
 * @throws {FileSocketError} `FSOCK_LOCKED` if another server holds it; `FSOCK_STORAGE` if it cannot be taken.
 */
export function takeLock(path: string, dir: string): Lock {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found !== undefined && !found.isFile()) {
    throw new FileSocketError("FSOCK_UNSAFE_DIR", `${path} is not a regular file; remove it`);
  }
  const { DatabaseSync } = loadSqlite();
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    database?.close();
    if (cause instanceof Error && "errcode" in cause && cause.errcode === SQLITE_BUSY) {
      throw new FileSocketError("FSOCK_LOCKED", `another server already serves ${dir}`, { cause });
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FileSocketError("FSOCK_STORAGE", `cannot lock ${dir} (v1/lock.db): ${reason}`, { cause });
  }
  return { release: () => database.close() };
}

/** Loads node:sqlite without the ExperimentalWarning that Node 22 prints the first time. */
function loadSqlite(): { readonly DatabaseSync: typeof DatabaseSync } {
  const emitWarning = Object.getOwnPropertyDescriptor(process, "emitWarning");
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    if (emitWarning !== undefined) Object.defineProperty(process, "emitWarning", emitWarning);
  }
}
