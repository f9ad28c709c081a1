import Database from "better-sqlite3";
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import type { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { StoreError } from "./errors.ts";
import { inaccessible, missing } from "./sqlite-errors.ts";
import { SIDE_FILES } from "./sqlite-files.ts";
import { queryOf, type Query } from "./sqlite-query.ts";

/** A connection that cannot write. */
export interface ReadConnection {
  /** Runs a statement and returns its rows. */
  readonly all: (sql: string, values: readonly unknown[]) => readonly unknown[];
  readonly exec: (sql: string) => void;
  readonly query: Query;
  /** Copies the whole database, as the open transaction sees it, into an empty file. */
  readonly copyTo: (target: string, onProgress: OnCopied) => Promise<void>;
  readonly close: () => void;
  /** True if it takes the locks that other processes respect. */
  readonly isLive: boolean;
  /** False if the file has changed while it was read without locks. */
  readonly isSound: () => boolean;
}

/** Receives the bytes copied so far and their total. */
export type OnCopied = (doneBytes: number, totalBytes: number) => void;

/** Pages that a copy takes at a time: 16 MiB of 4 KiB. */
export const PAGES_PER_TURN = 4_096;
/** Attempts to read without locks a file that other processes are opening and closing. */
export const MAX_READ_ATTEMPTS: number = 20;

/**
 * Connects in a way that creates no file, because a log or its index that belongs to the user who reads would lock out the user
 * who writes.
 */
export function connectReader(path: string): ReadConnection {
  const real = realpathSync(path);
  const isLive = hasContent(`${real}-shm`);
  if (hasContent(`${real}-wal`) && !isLive) throw unfinished(path);
  return isLive || hasContent(`${real}-journal`) ? connectLive(real) : connectIdle(real);
}

/** Shares the locks of the processes that have the database open. */
function connectLive(real: string): ReadConnection {
  const database = new Database(real, { readonly: true, timeout: 0 });
  database.pragma("trusted_schema = OFF");
  return {
    all: (sql, values) => database.prepare(sql).all(values),
    exec: (sql) => void database.exec(sql),
    query: queryOf(database),
    copyTo: async (target, onProgress) => {
      const pageBytes = database.pragma("page_size", { simple: true }) as number;
      // An open transaction keeps its snapshot: the copy does not begin again when another process writes.
      await database.backup(target, {
        progress: ({ totalPages, remainingPages }) => {
          onProgress((totalPages - remainingPages) * pageBytes, totalPages * pageBytes);
          return PAGES_PER_TURN;
        },
      });
    },
    close: () => void database.close(),
    isLive: true,
    isSound: () => true,
  };
}

/**
 * Reads a file that no process has open. SQLite would create a log for it; a file declared immutable needs none. better-sqlite3
 * cannot declare that, so Node's SQLite opens the file.
 */
function connectIdle(real: string): ReadConnection {
  const url = pathToFileURL(real);
  url.searchParams.set("immutable", "1");
  const before = versionOf(real);
  let database;
  try {
    database = new (loadSqlite().DatabaseSync)(url, { readOnly: true });
    database.exec("PRAGMA trusted_schema = OFF");
  } catch (error) {
    throw toSqliteError(error);
  }
  const open = database;
  const all = (sql: string, values: readonly unknown[]): readonly unknown[] => {
    try {
      return open.prepare(sql).all(...(values as (string | number | bigint | null)[]));
    } catch (error) {
      throw toSqliteError(error);
    }
  };
  return {
    all,
    exec: (sql) => open.exec(sql),
    query: <T extends unknown[]>(sql: string, ...values: string[]) =>
      all(sql, values).map((row) => Object.values(row as object) as T),
    copyTo: async (target, onProgress) => {
      const { size } = statSync(real);
      const timer = setInterval(() => onProgress(sizeOf(target), size), 200);
      try {
        // Shares the blocks with the original where the file system can.
        await copyFile(real, target, constants.COPYFILE_FICLONE);
      } finally {
        clearInterval(timer);
      }
    },
    close: () => open.close(),
    isLive: false,
    isSound: () => versionOf(real) === before,
  };
}

/** Names the remedy if SQLite would have to finish the transaction of a process that died. */
export function explained(error: unknown, path: string): unknown {
  const { cause } = error as { cause?: { code?: unknown } };
  const isUnfinished = /^SQLITE_READONLY_(?:ROLLBACK|RECOVERY|CANTINIT)$/.test(String(cause?.code));
  return isUnfinished ? unfinished(path, error) : error;
}

function unfinished(path: string, cause?: unknown): StoreError {
  const fact = "a process that died left a transaction, and finishing it needs the right to write";
  const remedy = "run `gvpie db init` as the owner of the database, or on a copy of it and its log";
  return new StoreError("STORE_READ_ONLY", `${path}: ${fact}; ${remedy}`, { cause });
}

export function requireReadable(path: string): void {
  let stats;
  try {
    stats = statSync(path, { throwIfNoEntry: false });
    if (stats) accessSync(path, constants.R_OK);
  } catch (cause) {
    throw inaccessible(path, cause);
  }
  if (!stats || (stats.isFile() && stats.size === 0 && !hasContent(`${path}-wal`))) {
    throw missing(path);
  }
  if (!stats.isFile()) throw new StoreError("STORE_IO", `${path}: not a file; name a database file`);
}

function hasContent(path: string): boolean {
  return sizeOf(path) > 0;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Returns a text that changes when a process opens or writes the database. */
function versionOf(real: string): string {
  const { ino, size, mtimeNs, ctimeNs } = statSync(real, { bigint: true });
  const isOpen = SIDE_FILES.map((suffix) => hasContent(real + suffix));
  return [ino, size, mtimeNs, ctimeNs, ...isOpen].join();
}

/** Gives an error of Node's SQLite the code that better-sqlite3 would give it. */
function toSqliteError(error: unknown): unknown {
  const { errcode, message } = error as { errcode?: unknown; message?: unknown };
  if (typeof errcode !== "number") return error;
  const code = PRIMARY_CODES[errcode & 0xff] ?? "SQLITE_ERROR";
  return new Database.SqliteError(String(message), code);
}

/** https://www.sqlite.org/rescode.html */
const PRIMARY_CODES: Readonly<Record<number, string>> = {
  3: "SQLITE_PERM",
  5: "SQLITE_BUSY",
  7: "SQLITE_NOMEM",
  8: "SQLITE_READONLY",
  10: "SQLITE_IOERR",
  11: "SQLITE_CORRUPT",
  14: "SQLITE_CANTOPEN",
  26: "SQLITE_NOTADB",
};

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
