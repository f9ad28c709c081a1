import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";
import { resolve } from "node:path";
import type { StoreDatabase } from "./database.ts";
import { StoreError } from "./errors.ts";
import { OPERATIONS_TABLES } from "./operations-schema.ts";
import {
  connectReader,
  explained,
  MAX_READ_ATTEMPTS,
  requireReadable,
  type ReadConnection,
} from "./read-connection.ts";
import { OPTION_COLUMN_NAMES } from "./script-options.ts";
import { untilUnlocked } from "./sqlite.ts";
import { checkSchema, readColumns, readTables } from "./sqlite-migrations.ts";
import { ADDED_COLUMNS, DUE_AT_ONCE, PUBLIC_COLUMNS } from "./sqlite-schema.ts";
import type { Steps } from "./statement.ts";
import type { Tables } from "./tables.ts";
import type { ReaderOptions } from "./store-types.ts";

/** The part of a {@link StoreDatabase} that reads. */
export type ReadableDatabase = Pick<StoreDatabase, "builder" | "read" | "close">;

/** Opens an SQLite file for reading. Creates, migrates and changes nothing, also not in the folder. */
export async function openSqliteReader(options: ReaderOptions): Promise<ReadableDatabase> {
  const path = resolve(options.path);
  const busyTimeoutMs = options.busyTimeoutMs ?? 2_000;
  requireReadable(path);
  /** The connection that is kept between reads. */
  let live: ReadConnection | undefined;
  let isClosed = false;

  /** Reads; returns undefined if another process has changed the file while it was read without locks. */
  function use<T>(work: (open: ReadConnection) => T): { readonly result: T } | undefined {
    const open = live ?? connectReader(path);
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

  async function attempt<T>(work: (open: ReadConnection) => T): Promise<T> {
    const deadline = performance.now() + busyTimeoutMs;
    try {
      for (let attempts = 1; attempts <= MAX_READ_ATTEMPTS; attempts++) {
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

function inTransaction<T>(connection: ReadConnection, steps: () => Steps<T>): T {
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

/** Makes an older database look like a current one to this connection, with temporary views. */
function showAsCurrent({ exec, query }: ReadConnection): void {
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
  const optionColumns = ["script_id", ...OPTION_COLUMN_NAMES];
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
  const added = nulls(["paused_at", "cron_at_ms", "seen_at_ms", "picture_id", "picture_run_id"]);
  exec(
    tables.has("script_schedule")
      ? `CREATE TEMP VIEW script_schedule AS SELECT script_id, lang,
          CASE WHEN (SELECT ${DUE_AT_ONCE} FROM main.improvement_scripts WHERE id = script_id) IS NOT NULL THEN due_at_ms END
            AS due_at_ms, failures, run_id, holder, lease_until_ms, ${added} FROM main.script_schedule`
      : `CREATE TEMP VIEW script_schedule AS SELECT id AS script_id, lang, ${DUE_AT_ONCE} AS due_at_ms, 0 AS failures,
          NULL AS run_id, NULL AS holder, NULL AS lease_until_ms, ${added} FROM main.improvement_scripts`,
  );
}
