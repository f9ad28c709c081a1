import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { accessSync, constants, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeDirectory } from "../make-directory.ts";
import type { StoreDatabase, WriteOptions } from "./database.ts";
import { StoreError } from "./errors.ts";
import { refuseForeignPath } from "./foreign-path.ts";
import { createGroupCommit } from "./group-commit.ts";
import { keepCopy } from "./migration-copy.ts";
import { inaccessible, missing, storeError, UNWRITABLE } from "./sqlite-errors.ts";
import { watchFiles } from "./sqlite-files.ts";
import { checkSchema, migrate } from "./sqlite-migrations.ts";
import { queryOf } from "./sqlite-query.ts";
import type { Statement, Steps } from "./statement.ts";
import type { Tables } from "./tables.ts";
import type { StoreOptions } from "./store-types.ts";

const DEFAULT_BUSY_TIMEOUT_MS = 2_000;
/** Bytes that the write-ahead log keeps after a checkpoint: as many as it usually grows to, 1,000 pages of 4 KiB. */
const MAX_IDLE_LOG_BYTES = 4_194_304;

/** Opens an SQLite file; creates or migrates it if needed. A file that is refused is not changed. */
export async function openSqlite(options: StoreOptions): Promise<StoreDatabase> {
  const path = resolve(options.path);
  const busyTimeoutMs = options.busyTimeoutMs ?? DEFAULT_BUSY_TIMEOUT_MS;
  const deadline = performance.now() + busyTimeoutMs;
  refuseForeignPath(path);
  prepareFile(path, options.create ?? true);
  await untilUnlocked(path, deadline, () => checkFile(path));
  requireWritable(path);

  const database = connect(path, false);
  try {
    const builder = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
    database.pragma("foreign_keys = ON");
    database.pragma("trusted_schema = OFF");
    database.pragma(`synchronous = ${options.synchronous === "normal" ? "NORMAL" : "FULL"}`);
    if (options.writable) await untilUnlocked(path, deadline, () => probeWriteLock(database));
    if (checkSchema(queryOf(database), path) === "outdated") {
      await untilUnlocked(path, deadline, () => database.exec("BEGIN IMMEDIATE"));
      const removeCopy =
        options.keepCopy === false ? undefined : await keepCopy(database, path, options.onCopy);
      try {
        await migrate(database, builder, path);
      } catch (error) {
        removeCopy?.();
        throw error;
      }
    }
    // This changes the file, so it must come after the checks that may refuse it.
    await untilUnlocked(path, deadline, () => database.pragma("journal_mode = WAL"));
    provideSequences(database);
    database.pragma(`journal_size_limit = ${MAX_IDLE_LOG_BYTES}`);
    database.pragma(`busy_timeout = ${busyTimeoutMs}`);
    return storeDatabase(database, builder, path);
  } catch (error) {
    database.close();
    throw storeError(error, path);
  }
}

function storeDatabase(database: Database.Database, builder: Kysely<Tables>, path: string): StoreDatabase {
  const prepared = new Map<Statement<never, unknown>, Database.Statement>();
  const dataVersion = database.prepare("PRAGMA data_version").pluck();
  const schemaVersion = database.prepare("PRAGMA schema_version").pluck();
  let checkedVersion: unknown;

  /** Checks the schema at the start of a transaction if another program has changed it since the last one. */
  const begin = (): void => {
    const version = schemaVersion.get();
    if (version === checkedVersion) return;
    checkSchema(queryOf(database), path);
    checkedVersion = version;
  };
  const execute = <T>(steps: Steps<T>): T => {
    let step = steps.next();
    while (!step.done) {
      const { statement, values } = step.value;
      let query = prepared.get(statement);
      if (!query) prepared.set(statement, (query = database.prepare(statement.sql)));
      step = steps.next(query.reader ? query.all(values) : (query.run(values), []));
    }
    return step.value;
  };
  const transaction = database.transaction((steps: () => Steps<unknown>) => {
    begin();
    return execute(steps());
  });
  // Reading opens the log and its index, if another process has removed them since they were last used.
  database.exec("SELECT 1 FROM sqlite_master LIMIT 1");
  const files = watchFiles(path);
  let isLogMoved = false;
  const checkFiles = (): void => {
    try {
      files.check();
    } catch (error) {
      // Else the next process that opens the database at the path would apply this log to it.
      if (!isLogMoved && files.state() !== "intact" && files.ownsLog()) moveLogInto(database);
      isLogMoved = true;
      throw error;
    }
  };
  const inspect = (): ((options: WriteOptions) => void) => {
    const failure = failureOf(checkFiles);
    const isOnlyMoved = failure !== undefined && files.state() === "moved";
    return ({ evenIfMoved }) => {
      if (failure !== undefined && !(evenIfMoved && isOnlyMoved)) throw failure.error;
    };
  };
  const group = createGroupCommit(database, { inspect, begin, execute });
  let isClosed = false;

  const attempt = async <T>(work: () => T | Promise<T>): Promise<T> => {
    if (isClosed) throw new StoreError("STORE_CLOSED", `${path}: the store is closed`);
    try {
      return await work();
    } catch (error) {
      throw storeError(error, path);
    }
  };
  const intact = <T>(work: () => T): T => {
    checkFiles();
    return work();
  };

  return {
    builder,
    write: (steps, options = {}) => attempt(() => group.write(steps, options)),
    read: <T>(steps: () => Steps<T>) => attempt(() => intact(() => transaction.deferred(steps) as T)),
    changeMark: () => attempt(() => intact(() => String(dataVersion.get()))),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      group.flush();
      const state = files.state();
      if (state === "moved") moveLogInto(database);
      // To close, SQLite would remove the log at the path, which another process may be writing.
      if (state !== "replaced") database.close();
    },
  };
}

function failureOf(work: () => void): { readonly error: unknown } | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return { error };
  }
}

/** Moves the write-ahead log into the database, which is no longer beside it. */
function moveLogInto(database: Database.Database): void {
  try {
    database.pragma("wal_checkpoint(TRUNCATE)");
  } catch {
    // The database cannot be written where it is now: its log stays as it is.
  }
}

/** Gives a database whose tables have no AUTOINCREMENT an empty sqlite_sequence for this connection, because queries read it. */
function provideSequences(database: Database.Database): void {
  const exists = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").get();
  if (!exists) database.exec("CREATE TEMP TABLE sequence (id INTEGER PRIMARY KEY AUTOINCREMENT)");
}

/** Takes and releases the write lock; writes nothing. */
function probeWriteLock(database: Database.Database): void {
  database.exec("BEGIN IMMEDIATE");
  database.exec("ROLLBACK");
}

/** Connects with a busy timeout of 0: {@link untilUnlocked} waits for locks without blocking the event loop. */
function connect(path: string, readonly: boolean): Database.Database {
  try {
    return new Database(path, { readonly, timeout: 0 });
  } catch (error) {
    throw storeError(error, path);
  }
}

function prepareFile(path: string, create: boolean): void {
  let stats;
  try {
    stats = statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw inaccessible(path, cause);
  }
  if (stats && !stats.isFile()) throw new StoreError("STORE_IO", `${path}: not a file; name a database file`);
  if (stats) return;
  if (!create) throw missing(path);
  try {
    makeDirectory(dirname(path));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOSPC" || code === "EDQUOT") {
      throw new StoreError("STORE_FULL", `${dirname(path)}: the disk is full; free some space`, { cause });
    }
    const message = `${dirname(path)}: this folder cannot be created; name another path`;
    throw new StoreError("STORE_IO", message, { cause });
  }
}

/**
 * Refuses databases of other applications before any write. Opens the file read-only if it has a write-ahead log: a writable
 * connection would move the log into the file when it closes.
 */
function checkFile(path: string): void {
  const size = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size(path) === 0) return;
  const database = connect(path, size(`${path}-wal`) > 0);
  try {
    checkSchema(queryOf(database), path);
  } catch (error) {
    throw storeError(error, path);
  } finally {
    database.close();
  }
}

function requireWritable(path: string): void {
  try {
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
    if (statSync(path, { throwIfNoEntry: false })) accessSync(path, constants.R_OK | constants.W_OK);
  } catch (cause) {
    throw new StoreError("STORE_READ_ONLY", `${path}: ${UNWRITABLE}`, { cause });
  }
}

/** Repeats `work` until it does not meet a lock, or the deadline has passed. */
export async function untilUnlocked<T>(path: string, deadline: number, work: () => T): Promise<T> {
  for (;;) {
    try {
      return work();
    } catch (error) {
      const known = storeError(error, path);
      const isLocked = known instanceof StoreError && known.code === "STORE_LOCKED";
      if (!isLocked || performance.now() >= deadline) throw known;
    }
    await sleep(10);
  }
}
