/**
 * Microseconds of claiming and recording one run: with the store, and with the same statements written by hand and prepared by
 * better-sqlite3. Databases of 1e3 to 1e6 scripts; the two take turns.
 *
 *   node --conditions=@gvpie/source bench/src/claim-record.ts [scripts …]
 */
import { LANGS, openStore, type ScriptStore } from "@gvpie/daemon/store";
import { createTemporaryDirectory, median } from "@gvpie/testing";
import Database from "better-sqlite3";
import { statSync } from "node:fs";

const RUNS_PER_ROUND = 300;
const TERMS = { intervalMs: 0, leaseMs: 15_000 };

export interface ClaimRecordOptions {
  /** Scripts in the database, all due. */
  readonly scripts: number;
  /** Finished runs in the database. */
  readonly runs: number;
  readonly synchronous: "full" | "normal";
  readonly rounds: number;
}

export interface ClaimRecordTimes {
  /** Microseconds of a claim and its record, one figure per round. */
  readonly oursUs: readonly number[];
  readonly rawUs: readonly number[];
  readonly databaseBytes: number;
}

export async function measureClaimRecord(options: ClaimRecordOptions): Promise<ClaimRecordTimes> {
  const { scripts, runs, synchronous, rounds } = options;
  using directory = createTemporaryDirectory({ prefix: "claim-record-" });
  const path = directory.join("daemon.db");
  const store = await openStore({ path, synchronous });
  const database = new Database(path);
  database.pragma(`synchronous = ${synchronous}`);
  database.pragma("foreign_keys = ON");
  fill(database, scripts, runs);
  const databaseBytes = statSync(path).size;
  const sides = { ours: (count: number) => ours(store, count), raw: rawLoop(database) };
  const times: Record<keyof typeof sides, number[]> = { ours: [], raw: [] };
  await sides.ours(50);
  sides.raw(50);
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? (["ours", "raw"] as const) : (["raw", "ours"] as const);
    for (const side of order) {
      const start = performance.now();
      await sides[side](RUNS_PER_ROUND);
      times[side].push(((performance.now() - start) * 1_000) / RUNS_PER_ROUND);
    }
  }
  database.close();
  await store.close();
  return { oursUs: times.ours, rawUs: times.raw, databaseBytes };
}

async function ours(store: ScriptStore, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const [claimed] = await store.claimDue(1, LANGS, TERMS);
    if (!claimed) throw new Error("nothing was due");
    const recorded = await store.finishRuns(
      [{ runId: claimed.runId, success: true, stdout: "ok", stderr: "", durationMs: 1, backend: "cpu" }],
      TERMS,
    );
    if (recorded.size !== 1) throw new Error("the run was not recorded");
  }
}

function rawLoop(database: Database.Database): (count: number) => void {
  const pick = database.prepare<[number], { id: number; name: string; lang: string; code: string }>(
    `SELECT s.id, s.name, s.lang, s.code FROM script_schedule AS d JOIN improvement_scripts AS s ON s.id = d.script_id
     WHERE d.run_id IS NULL AND d.lang = 'pixel' AND d.due_at_ms <= ? ORDER BY d.due_at_ms, d.script_id LIMIT 1`,
  );
  const open = database.prepare("INSERT INTO improvement_runs (script_id, started_at) VALUES (?, ?)");
  const hold = database.prepare(
    "UPDATE script_schedule SET run_id = ?, holder = ?, due_at_ms = ?, lease_until_ms = ? WHERE script_id = ?",
  );
  const close = database.prepare(
    `UPDATE improvement_runs SET finished_at = ?, success = ?, stdout = ?, stderr = ?, duration_ms = ?, backend = ?
     WHERE id = ? AND finished_at IS NULL`,
  );
  const count = database.prepare(
    `UPDATE improvement_scripts SET last_run_at = ?, run_count = run_count + 1, success_count = success_count + 1 WHERE id = ?`,
  );
  const release = database.prepare(
    "UPDATE script_schedule SET run_id = NULL, holder = NULL, lease_until_ms = NULL, failures = 0 WHERE script_id = ? AND run_id = ?",
  );
  const claim = database.transaction((now: number) => {
    const script = pick.get(now);
    if (!script) throw new Error("nothing was due");
    const run = open.run(script.id, new Date(now).toISOString()).lastInsertRowid;
    hold.run(run, "raw", now + TERMS.intervalMs, now + TERMS.leaseMs, script.id);
    return { run, script };
  });
  const record = database.transaction((run: number | bigint, script: number, started: string) => {
    close.run(new Date().toISOString(), 1, "ok", "", 1, "cpu", run);
    count.run(started, script);
    release.run(script, run);
  });
  return (runs) => {
    for (let i = 0; i < runs; i++) {
      const now = Date.now();
      const { run, script } = claim.immediate(now);
      record.immediate(run, script.id, new Date(now).toISOString());
    }
  };
}

function fill(database: Database.Database, scripts: number, runs: number): void {
  const insert = database.prepare(
    "INSERT INTO improvement_scripts (name, lang, code) VALUES (?, 'pixel', 'TXT 10 10 Hello GPU')",
  );
  // All scripts are due, and a finished one goes to the end of the queue, so every claim searches a full index.
  database.transaction(() => {
    for (let i = 0; i < scripts; i++) insert.run(`script ${i}`);
    database.prepare("UPDATE script_schedule SET due_at_ms = 1 + script_id").run();
    database.prepare("UPDATE script_schedule SET due_at_ms = NULL WHERE lang = 'gvpie'").run();
    const run = database.prepare(
      `INSERT INTO improvement_runs (script_id, started_at, finished_at, success, stdout, stderr, duration_ms, backend)
       VALUES (?, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.001Z', 1, 'ok', '', 1, 'cpu')`,
    );
    for (let i = 0; i < runs; i++) run.run(1 + (i % scripts));
  })();
  database.pragma("wal_checkpoint(TRUNCATE)");
}

if (import.meta.main) {
  const sizes = process.argv.slice(2).map(Number);
  for (const synchronous of ["full", "normal"] as const) {
    for (const scripts of sizes.length > 0 ? sizes : [1_000, 100_000, 1_000_000]) {
      const { oursUs, rawUs } = await measureClaimRecord({ scripts, runs: 0, synchronous, rounds: 9 });
      const [a, b] = [median(oursUs), median(rawUs)];
      const times = [a, b].map((us) => `${us.toFixed(1)} µs`);
      const cells = [synchronous, scripts.toLocaleString("en"), ...times, (a / b).toFixed(2)];
      console.log(`| ${cells.join(" | ")} |`);
    }
  }
}
