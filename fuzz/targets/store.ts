import { LANGS, openStore, schemaSql, StoreError, type StoreErrorCode } from "@gvpie/daemon/store";
import Database from "better-sqlite3";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mutateBytes } from "../mutate-bytes.ts";
import { textMutator } from "../mutate-text.ts";
import { outcomeOf, type Target } from "../target.ts";

/** In memory where the machine has such a place: every input is a file. */
const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "gvpie-fuzz-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "daemon.db");

const FIXTURES = ["old-full", "old-short", "version-1"].map((name) =>
  readFileSync(new URL(`../../packages/daemon/test/fixtures/${name}.sql`, import.meta.url), "utf8"),
);
const DICTIONARY = [
  ..."INTEGER TEXT BLOB REAL ANY NULL NOT UNIQUE PRIMARY KEY AUTOINCREMENT CHECK DEFAULT COLLATE NOCASE".split(
    " ",
  ),
  ..."improvement_scripts improvement_runs script_options script_claims kysely_migration sqlite_sequence".split(
    " ",
  ),
  ..."id name lang code enabled created_at run_count success script_id started_at pixel gvpie python perl".split(
    " ",
  ),
  ..."x'00ff' 1e300 -1 9223372036854775807 'a' ''  x'ed a080' WITHOUT ROWID STRICT GENERATED ALWAYS AS".split(
    " ",
  ),
  "CREATE VIEW improvement_runs AS SELECT 1 AS id;\n",
  "CREATE TRIGGER t AFTER UPDATE ON improvement_scripts BEGIN DELETE FROM improvement_runs; END;\n",
  "CREATE INDEX i ON improvement_runs(script_id);\n",
  "ALTER TABLE improvement_scripts DROP COLUMN run_count;\n",
  "ALTER TABLE improvement_runs RENAME TO other;\n",
  "DROP TABLE improvement_runs;\n",
  "PRAGMA user_version = 7;\n",
  "PRAGMA application_id = 99;\n",
  "PRAGMA encoding = 'UTF-16';\n",
  "INSERT INTO improvement_scripts VALUES (3,'x','pixel',x'ff',1,5,NULL,'many',1e9);\n",
];
const mutateSql = textMutator(DICTIONARY, 8_192);

/** Opens the file twice, and reads and claims in between. What is refused must be as it was; what is sound must stay so. */
async function open(): Promise<string> {
  const before = readFileSync(path);
  const wasSound = isSound();
  try {
    const outcome = await use();
    if (wasSound && !isSound()) throw new Error("opening has damaged a database");
    return `${outcome}, then ${await use()}`;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (LEAVES_ALONE.has(error.code) && !readFileSync(path).equals(before)) {
      throw new Error(`refused with ${error.code}, and changed`, { cause: error });
    }
    return outcomeOf(error.code, error.message.replaceAll(path, ""));
  }
}

/** Codes of an opening that says that the database is not ours. */
const LEAVES_ALONE: ReadonlySet<StoreErrorCode> = new Set(["STORE_FOREIGN", "STORE_NEWER"]);

async function use(): Promise<string> {
  await using store = await openStore({ path, synchronous: "normal", busyTimeoutMs: 100 });
  try {
    const scripts = await store.listScripts();
    const runs = await store.listRuns();
    const claimed = await store.claimDue(2, LANGS, { intervalMs: 1_000, leaseMs: 1_000 });
    return `opened ${Math.min(scripts.length, 3)} ${Math.min(runs.length, 3)} ${claimed.length}`;
  } catch (error) {
    if (error instanceof StoreError) return outcomeOf(error.code, error.message.replaceAll(path, ""));
    throw error;
  }
}

function isSound(): boolean {
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

function clear(): void {
  for (const ending of ["", "-wal", "-shm", "-journal"]) rmSync(path + ending, { force: true });
}

/** Makes a database by the statements that SQLite accepts. */
function make(sql: string): void {
  clear();
  const database = new Database(path);
  try {
    database.pragma("synchronous = OFF");
    database.pragma("page_size = 512");
    for (const statement of sql.split(/(?<=;)\n/)) {
      try {
        database.exec(statement);
      } catch {
        // The next one may be better.
      }
    }
    if (database.inTransaction) database.exec("COMMIT");
  } finally {
    database.close();
  }
}

async function schemas(): Promise<string[]> {
  return [...FIXTURES, await schemaSql()];
}

/** Databases that other tools might have made: tables, columns, types and rows of any kind. */
export const schema: Target = {
  name: "schema",
  reads: "databases of other tools, made by SQL, opened and migrated",
  keptBytes: 4_096,
  share: 1,
  seeds: async () => (await schemas()).map((sql) => Buffer.from(sql)),
  mutate: (input, other, random) =>
    Buffer.from(mutateSql(Buffer.from(input).toString(), Buffer.from(other).toString(), random)),
  run: (input) => {
    make(Buffer.from(input).toString());
    return open();
  },
};

/** Damaged files. */
export const database: Target = {
  name: "database",
  reads: "database files with damaged bytes, opened and migrated",
  keptBytes: 0,
  share: 1,
  async seeds() {
    const files: Buffer[] = [];
    for (const sql of await schemas()) {
      make(sql);
      files.push(readFileSync(path));
    }
    clear();
    return files;
  },
  mutate: (input, other, random) => {
    let changed = input;
    for (let i = 1 + random.below(6); i > 0; i--) changed = mutateBytes(changed, other, random);
    return changed.subarray(0, 65_536);
  },
  run: (input) => {
    clear();
    writeFileSync(path, input);
    return open();
  },
};
