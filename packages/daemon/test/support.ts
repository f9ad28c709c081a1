import { openStore, type Clock, type Lang, type ScriptStore } from "@gvpie/daemon/store";
import Database from "better-sqlite3";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export const ALL_LANGS: readonly Lang[] = ["pixel", "gvpie", "cartridge", "python"];
export const TERMS = { intervalMs: 10_000, leaseMs: 15_000 };

/** A folder that is gone when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "gvpie-daemon-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A clock that stands still until it is told otherwise. */
export class TestClock implements Clock {
  wall: number = Date.parse("2026-01-01T00:00:00Z");
  ticks = 1_000_000;
  boot = "test boot";
  readonly now = (): number => this.wall;
  readonly monotonic = (): number => this.ticks;

  advance(ms: number): void {
    this.wall += ms;
    this.ticks += ms;
  }
}

/** An open store, by default without scripts, and the path of its database. */
export async function openTestStore(
  options: { readonly clock?: Clock; readonly path?: string; readonly keepSeed?: boolean } = {},
): Promise<{ store: ScriptStore; path: string }> {
  const path = options.path ?? join(temporaryFolder(), "daemon.db");
  const store = await openStore({ path, synchronous: "normal", clock: options.clock });
  onTestFinished(() => store.close());
  if (!options.keepSeed && !options.path) await store.removeScript("hello_gpu");
  return { store, path };
}

/** Runs SQL on a database as another tool would: with a connection of its own and no foreign keys enforced. */
export function asOtherTool<T = unknown>(path: string, work: (database: Database.Database) => T): T {
  const database = new Database(path);
  try {
    database.pragma("foreign_keys = OFF");
    return work(database);
  } finally {
    database.close();
  }
}

/** Makes a database from a file under test/fixtures. */
export function fromFixture(name: string, path: string): void {
  const sql = readFileSync(new URL(`fixtures/${name}.sql`, import.meta.url), "utf8");
  asOtherTool(path, (database) => database.exec(sql));
}

export function rows(path: string, sql: string): unknown[] {
  return asOtherTool(path, (database) => database.prepare(sql).all());
}

/** Everything a database holds, as text. */
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
