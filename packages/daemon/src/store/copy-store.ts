import { failpoint } from "@gvpie/file-socket/process";
import Database from "better-sqlite3";
import { StoreError } from "./errors.ts";
import { fileError, requireRoom, type NewFile } from "./new-file.ts";
import {
  connectReader,
  explained,
  MAX_READ_ATTEMPTS,
  requireReadable,
  type OnCopied,
  type ReadConnection,
} from "./read-connection.ts";
import { untilUnlocked } from "./sqlite.ts";
import { RESTORE, storeError } from "./sqlite-errors.ts";
import { checkSchema, readTables } from "./sqlite-migrations.ts";
import { queryOf, type Query } from "./sqlite-query.ts";

/** Numbers of rows in a database. */
export interface StoreContents {
  readonly scripts: number;
  readonly runs: number;
}

/** Progress of a long operation on a database. */
export interface StoreProgress {
  readonly step: "copy" | "verify";
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** Receives the progress of a long operation on a database. */
export type OnStoreProgress = (progress: StoreProgress) => void;

/**
 * Copies a database while other processes write it, as it was at one moment, into a file without a log, and verifies the copy: its
 * pages, its schema and the numbers of its rows.
 *
 * @throws {StoreError} as `openReader`; `STORE_FULL` and `STORE_IO` also for the copy.
 */
export async function copyStore(
  path: string,
  target: NewFile,
  { busyTimeoutMs = 2_000, onProgress = () => {} }: { busyTimeoutMs?: number; onProgress?: OnStoreProgress },
): Promise<StoreContents> {
  let totalBytes = 0;
  const onCopied: OnCopied = (done, total) => {
    totalBytes = total;
    onProgress({ step: "copy", doneBytes: done, totalBytes: total });
  };
  const contents = await withReadConnection(path, busyTimeoutMs, async (open) => {
    checkSchema(open.query, path);
    const [[bytes] = [0]] = open.query<[number]>(
      "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
    );
    requireRoom(target.target, bytes, "free some space, or name a file on another disk");
    const found = contentsOf(open.query);
    failpoint("daemon/copy/before-copy");
    await open.copyTo(target.path, onCopied).catch((error: unknown) => {
      throw copyError(error, path, target.target);
    });
    return found;
  });
  failpoint("daemon/copy/after-copy");
  onProgress({ step: "verify", doneBytes: 0, totalBytes });
  // A timer of the caller may show the step before the check blocks this thread.
  await new Promise(setImmediate);
  const copied = verifyCopy(path, target);
  if (copied.runs !== contents.runs || copied.scripts !== contents.scripts) {
    const fact = `expected ${contents.scripts} scripts and ${contents.runs} runs in the copy, got ${copied.scripts} and ${copied.runs}`;
    throw new StoreError("STORE_CORRUPT", `${path}: ${fact}; run \`gvpie db check --full\``);
  }
  failpoint("daemon/copy/after-verify");
  return contents;
}

/** Reads a database in one transaction, and again if another process has changed it while it was read without locks. */
export async function withReadConnection<T>(
  path: string,
  busyTimeoutMs: number,
  work: (open: ReadConnection) => Promise<T>,
): Promise<T> {
  requireReadable(path);
  const deadline = performance.now() + busyTimeoutMs;
  try {
    for (let attempts = 1; attempts <= MAX_READ_ATTEMPTS; attempts++) {
      const open = await untilUnlocked(path, deadline, () => begin(connectReader(path)));
      try {
        const result = await work(open);
        if (open.isSound()) return result;
      } catch (error) {
        if (open.isSound()) throw error;
      } finally {
        open.close();
      }
    }
  } catch (error) {
    throw explained(storeError(error, path), path);
  }
  throw new StoreError("STORE_LOCKED", `${path}: other processes keep changing the database; try again`);
}

function begin(open: ReadConnection): ReadConnection {
  try {
    open.exec("BEGIN");
    open.query("SELECT 1 FROM sqlite_master LIMIT 1");
    return open;
  } catch (error) {
    open.close();
    throw error;
  }
}

/** Makes a copy one file without a log, and checks it. */
function verifyCopy(path: string, copy: NewFile): StoreContents {
  let database;
  try {
    database = new Database(copy.path, { timeout: 0 });
    database.pragma("trusted_schema = OFF");
    database.pragma("journal_mode = DELETE");
    database.pragma("cache_size = -65536");
    checkSchema(queryOf(database), path);
    // Rows of other programs may break the CHECKs of the tables; the database is sound.
    database.pragma("ignore_check_constraints = ON");
    const found = database.pragma("integrity_check(1)", { simple: true });
    if (found !== "ok") throw damaged(path, String(found));
    return contentsOf(queryOf(database));
  } catch (error) {
    throw copyError(error, path, copy.target);
  } finally {
    database?.close();
  }
}

/** Returns the error for a database whose check found this. */
export function damaged(path: string, found: string): StoreError {
  return new StoreError(
    "STORE_CORRUPT",
    `${path}: expected a sound database, got a damaged one: ${found}; ${RESTORE}`,
  );
}

/** Counts the rows. */
export function contentsOf(query: Query): StoreContents {
  const tables = readTables(query);
  const count = (table: string): number =>
    tables.has(table) ? (query<[number]>(`SELECT count(*) FROM ${table}`)[0]?.[0] ?? 0) : 0;
  return { scripts: count("improvement_scripts"), runs: count("improvement_runs") };
}

/** Errors of writing concern the copy, others the original. */
function copyError(error: unknown, path: string, copy: string): unknown {
  const { code = "" } = error as { code?: string };
  const isWriting = /^SQLITE_(?:FULL|READONLY|CANTOPEN|IOERR(?!_READ|_SHORT_READ))/.test(code);
  return fileError(storeError(error, isWriting ? copy : path), copy);
}
