import {
  LANGS,
  openReader,
  openStore,
  schemaSql,
  StoreError,
  type ScriptSummary,
  type StoreErrorCode,
} from "@gvpie/daemon/store";
import Database from "better-sqlite3";
import { createTemporaryDirectory } from "@gvpie/testing";
import { outcomeOf } from "@gvpie/testing/fuzz";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";

// Every input is a file: in memory if the machine has a file system for it.
const directory = createTemporaryDirectory({ parent: existsSync("/dev/shm") ? "/dev/shm" : tmpdir() });
process.once("exit", () => directory[Symbol.dispose]());

/** Path of the database that a target writes and {@link openTwice} opens. */
export const path: string = directory.join("daemon.db");

const FIXTURES = ["old-full", "old-short", "version-1", "version-2", "version-3"].map((name) =>
  readFileSync(new URL(`../../fixtures/${name}.sql`, import.meta.url), "utf8"),
);

/**
 * Opens the database for reading and then twice for changes, and reads and claims each time. Returns the outcome. A reader and a
 * refused store leave it unchanged, an intact one stays intact, every row is listed once, and the list, the reader and the claims
 * agree on the scripts that run.
 */
export async function openTwice(): Promise<string> {
  const before = readFileSync(path);
  const wasIntact = isIntact();
  const shown = await show();
  const read = shown.startsWith("[") ? "read" : shown;
  try {
    if (!readFileSync(path).equals(before)) throw new Error("changed by a reader");
    const outcome = await use(shown);
    if (wasIntact && !isIntact()) throw new Error("opening damaged a database");
    return `${read}, ${outcome}, then ${await use()}`;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (NOT_OURS.has(error.code) && !readFileSync(path).equals(before)) {
      throw new Error(`refused with ${error.code}, but changed`, { cause: error });
    }
    return outcomeOf(`${read}, ${error.code}`, error.message.replaceAll(path, ""));
  }
}

/** Error codes for a database of another program or a newer version. */
const NOT_OURS: ReadonlySet<StoreErrorCode> = new Set(["STORE_FOREIGN", "STORE_NEWER"]);

/** Returns the scripts that a reader lists, or the code of its error. */
async function show(): Promise<string> {
  try {
    await using reader = await openReader({ path, busyTimeoutMs: 100 });
    return JSON.stringify((await reader.listScripts()).map(stateOf));
  } catch (error) {
    if (error instanceof StoreError) return error.code;
    throw error;
  }
}

function stateOf({ id, name, enabled, refused }: ScriptSummary): unknown[] {
  return [String(id), name, refused ?? enabled];
}

async function use(shown?: string): Promise<string> {
  await using store = await openStore({ path, synchronous: "normal", busyTimeoutMs: 100 });
  try {
    const scripts = await store.listScripts();
    const runs = await store.listRuns();
    const running = scripts.filter((script) => script.enabled);
    if (isIntact()) {
      const listed = JSON.stringify(scripts.map(stateOf));
      if (shown?.startsWith("[[") && shown !== listed) {
        throw new Error(`a reader listed ${shown}, the store ${listed}`);
      }
      const ids = countIds();
      if (scripts.length < Math.min(ids, 1_000)) {
        throw new Error(`listed ${scripts.length} scripts of ${ids}`);
      }
      const enabled = await store.enabledScripts(LANGS);
      if (enabled.length !== running.length) {
        throw new Error(`${running.length} enabled, ${enabled.length} to run`);
      }
    }
    const claimed = await store.claimDue(2, LANGS, { intervalMs: 1_000, leaseMs: 1_000 });
    return `opened ${Math.min(scripts.length, 3)} ${Math.min(runs.length, 3)} ${claimed.length}`;
  } catch (error) {
    if (error instanceof StoreError) return outcomeOf(error.code, error.message.replaceAll(path, ""));
    throw error;
  }
}

function countIds(): number {
  const database = new Database(path, { readonly: true });
  try {
    return Number(database.prepare("SELECT count(*) FROM improvement_scripts NOT INDEXED").pluck().get());
  } finally {
    database.close();
  }
}

function isIntact(): boolean {
  try {
    const database = new Database(path, { readonly: true });
    try {
      return database.pragma("integrity_check", { simple: true }) === "ok";
    } finally {
      database.close();
    }
  } catch {
    return false;
  }
}

/** Removes the database and its side files. */
export function removeDatabase(): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(path + suffix, { force: true });
}

/** Creates the database from the statements that SQLite accepts. */
export function createDatabase(sql: string): void {
  removeDatabase();
  const database = new Database(path);
  try {
    database.pragma("synchronous = OFF");
    database.pragma("page_size = 512");
    for (const statement of sql.split(/(?<=;)\n/)) {
      try {
        database.exec(statement);
      } catch {
        // Mutated statements may be invalid; the next one may be valid.
      }
    }
    if (database.inTransaction) database.exec("COMMIT");
  } finally {
    database.close();
  }
}

/** Returns the schemas of older versions and the present one, as SQL. */
export async function schemas(): Promise<string[]> {
  return [...FIXTURES, await schemaSql()];
}
