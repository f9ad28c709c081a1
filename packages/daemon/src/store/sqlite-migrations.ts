import { failpoint } from "@gvpie/file-socket/process";
import BetterSqlite3, { type Database } from "better-sqlite3";
import type { Kysely } from "kysely";
import { Migrator, type Migration } from "kysely/migration";
import { StoreError } from "./errors.ts";
import { OPERATIONS_SCHEMA } from "./operations-schema.ts";
import { queryOf, type Query } from "./sqlite-query.ts";
import { checkSafety, checkWhole } from "./sqlite-safety.ts";
import {
  ADD_PARAMS_COLUMN,
  ADDED_COLUMNS,
  CAPABILITIES_SCHEMA,
  MIGRATION_LOCK_TABLE,
  MIGRATION_TABLE,
  PORTABLE_SCHEMA,
  PUBLIC_COLUMNS,
  RUNS_TABLE,
  SCRIPTS_TABLE,
  SEED_SCRIPT,
  SIDE_SCHEMA,
  SIDE_TABLES,
} from "./sqlite-schema.ts";
import type { Tables } from "./tables.ts";

const { SqliteError } = BetterSqlite3;

const MIGRATIONS = [
  "0001_script_store",
  "0002_params",
  "0003_portable",
  "0004_capabilities",
  "0005_operations",
] as const;

/** Migrations by name; they are applied in the order of their names. */
function migrations(database: Database): Record<(typeof MIGRATIONS)[number], Migration> {
  return {
    "0001_script_store": {
      up: async () => {
        const tables = readTables(queryOf(database));
        const isNew = !tables.has("improvement_scripts");
        if (isNew) database.exec(SCRIPTS_TABLE);
        if (tables.has("improvement_runs")) {
          const columns = readColumns(queryOf(database), "improvement_runs");
          for (const [column, statement] of Object.entries(ADDED_COLUMNS)) {
            if (!columns.has(column)) database.exec(statement);
          }
        } else {
          database.exec(RUNS_TABLE);
        }
        database.exec(SIDE_SCHEMA);
        if (isNew) database.exec(SEED_SCRIPT);
      },
    },
    "0002_params": { up: async () => void database.exec(ADD_PARAMS_COLUMN) },
    "0003_portable": { up: async () => void database.exec(PORTABLE_SCHEMA) },
    "0004_capabilities": { up: async () => void database.exec(CAPABILITIES_SCHEMA) },
    "0005_operations": { up: async () => void database.exec(OPERATIONS_SCHEMA) },
  };
}

/**
 * Checks that the tables belong to a store, and run no code of other programs; "outdated" if migrations are pending.
 *
 * @throws {StoreError} `STORE_FOREIGN`, `STORE_NEWER`, `STORE_CORRUPT`.
 */
export function checkSchema(query: Query, path: string): "current" | "outdated" {
  const tables = readTables(query);
  if (tables.get(MIGRATION_TABLE) === "view") {
    throw foreign(path, `it has a view ${MIGRATION_TABLE}`);
  }
  const applied = readMigrations(query, tables);
  const known = MIGRATIONS;
  const unknown = applied.find((name) => !known.some((one) => one === name));
  if (unknown !== undefined) {
    const message = `a newer version of this software made this database (${JSON.stringify(unknown)})`;
    throw new StoreError("STORE_NEWER", `${path}: ${message}; update it, or name another path`);
  }
  if (tables.size > 0 && tables.get("improvement_scripts") !== "table") {
    const [first] = tables.keys();
    throw foreign(path, `it holds ${JSON.stringify(first)} but no table improvement_scripts`);
  }
  for (const [table, required] of Object.entries(PUBLIC_COLUMNS)) {
    if (!tables.has(table)) continue;
    const columns = readColumns(query, table);
    const missing = required.find((column) => !columns.has(column));
    if (missing) throw foreign(path, `its table ${table} has no column ${missing}`);
  }
  const taken = applied.length === 0 ? SIDE_TABLES.find((table) => tables.has(table)) : undefined;
  if (taken) throw foreign(path, `it has a table ${taken} of its own`);
  const isMigrated = applied.length === known.length;
  checkSafety(query, path);
  checkWhole(query, path, isMigrated);
  return isMigrated ? "current" : "outdated";
}

/**
 * Applies pending migrations inside the open transaction, and commits it. Checks again first, because another process may have
 * applied them since.
 *
 * @throws {StoreError} `STORE_FOREIGN` if the tables cannot be migrated.
 */
export async function migrate(database: Database, builder: Kysely<Tables>, path: string): Promise<void> {
  try {
    if (checkSchema(queryOf(database), path) === "outdated") {
      const migrator = new Migrator({
        db: builder,
        provider: { getMigrations: async () => migrations(database) },
        migrationTableName: MIGRATION_TABLE,
        migrationLockTableName: MIGRATION_LOCK_TABLE,
      });
      const { error } = await migrator.migrateToLatest();
      // Kysely's message for a migration record with a gap or an invalid time.
      if (error instanceof Error && error.message.startsWith("corrupted migrations")) {
        throw foreign(path, `its record of migrations has been altered: ${error.message}`, { cause: error });
      }
      if (error !== undefined) throw error;
    }
    failpoint("daemon/migration/before-commit");
    database.exec("COMMIT");
    failpoint("daemon/migration/after-commit");
  } catch (error) {
    if (database.inTransaction) database.exec("ROLLBACK");
    const refused = error instanceof SqliteError && /^SQLITE_(?:ERROR|CONSTRAINT|MISMATCH)/.test(error.code);
    if (refused) throw foreign(path, error.message, { cause: error });
    throw error;
  }
}

/** Returns the name of the first migration that is pending; undefined if none is. */
export function pendingMigration(query: Query): string | undefined {
  const applied = readMigrations(query, readTables(query));
  return MIGRATIONS.find((name) => !applied.includes(name));
}

/** Returns the SQL of all tables, indexes and triggers in the order of their creation, then of the migration record. */
export function readSchema(database: Database): string[] {
  const made = database
    .prepare<[], string>(
      "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT GLOB 'sqlite_*' ORDER BY rowid",
    )
    .pluck()
    .all();
  const recorded = database
    .prepare<[], string>(
      `SELECT 'INSERT INTO ${MIGRATION_TABLE} VALUES (' || quote(name) || ', ' || quote(timestamp) || ')'
       FROM ${MIGRATION_TABLE} ORDER BY name`,
    )
    .pluck()
    .all();
  return [...made, ...recorded];
}

/** Returns `table` or `view` by name, in lower case because SQLite compares names that way. */
export function readTables(query: Query): Map<string, string> {
  const sql =
    "SELECT lower(name), type FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT GLOB 'sqlite_*'";
  return new Map(query<[name: string, type: string]>(sql));
}

/** Returns the names of the columns of a table, in lower case. */
export function readColumns(query: Query, table: string): Set<string> {
  return new Set(
    query<[string]>("SELECT lower(name) FROM pragma_table_info(?)", table).map(([name]) => name),
  );
}

function readMigrations(query: Query, tables: ReadonlyMap<string, string>): string[] {
  if (!tables.has(MIGRATION_TABLE) || !readColumns(query, MIGRATION_TABLE).has("name")) return [];
  return query<[string]>(`SELECT name FROM ${MIGRATION_TABLE} ORDER BY name`).map(([name]) => name);
}

function foreign(path: string, found: string, options?: ErrorOptions): StoreError {
  const message = `this database belongs to another application (${found}); name another path`;
  return new StoreError("STORE_FOREIGN", `${path}: ${message}`, options);
}
