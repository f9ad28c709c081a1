import { openStore, type Clock, type ScriptStore } from "@gvpie/daemon/store";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import Database from "better-sqlite3";
import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { MISCOUNTED } from "./invariants.ts";

export { TestClock } from "./test-clock.ts";

export const TERMS = { intervalMs: 10_000, leaseMs: 15_000 };

/** Opens a store, by default a new one without scripts; closes it after the test. */
export async function openTestStore(
  options: { readonly clock?: Clock; readonly path?: string; readonly keepSeed?: boolean } = {},
): Promise<{ store: ScriptStore; path: string }> {
  const path = options.path ?? join(temporaryDirectory(), "daemon.db");
  const store = await openStore({ path, synchronous: "normal", clock: options.clock });
  onTestFinished(() => store.close());
  if (!options.keepSeed && !options.path) await store.removeScript("hello_gpu");
  return { store, path };
}

/** Works on a database as another tool would: on a separate connection that does not enforce foreign keys. */
export function asOtherTool<T = unknown>(path: string, work: (database: Database.Database) => T): T {
  const database = new Database(path);
  try {
    database.pragma("foreign_keys = OFF");
    return work(database);
  } finally {
    database.close();
  }
}

/** Creates a database from a file in test/fixtures. */
export function fromFixture(name: string, path: string): void {
  const sql = readFileSync(new URL(`../fixtures/${name}.sql`, import.meta.url), "utf8");
  asOtherTool(path, (database) => database.exec(sql));
}

export function rows(path: string, sql: string): unknown[] {
  return asOtherTool(path, (database) => database.prepare(sql).all());
}

/** Returns the schema and all rows of a database as text. */
export function dump(path: string): string {
  return asOtherTool(path, (database) => {
    const objects = database.prepare("SELECT type, name, sql FROM sqlite_master ORDER BY name").all() as {
      type: string;
      name: string;
      sql: string;
    }[];
    const content = objects
      .filter((object) => object.type === "table")
      .map((table) => [table.name, database.prepare(`SELECT * FROM "${table.name}"`).raw().all()]);
    return JSON.stringify([objects, content], null, 1);
  });
}

export function hashOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** Checks that the counters of every script match its finished rows. */
export function expectCountersToMatch(path: string): void {
  expect(rows(path, MISCOUNTED)).toEqual([]);
}

/** Adds two runs, and changes an entry of an index of them, so that it does not match the table. */
export function damageIndex(path: string): void {
  const offset = asOtherTool(path, (database) => {
    database.exec("INSERT INTO improvement_runs (script_id, started_at) VALUES (1, 'a'), (1, 'b')");
    database.pragma("wal_checkpoint(TRUNCATE)");
    const sql = "SELECT rootpage FROM sqlite_master WHERE name = 'improvement_runs_script'";
    const page = database.prepare<[], number>(sql).pluck().get() ?? 0;
    // The last byte of the page is the row id in the first entry.
    return page * (database.pragma("page_size", { simple: true }) as number) - 1;
  });
  const file = openSync(path, "r+");
  writeSync(file, Buffer.from([77]), 0, 1, offset);
  closeSync(file);
}
