import { LANGS } from "@gvpie/daemon/store";
import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { describe, expect, onTestFinished, test } from "vitest";
import { createClaims, type Claims } from "../../src/store/claims.ts";
import { createDueScripts, type DueScripts } from "../../src/store/due-scripts.ts";
import { createOverview } from "../../src/store/overview.ts";
import { createScripts } from "../../src/store/scripts.ts";
import type { Steps } from "../../src/store/statement.ts";
import { createStoreTime } from "../../src/store/store-time.ts";
import type { Tables } from "../../src/store/tables.ts";
import { createWallClock } from "../../src/store/wall-clock.ts";
import { createWorkers } from "../../src/store/workers.ts";
import { asOtherTool, openTestStore, TERMS, TestClock } from "../support/test-store.ts";

const MANY = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)";

/** Opens the database of a store with many scripts and runs. */
async function openDatabase(): Promise<{ database: Database.Database; builder: Kysely<Tables> }> {
  const { store, path } = await openTestStore({ clock: new TestClock() });
  asOtherTool(path, (other) => {
    other.exec(`${MANY} INSERT INTO improvement_scripts (name, lang, code, enabled)
      SELECT 'script ' || i, 'pixel', 'HALT', i % 100 > 0 FROM n`);
    other.exec(`${MANY} INSERT INTO improvement_runs (script_id, started_at, finished_at, success)
      SELECT 1 + i % 50, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', i % 100 > 0 FROM n`);
    other.exec(
      `${MANY} INSERT INTO run_requests (script_id, requested_at, run_id) SELECT 2, '2026-01-01', i FROM n`,
    );
  });
  await store.claimDue(3, LANGS, TERMS);
  await store.requestRun("script 9");
  await store.close();
  const database = new Database(path);
  onTestFinished(() => void database.close());
  return { database, builder: new Kysely<Tables>({ dialect: new SqliteDialect({ database }) }) };
}

/** Runs the steps, and returns the lines of the plans of all statements that read a whole table. */
function scansOf(database: Database.Database, steps: Steps<unknown>): string[] {
  const scans = new Set<string>();
  for (let step = steps.next(); !step.done;) {
    const { statement, values } = step.value;
    const plan = database
      .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${statement.sql}`)
      .all(...values);
    for (const { detail } of plan) {
      if (/^SCAN (?!CONSTANT ROW|\(subquery-\d+\)$|failed$|store_|workers)/.test(detail)) scans.add(detail);
    }
    const query = database.prepare(statement.sql);
    step = steps.next(query.reader ? query.all(...values) : (query.run(...values), []));
  }
  return [...scans].sort();
}

function claimsOf(builder: Kysely<Tables>): Claims & Pick<DueScripts, "nextDueInMs"> {
  const clock = new TestClock();
  const wallClock = createWallClock(builder, clock);
  const time = createStoreTime(builder, clock, wallClock);
  const dueScripts = createDueScripts(builder, time);
  const claims = createClaims(builder, { time, clock, wallClock, dueScripts }, "holder");
  return { ...claims, nextDueInMs: dueScripts.nextDueInMs };
}

/** Scans of partial indexes, small tables and bounded results: open runs, requests that wait, scripts that are off, paused or failing. */
const SMALL = new Set([
  "SCAN blocks",
  "SCAN open_runs",
  "SCAN run_blocks",
  "SCAN one",
  "SCAN failing",
  "SCAN script_schedule USING INDEX script_schedule_off",
  "SCAN script_schedule USING INDEX script_schedule_paused",
  "SCAN sqlite_sequence",
  "SCAN run_requests USING INDEX run_requests_waiting",
  "SCAN run_requests USING COVERING INDEX run_requests_waiting",
  "SCAN script_schedule USING INDEX script_schedule_leases",
  "SCAN script_schedule USING COVERING INDEX script_schedule_leases",
]);

describe.each([false, true])("statements walk indexes; with statistics: %s", (hasStatistics) => {
  async function open(): ReturnType<typeof openDatabase> {
    const opened = await openDatabase();
    if (hasStatistics) opened.database.exec("ANALYZE");
    return opened;
  }

  test("of claims, next start and leases", async () => {
    const { database, builder } = await open();
    const claims = claimsOf(builder);
    const scans = [
      scansOf(database, claims.nextDueInMs(LANGS)),
      scansOf(database, claims.due(9, LANGS, TERMS)),
      scansOf(database, claims.renew(1_000)),
      scansOf(database, claims.due(9, LANGS, TERMS)),
    ];
    expect(scans.map((one) => one.filter((scan) => !SMALL.has(scan)))).toEqual([[], [], [], []]);
  });

  test("of the overview, except counts of indexes", async () => {
    const { database, builder } = await open();
    const clock = new TestClock();
    const time = createStoreTime(builder, clock, createWallClock(builder, clock));
    const readOverview = createOverview(builder, time, createWorkers(builder, time, clock));
    const scans = scansOf(database, readOverview({ failuresSince: "2026-01-01" }));
    expect(scans.filter((scan) => !SMALL.has(scan))).toEqual([
      "SCAN improvement_scripts USING COVERING INDEX sqlite_autoindex_improvement_scripts_1",
      "SCAN script_schedule",
    ]);
  });
});

test("the statement that reads a script is not prepared again for each id: one transaction may add 100,000", async () => {
  const { builder } = await openDatabase();
  const clock = new TestClock();
  const time = createStoreTime(builder, clock, createWallClock(builder, clock));
  const steps = createScripts(builder, time, clock).get("script 9");
  steps.next();
  const { value } = steps.next([{ id: 10 }]);
  expect(value).toMatchObject({
    statement: { sql: expect.stringContaining('where "improvement_scripts"."id" = coalesce(?, 0)') },
  });
});
