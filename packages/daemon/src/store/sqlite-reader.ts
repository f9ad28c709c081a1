import Database from "better-sqlite3";
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import type { StoreDatabase } from "./database.ts";
import { StoreError } from "./errors.ts";
import { inaccessible } from "./sqlite-errors.ts";
import { OPERATIONS_TABLES } from "./operations-schema.ts";
import { untilUnlocked } from "./sqlite.ts";
import { checkSchema, readColumns, readTables } from "./sqlite-migrations.ts";
import { queryOf, type Query } from "./sqlite-query.ts";
import { ADDED_COLUMNS, DUE_AT_ONCE, PUBLIC_COLUMNS } from "./sqlite-schema.ts";
import type { Steps } from "./statement.ts";
import type { Tables } from "./tables.ts";
import type { ReaderOptions } from "./types.ts";

/** The part of a {@link StoreDatabase} that reads. */
export type ReadableDatabase = Pick<StoreDatabase, "builder" | "read" | "close">;

/** A connection that cannot write. */
interface Connection {
  /** Runs a statement and returns its rows. */
  readonly all: (sql: string, values: readonly unknown[]) => readonly unknown[];
  readonly exec: (sql: string) => void;
  readonly query: Query;
  readonly close: () => void;
  /** True if it takes the locks that other processes respect. */
  readonly isLive: boolean;
  /** False if the file has changed while it was read without locks. */
  readonly isSound: () => boolean;
}

/** Attempts to read without locks a file that other processes are opening and closing. */
const MAX_ATTEMPTS = 20;

/** Opens an SQLite file for reading. Creates, migrates and changes nothing, also not in the folder. */
export async function openSqliteReader(options: ReaderOptions): Promise<ReadableDatabase> {
  const path = resolve(options.path);
  const busyTimeoutMs = options.busyTimeoutMs ?? 2_000;
  requireReadable(path);
  /** The connection that is kept between reads. */
  let live: Connection | undefined;
  let isClosed = false;

  /** Reads; returns undefined if another process has changed the file while it was read without locks. */
  function use<T>(work: (open: Connection) => T): { readonly result: T } | undefined {
    const open = live ?? connect(path);
    try {
      if (open !== live && checkSchema(open.query, path) === "outdated") showAsCurrent(open);
      const result = work(open);
      if (open.isLive) live = open;
      return open.isSound() ? { result } : undefined;
    } catch (error) {
      if (!open.isSound()) return undefined;
      throw error;
    } finally {
      // Closing a file ends all POSIX locks of the process on it, so none may be open here when a store opens it.
      if (open !== live) open.close();
    }
  }

  async function attempt<T>(work: (open: Connection) => T): Promise<T> {
    const deadline = performance.now() + busyTimeoutMs;
    try {
      for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts++) {
        const found = await untilUnlocked(path, deadline, () => use(work));
        if (found) return found.result;
      }
    } catch (error) {
      throw explained(error, path);
    }
    throw new StoreError("STORE_LOCKED", `${path}: other processes keep changing the database; try again`);
  }

  await attempt(() => {});
  return {
    builder: new Kysely<Tables>({
      dialect: {
        createAdapter: () => new SqliteAdapter(),
        createDriver: () => new DummyDriver(),
        createIntrospector: (db) => new SqliteIntrospector(db),
        createQueryCompiler: () => new SqliteQueryCompiler(),
      },
    }),
    read: (steps) => {
      if (isClosed) return Promise.reject(new StoreError("STORE_CLOSED", `${path}: the store is closed`));
      return attempt((open) => inTransaction(open, steps));
    },
    close: async () => {
      isClosed = true;
      live?.close();
      live = undefined;
    },
  };
}

function inTransaction<T>(connection: Connection, steps: () => Steps<T>): T {
  connection.exec("BEGIN");
  try {
    const running = steps();
    let step = running.next();
    while (!step.done) step = running.next(connection.all(step.value.statement.sql, step.value.values));
    return step.value;
  } finally {
    connection.exec("ROLLBACK");
  }
}

/**
 * Connects in a way that creates no file, because a log or its index that belongs to the user who reads would lock out the user
 * who writes.
 */
function connect(path: string): Connection {
  const real = realpathSync(path);
  const isLive = hasContent(`${real}-shm`);
  if (hasContent(`${real}-wal`) && !isLive) throw unfinished(path);
  return isLive || hasContent(`${real}-journal`) ? connectLive(real) : connectIdle(real);
}

/** Shares the locks of the processes that have the database open. */
function connectLive(real: string): Connection {
  const database = new Database(real, { readonly: true, timeout: 0 });
  database.pragma("trusted_schema = OFF");
  return {
    all: (sql, values) => database.prepare(sql).all(values),
    exec: (sql) => void database.exec(sql),
    query: queryOf(database),
    close: () => void database.close(),
    isLive: true,
    isSound: () => true,
  };
}

/**
 * Reads a file that no process has open. SQLite would create a log for it; a file declared immutable needs none. better-sqlite3
 * cannot declare that, so Node's SQLite opens the file.
 */
function connectIdle(real: string): Connection {
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
    close: () => open.close(),
    isLive: false,
    isSound: () => versionOf(real) === before,
  };
}

/** Makes an older database look like a current one to this connection, with temporary views. */
function showAsCurrent({ exec, query }: Connection): void {
  const tables = readTables(query);
  const nulls = (columns: readonly string[]): string =>
    columns.map((column) => `NULL AS ${column}`).join(", ");
  exec("PRAGMA temp_store = MEMORY");
  const runColumns = [...(PUBLIC_COLUMNS["improvement_runs"] ?? []), ...Object.keys(ADDED_COLUMNS)];
  if (!tables.has("improvement_runs")) {
    exec(`CREATE TEMP VIEW improvement_runs AS SELECT ${nulls(runColumns)} WHERE 0`);
  } else {
    const present = readColumns(query, "improvement_runs");
    const missing = runColumns.filter((column) => !present.has(column));
    if (missing.length > 0) {
      exec(`CREATE TEMP VIEW improvement_runs AS SELECT *, ${nulls(missing)} FROM main.improvement_runs`);
    }
  }
  const optionColumns =
    "script_id width height background interval_ms params capability cron time_zone missed timeout_ms retries".split(
      " ",
    );
  if (!tables.has("script_options")) {
    exec(`CREATE TEMP VIEW script_options AS SELECT ${nulls(optionColumns)} WHERE 0`);
  } else {
    const present = readColumns(query, "script_options");
    const missing = optionColumns.filter((column) => !present.has(column));
    const added = missing.length > 0 ? `, ${nulls(missing)}` : "";
    exec(`CREATE TEMP VIEW script_options AS SELECT *${added} FROM main.script_options`);
  }
  if (!tables.has("store_clock")) {
    exec(`CREATE TEMP VIEW store_clock AS SELECT ${nulls(["id", "boot", "offset_ms"])} WHERE 0`);
  }
  exec(`CREATE TEMP VIEW run_capabilities AS SELECT ${nulls(["run_id", "root", "leaf"])} WHERE 0`);
  for (const [table, columns] of Object.entries(OPERATIONS_TABLES)) {
    exec(`CREATE TEMP VIEW ${table} AS SELECT ${nulls(columns)} WHERE 0`);
  }
  const added = "NULL AS paused_at, NULL AS cron_at_ms";
  exec(
    tables.has("script_schedule")
      ? `CREATE TEMP VIEW script_schedule AS SELECT script_id, lang,
          CASE WHEN (SELECT ${DUE_AT_ONCE} FROM main.improvement_scripts WHERE id = script_id) IS NOT NULL THEN due_at_ms END
            AS due_at_ms, failures, run_id, holder, lease_until_ms, ${added} FROM main.script_schedule`
      : `CREATE TEMP VIEW script_schedule AS SELECT id AS script_id, lang, ${DUE_AT_ONCE} AS due_at_ms, 0 AS failures,
          NULL AS run_id, NULL AS holder, NULL AS lease_until_ms, ${added} FROM main.improvement_scripts`,
  );
}

/** Names the remedy if SQLite would have to finish the transaction of a process that died. */
function explained(error: unknown, path: string): unknown {
  const { cause } = error as { cause?: { code?: unknown } };
  const isUnfinished = /^SQLITE_READONLY_(?:ROLLBACK|RECOVERY|CANTINIT)$/.test(String(cause?.code));
  return isUnfinished ? unfinished(path, error) : error;
}

function unfinished(path: string, cause?: unknown): StoreError {
  const fact = "a process that died left a transaction, and finishing it needs the right to write";
  const remedy = "run `gvpie db init` as the owner of the database, or on a copy of it and its log";
  return new StoreError("STORE_READ_ONLY", `${path}: ${fact}; ${remedy}`, { cause });
}

function requireReadable(path: string): void {
  let stats;
  try {
    stats = statSync(path, { throwIfNoEntry: false });
    if (stats) accessSync(path, constants.R_OK);
  } catch (cause) {
    throw inaccessible(path, cause);
  }
  if (!stats || (stats.isFile() && stats.size === 0 && !hasContent(`${path}-wal`))) {
    const message = "there is no database; create it with `gvpie db init`, or name another path";
    throw new StoreError("STORE_MISSING", `${path}: ${message}`);
  }
  if (!stats.isFile()) throw new StoreError("STORE_IO", `${path}: not a file; name a database file`);
}

function hasContent(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** Returns a text that changes when a process opens or writes the database. */
function versionOf(real: string): string {
  const { ino, size, mtimeNs, ctimeNs } = statSync(real, { bigint: true });
  const isOpen = ["-wal", "-shm", "-journal"].map((suffix) => hasContent(real + suffix));
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
