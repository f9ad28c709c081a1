import { openStore, type Clock, type Lang, type ScriptStore } from "@gvpie/daemon/store";
import Database from "better-sqlite3";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished } from "vitest";

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

/** Resolves once the condition holds; fails the test when it does not within so many milliseconds. */
export async function until(condition: () => boolean | Promise<boolean>, withinMs = 5_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${condition.toString()}`);
    await sleep(5);
  }
}

/** Checks the promise of the store: of every script, as many runs counted as rows are finished. */
export function expectCountersToMatch(path: string): void {
  const wrong = rows(
    path,
    `SELECT s.name, s.run_count, s.success_count, count(r.finished_at) AS finished, coalesce(sum(r.success), 0) AS succeeded
     FROM improvement_scripts AS s LEFT JOIN improvement_runs AS r ON r.script_id = s.id
     GROUP BY s.id HAVING run_count <> finished OR success_count <> succeeded`,
  );
  expect(wrong).toEqual([]);
}
