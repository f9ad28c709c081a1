import Database from "better-sqlite3";
import { realpathSync, rmSync, statSync } from "node:fs";
import { createNewFile, fileError, requireRoom } from "./new-file.ts";
import { PAGES_PER_TURN } from "./read-connection.ts";
import { storeError } from "./sqlite-errors.ts";
import { checkSchema, pendingMigration, readTables } from "./sqlite-migrations.ts";
import { queryOf } from "./sqlite-query.ts";
import type { MigrationCopy } from "./store-types.ts";

const ROOM = [
  "free some space, or copy the database to another disk with `gvpie db backup FILE`",
  "and migrate it with `gvpie db init --no-copy`",
].join(", ");

/**
 * Copies a database beside itself, as `<name>.before-<migration>`, if a migration is pending and it has rows. The connection holds
 * the write lock, so that the copy is what the migration finds. A copy from an earlier attempt is replaced.
 *
 * @returns a function that removes the copy, for a migration that failed.
 * @throws {StoreError} `STORE_FULL`, `STORE_READ_ONLY`, `STORE_IO`; there is no copy then.
 */
export async function keepCopy(
  database: Database.Database,
  path: string,
  onCopy: (copy: MigrationCopy) => void = () => {},
): Promise<() => void> {
  const query = queryOf(database);
  if (checkSchema(query, path) === "current" || !hasRows(database)) return () => {};
  const real = realpathSync(path);
  const target = `${real}.before-${pendingMigration(query)}`;
  const [[pages, pageBytes] = [0, 0]] = query<[number, number]>(
    "SELECT page_count, page_size FROM pragma_page_count, pragma_page_size",
  );
  const totalBytes = pages * pageBytes;
  requireRoom(target, totalBytes, ROOM);
  const file = createNewFile(target, statSync(real));
  // A connection that writes cannot copy. SQLite keeps the locks of the first when this one is closed.
  const reader = new Database(real, { readonly: true, timeout: 0 });
  try {
    reader.exec("BEGIN");
    reader.prepare("SELECT 1 FROM sqlite_master LIMIT 1").get();
    await reader.backup(file.path, {
      progress: ({ totalPages, remainingPages }) => {
        onCopy({ path: target, doneBytes: (totalPages - remainingPages) * pageBytes, totalBytes });
        return PAGES_PER_TURN;
      },
    });
    withoutLog(file.path);
    file.publish({ replace: true });
    onCopy({ path: target, doneBytes: totalBytes, totalBytes });
    return () => rmSync(target, { force: true });
  } catch (error) {
    throw fileError(storeError(error, target), target);
  } finally {
    reader.close();
    file.discard();
  }
}

function hasRows(database: Database.Database): boolean {
  const tables = readTables(queryOf(database));
  return ["improvement_scripts", "improvement_runs"].some(
    (table) => tables.has(table) && database.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() !== undefined,
  );
}

/** Makes a copy of a database with a log one that has none. */
function withoutLog(path: string): void {
  const copy = new Database(path);
  try {
    copy.pragma("journal_mode = DELETE");
  } finally {
    copy.close();
  }
}
