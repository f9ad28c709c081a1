import Database from "better-sqlite3";
import { StoreError, type StoreErrorCode } from "./errors.ts";

/** The remedy for each way in which SQLite fails, by the start of its code. https://www.sqlite.org/rescode.html */
const FAILURES: readonly (readonly [prefix: string, code: StoreErrorCode, message: string])[] = [
  [
    "SQLITE_BUSY",
    "STORE_LOCKED",
    "another process holds the database; close it, or wait until it has finished",
  ],
  [
    "SQLITE_LOCKED",
    "STORE_LOCKED",
    "another process holds the database; close it, or wait until it has finished",
  ],
  [
    "SQLITE_READONLY",
    "STORE_READ_ONLY",
    "the database cannot be written; make the file and its folder writable, or name another database",
  ],
  [
    "SQLITE_NOTADB",
    "STORE_CORRUPT",
    "this file is no SQLite database; name another path, or move the file away",
  ],
  [
    "SQLITE_CORRUPT",
    "STORE_CORRUPT",
    "the database is damaged; restore a backup, or save what can be read with `sqlite3 FILE .recover`",
  ],
  ["SQLITE_FULL", "STORE_FULL", "the disk is full; free some space"],
  [
    "SQLITE_CANTOPEN",
    "STORE_IO",
    "the database cannot be opened; check that the path names a file in a folder that you may use",
  ],
  ["SQLITE_PERM", "STORE_IO", "the database may not be opened; check the permissions of the file"],
  ["SQLITE_IOERR", "STORE_IO", "the disk failed, or the path is no file; see the system's log"],
  ["SQLITE_PROTOCOL", "STORE_LOCKED", "too many processes opened the database at once; try again"],
];

/** An error of SQLite as a {@link StoreError} that names the remedy; anything else as it is. */
export function storeError(error: unknown, path: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const failure = FAILURES.find(([prefix]) => error.code.startsWith(prefix));
  // The statements are fixed and fit the tables that a store makes: what else fails lies in the tables.
  const altered = `its tables have been damaged or altered: ${error.message}; restore a backup`;
  const [, code, message] = failure ?? ["", "STORE_CORRUPT", altered];
  return new StoreError(code, `${path}: ${message} (${error.code})`, { cause: error });
}
