import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  type Stats,
} from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { FileSocketError } from "../errors.ts";
import { errnoOf } from "../fs/errno.ts";

const SQLITE_BUSY = 5;
const MODE = 0o600;
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR } = constants;
/** Linux: a descriptor for the file's status alone. */
const O_PATH = 0o10000000;

/**
 * An exclusive SQLite transaction: its holder is the only server of a directory until {@link Lock.release}. The kernel
 * ends it when the process dies, and it also excludes servers in other containers that share the directory.
 */
export interface Lock {
  release(): void;
}

/** Texts for the errors of a lock. */
export interface LockTexts {
  /** The message if another server holds the lock. */
  readonly held: string;
  /** The thing that is locked, with the lock's file. */
  readonly locked: string;
  /** The lock's file. */
  readonly file: string;
}

/**
 * Takes the lock at `path`, a file that no other user can open: even a user who may only read it could lock it.
 *
 * @throws {FileSocketError} `FSOCK_LOCKED` if another server holds it; `FSOCK_UNSAFE_DIR` if the file is not a regular file
 * of this user with one name; `FSOCK_STORAGE` if it cannot be taken.
 */
export function takeLock(path: string, texts: LockTexts): Lock {
  let file: LockFile;
  try {
    file = makePrivate(path);
  } catch (cause) {
    throw cause instanceof FileSocketError ? cause : lockError(cause, texts);
  }
  const { DatabaseSync } = loadSqlite();
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    database?.close();
    throw lockError(cause, texts, file.wasShared);
  }
  return {
    release: () => {
      database.close();
      if (file.created !== undefined) closeSync(file.created);
    },
  };
}

function lockError(cause: unknown, { held, locked, file }: LockTexts, wasShared = false): FileSocketError {
  if (cause instanceof Error && "errcode" in cause && cause.errcode === SQLITE_BUSY) {
    const hint = wasShared
      ? `, or a process of another user holds ${file}, which other users could open until now: if no server runs, remove that file`
      : "";
    return new FileSocketError("FSOCK_LOCKED", `${held}${hint}`, { cause });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FileSocketError("FSOCK_STORAGE", `cannot lock ${locked}: ${reason}`, { cause });
}

interface LockFile {
  /** The descriptor of a new file. */
  readonly created?: number;
  /** True if other users could open it. */
  readonly wasShared: boolean;
}

/**
 * Ensures that `path` is a regular file of this user with one name and mode 0600. The descriptor of a new file stays open
 * as long as the lock: closing any descriptor of a file ends all locks that this process holds on it. For the same reason
 * an existing file, which another server in this process may have locked, is only opened with O_PATH.
 */
function makePrivate(path: string): LockFile {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) {
    try {
      const created = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, MODE);
      fchmodSync(created, MODE);
      return { created, wasShared: false };
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
    }
  }
  if (process.platform !== "linux") return restrict(lstatSync(path), path, path);
  const fd = openSync(path, O_PATH | O_NOFOLLOW);
  try {
    // fchmod refuses a descriptor of O_PATH.
    return restrict(fstatSync(fd), path, `/proc/self/fd/${fd}`);
  } finally {
    closeSync(fd);
  }
}

function restrict(stats: Stats, path: string, target: string): LockFile {
  const problem = problemOf(stats);
  if (problem !== undefined) {
    const message = `expected ${path} to be a regular file of this user with one name, got ${problem}; remove it`;
    throw new FileSocketError("FSOCK_UNSAFE_DIR", message);
  }
  if ((stats.mode & 0o777) !== MODE) chmodSync(target, MODE);
  return { wasShared: (stats.mode & 0o077) !== 0 };
}

function problemOf(stats: Stats): string | undefined {
  if (stats.isSymbolicLink()) return "a symbolic link";
  if (!stats.isFile()) return "another kind of file";
  const uid = process.geteuid?.();
  if (uid !== undefined && stats.uid !== uid) return `a file of user ${stats.uid}`;
  return stats.nlink === 1 ? undefined : `a file with ${stats.nlink} names`;
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
