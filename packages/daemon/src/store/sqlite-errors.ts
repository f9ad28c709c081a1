import Database from "better-sqlite3";
import { closeSync, openSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { StoreError, type StoreErrorCode } from "./errors.ts";

const HELD = "another process holds the database; close it, or wait until it has finished";
export const UNWRITABLE: string =
  "the database cannot be written; make the file and its folder writable, or name another database";
const NOT_SQLITE = "this file is not an SQLite database; name another path, or move the file away";
/** SQLite's `.recover` is no remedy: its result lacks constraints and triggers. */
export const RESTORE = "keep the file with its -wal, and restore a sound backup with `gvpie db restore`";
const DAMAGED = `the database is damaged; ${RESTORE}`;
const UNOPENABLE =
  "the database cannot be opened; check that the path names a file in a folder that you can access";

/** Code and remedy by prefix of the SQLite result code. https://www.sqlite.org/rescode.html */
const FAILURES: readonly (readonly [prefix: string, code: StoreErrorCode, message: string])[] = [
  ["SQLITE_BUSY", "STORE_LOCKED", HELD],
  ["SQLITE_LOCKED", "STORE_LOCKED", HELD],
  [
    "SQLITE_READONLY_DBMOVED",
    "STORE_MOVED",
    "the database was moved or removed; put it back, and start again",
  ],
  ["SQLITE_READONLY", "STORE_READ_ONLY", UNWRITABLE],
  ["SQLITE_NOTADB", "STORE_CORRUPT", NOT_SQLITE],
  ["SQLITE_CORRUPT", "STORE_CORRUPT", DAMAGED],
  ["SQLITE_FULL", "STORE_FULL", "the disk is full; free some space"],
  // No room for the index of the write-ahead log.
  ["SQLITE_IOERR_SHMSIZE", "STORE_FULL", "the disk is full; free some space"],
  ["SQLITE_CANTOPEN", "STORE_IO", UNOPENABLE],
  ["SQLITE_PERM", "STORE_IO", "access to the database is denied; check the permissions of the file"],
  ["SQLITE_IOERR", "STORE_IO", "the disk failed, or the path is not a file; see the system log"],
  ["SQLITE_NOMEM", "STORE_IO", "out of memory; the database holds larger values than this process may use"],
  ["SQLITE_PROTOCOL", "STORE_LOCKED", "too many processes opened the database at once; try again"],
];

/** Bytes that SQLite needs for the index of a log, with a margin. */
const MIN_FREE_BYTES = 65_536;

/** Converts an SQLite error to a {@link StoreError} that names the remedy. Returns any other error unchanged. */
export function storeError(error: unknown, path: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const failure = FAILURES.find(([prefix]) => error.code.startsWith(prefix));
  // The statements are fixed and fit the tables of a store, so any other SQLite error means that the tables were changed.
  const altered = `its tables have been damaged or altered: ${error.message}; restore a backup`;
  const [, code, message] = failure ?? ["", "STORE_CORRUPT", altered];
  const [realCode, realMessage] = (code === "STORE_IO" && shortage(path)) || [code, message];
  return new StoreError(realCode, `${path}: ${realMessage} (${error.code})`, { cause: error });
}

/** Returns the resource that is used up, because SQLite does not report it if it cannot create a file; undefined if none is. */
function shortage(path: string): readonly [code: StoreErrorCode, message: string] | undefined {
  const folder = dirname(path);
  try {
    const { bavail, bsize, files, ffree } = statfsSync(folder);
    if (bavail * bsize < MIN_FREE_BYTES) return ["STORE_FULL", "the disk is full; free some space"];
    if (files > 0 && ffree === 0) return ["STORE_FULL", "the disk has no room for another file; remove some"];
    // Not the database: closing it would end the locks that this process has on it.
    closeSync(openSync(folder, "r"));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EMFILE" || code === "ENFILE") {
      return ["STORE_FULL", "too many files are open; raise `ulimit -n`, or end other processes"];
    }
  }
  return undefined;
}

const ACCESS: Readonly<Record<string, string>> = {
  ELOOP: "too many symbolic links; name the file itself",
  ENAMETOOLONG: "the name is too long; name another path",
};

/** Returns the error for a path without a database. */
export function missing(path: string): StoreError {
  const remedy = "create it with `gvpie db init`, or name another path";
  return new StoreError("STORE_MISSING", `${path}: there is no database; ${remedy}`);
}

/** Returns the error for a path that the system refuses to look up. */
export function inaccessible(path: string, cause: unknown): StoreError {
  const denied = "access is denied; expected a file and folders that this user may read";
  const message = ACCESS[(cause as NodeJS.ErrnoException).code ?? ""] ?? denied;
  return new StoreError("STORE_IO", `${path}: ${message}`, { cause });
}
