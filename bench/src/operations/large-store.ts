import { LANGS, openStore, type ScriptStore } from "@gvpie/daemon/store";
import Database from "better-sqlite3";

/** Numbers of a store. */
export interface StoreSize {
  readonly scripts: number;
  readonly runs: number;
}

const HOUR_MS = 3_600_000;
/** Runs that refer to the same cartridge, because the picture did not change. */
const RUNS_A_PICTURE = 10;
/** One of so many runs has failed. */
const RUNS_A_FAILURE = 100;
/** Claims of one transaction. */
const BATCH = 1_000;

/**
 * Makes a database of scripts that have run every hour, as another program would: only the two public tables are filled, and the
 * migration adds the rest.
 */
export async function makeLargeStore(path: string, { scripts, runs }: StoreSize): Promise<void> {
  fillPublicTables(path, scripts, runs);
  const store = await openStore({ path, keepCopy: false });
  await store.close();
}

function fillPublicTables(path: string, scripts: number, runs: number): void {
  const database = new Database(path);
  try {
    // A crash loses the file, which is then made again.
    database.pragma("journal_mode = OFF");
    database.pragma("synchronous = OFF");
    database.exec(PUBLIC_TABLES);
    database
      .prepare(
        `INSERT INTO improvement_scripts (name, lang, code, run_count, success_count)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
         SELECT printf('script %07d', i), 'gvpie', 'TXT 10 10 Hello GPU ' || i, ?, ? FROM n`,
      )
      .run(scripts, runs / scripts, runs / scripts);
    database
      .prepare(
        `INSERT INTO improvement_runs
           (script_id, started_at, finished_at, success, stdout, stderr, duration_ms, backend, cartridge_path)
         WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < @runs - 1),
           r(i, script, at, failed) AS (SELECT i, 1 + i % @scripts,
             strftime('%Y-%m-%dT%H:%M:%fZ', (@end - (@runs - i) * @pauseMs) / 1000.0, 'unixepoch'),
             (i / @scripts + i) % @failures = 0 FROM n)
         SELECT script, at, at, NOT failed, iif(failed, '', 'drew 128×64 pixels'),
           iif(failed, 'RUN_TIMEOUT: expected the run to end within 10 s', ''), 3, 'cpu',
           iif(failed, NULL, printf('/var/lib/gvpie/cartridges/script_%07d_%d.png', script, i / @scripts / @pictures))
         FROM r`,
      )
      .run({
        runs,
        scripts,
        end: Date.now(),
        pauseMs: HOUR_MS / scripts,
        failures: RUNS_A_FAILURE,
        pictures: RUNS_A_PICTURE,
      });
  } finally {
    database.close();
  }
}

/** The tables that docs/store.md describes. */
const PUBLIC_TABLES = `
CREATE TABLE improvement_scripts (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,
  lang TEXT NOT NULL CHECK(lang IN ('pixel','gvpie','cartridge','python')), code TEXT NOT NULL, enabled INTEGER DEFAULT 1,
  created_at TEXT DEFAULT (datetime('now')), last_run_at TEXT, run_count INTEGER DEFAULT 0, success_count INTEGER DEFAULT 0);
CREATE TABLE improvement_runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT, script_id INTEGER NOT NULL REFERENCES improvement_scripts(id),
  started_at TEXT NOT NULL, finished_at TEXT, success INTEGER, stdout TEXT, stderr TEXT, duration_ms INTEGER, backend TEXT,
  cartridge_path TEXT);
`;

/** Runs every script once in the name of a loop, so that all are due again in `intervalMs`. */
export async function runEach(store: ScriptStore, intervalMs: number): Promise<void> {
  const terms = { intervalMs, leaseMs: 60_000 };
  for (;;) {
    const claimed = await store.claimDue(BATCH, LANGS, terms);
    if (claimed.length === 0) return;
    await store.finishRuns(
      claimed.map(({ runId }) => {
        return {
          runId,
          success: true,
          stdout: "drew 128×64 pixels",
          stderr: "",
          durationMs: 3,
          backend: "cpu",
        };
      }),
      terms,
    );
  }
}
