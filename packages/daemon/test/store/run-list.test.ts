import type { RunFilter } from "@gvpie/daemon/store";
import { SeededRandom } from "@gvpie/testing";
import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { describe, expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/store/clock.ts";
import { createRuns } from "../../src/store/runs.ts";
import { createScripts } from "../../src/store/scripts.ts";
import { createStoreTime } from "../../src/store/store-time.ts";
import type { Tables } from "../../src/store/tables.ts";
import { createWallClock } from "../../src/store/wall-clock.ts";
import { asOtherTool, openTestStore, TERMS } from "../support/test-store.ts";

const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();

/** Two scripts, and runs that start a minute apart: `a` even ids, `b` odd ids. Every third run failed; the last two are open. */
async function storeWithRuns() {
  const opened = await openTestStore();
  for (const name of ["a", "b"]) await opened.store.addScript({ name, lang: "pixel", code: "HALT" });
  asOtherTool(opened.path, (database) => {
    const insert = database.prepare(
      "INSERT INTO improvement_runs (id, script_id, started_at, finished_at, success) VALUES (?, ?, ?, ?, ?)",
    );
    for (let id = 1; id <= 20; id++) {
      const isOpen = id > 18;
      insert.run(id, 2 + (id % 2), at(id), isOpen ? null : at(id), isOpen ? null : id % 3 === 0 ? 0 : 1);
    }
  });
  return opened;
}

const FILTERS: readonly (RunFilter & { readonly ids: number[] })[] = [
  { limit: 3, ids: [20, 19, 18] },
  { limit: 3, before: 19, ids: [18, 17, 16] },
  { script: "a", limit: 2, ids: [20, 18] },
  { script: "a", limit: 2, before: 18, ids: [16, 14] },
  { result: "running", ids: [20, 19] },
  { result: "running", before: 20, ids: [19] },
  { result: "running", script: "b", ids: [19] },
  { result: "running", since: at(20), ids: [20] },
  { result: "failed", ids: [18, 15, 12, 9, 6, 3] },
  { result: "failed", before: 12, limit: 2, ids: [9, 6] },
  { result: "failed", script: "a", ids: [18, 12, 6] },
  { result: "failed", script: "a", since: at(7), ids: [18, 12] },
  { result: "failed", until: at(7), ids: [6, 3] },
  { result: "succeeded", limit: 2, ids: [17, 16] },
  { result: "succeeded", script: "b", until: at(8), ids: [7, 5, 1] },
  { since: at(18), ids: [20, 19, 18] },
  { until: at(3), ids: [2, 1] },
  { since: at(5), until: at(8), ids: [7, 6, 5] },
  { since: at(5), until: at(8), before: 6, ids: [5] },
  { since: "2026-01-01T00:19", script: "b", ids: [19] },
  { script: "b", until: at(6), ids: [5, 3, 1] },
  { script: "b", until: at(6), before: 5, limit: 1, ids: [3] },
  { since: "2027-01-01", ids: [] },
  { until: at(3), before: -7, ids: [] },
];

const SCRIPT = "improvement_runs_script";
/** The index that each part of a page walks for each kind of filter: the first parts are those of runs that are in no block, and in blocks. */
const PLANS: readonly (RunFilter & { readonly walks: readonly string[] })[] = [
  { walks: ["ids"] },
  { script: "a", walks: [SCRIPT] },
  { since: at(1), walks: ["ids", "ids", "ids"] },
  { until: at(9), before: 5, walks: ["ids", "ids", "ids"] },
  { since: at(1), script: "a", walks: [SCRIPT, SCRIPT, SCRIPT] },
  { result: "failed", walks: ["improvement_runs_failed_at"] },
  { result: "failed", until: at(9), walks: ["improvement_runs_failed_at"] },
  { result: "failed", script: "a", walks: ["improvement_runs_failed"] },
  { result: "failed", script: "a", since: at(1), until: at(9), walks: ["improvement_runs_failed"] },
  { result: "running", walks: ["ids"] },
  { result: "running", script: "a", walks: [SCRIPT] },
  { result: "running", since: at(1), walks: ["ids"] },
  { result: "running", script: "a", since: at(1), walks: [SCRIPT] },
  { result: "succeeded", walks: ["ids"] },
  { result: "succeeded", script: "a", walks: [SCRIPT] },
  { result: "succeeded", script: "a", until: at(9), walks: [SCRIPT, SCRIPT, SCRIPT] },
];

describe("runs", () => {
  test("are listed by script, result and time, and all of them together", async () => {
    const { store } = await storeWithRuns();
    for (const { ids, ...filter } of FILTERS) {
      const found = await store.listRuns(filter);
      expect({ filter, ids: found.map((run) => run.id) }).toEqual({ filter, ids });
    }
  });

  test("are paged without a gap or a repetition where many started at the same time", async () => {
    const { store, path } = await storeWithRuns();
    asOtherTool(path, (database) => database.exec(`UPDATE improvement_runs SET started_at = '${at(5)}'`));
    const ids: unknown[] = [];
    let before = {};
    for (;;) {
      const page = await store.listRuns({ since: at(1), limit: 3, ...before });
      if (page.length === 0) break;
      ids.push(...page.map((run) => run.id));
      before = { before: page.at(-1)?.id };
    }
    expect(ids).toEqual(Array.from({ length: 20 }, (_, index) => 20 - index));
  });

  test("a wall clock that was years ahead for a while hides no later run", async () => {
    const { store, path } = await storeWithRuns();
    asOtherTool(path, (database) =>
      database.exec("UPDATE improvement_runs SET started_at = '2099-01-01T00:00:00.000Z' WHERE id = 4"),
    );
    expect((await store.listRuns({ limit: 2 })).map((run) => run.id)).toEqual([20, 19]);
    expect((await store.listRuns({ since: at(20) })).map((run) => run.id)).toEqual([20, 4]);
  });

  test.each([
    [{ result: "ok" }, 'result: expected failed, running or succeeded, got the string "ok"'],
    [
      { since: "yesterday" },
      /^since: expected a time in ISO 8601 and UTC, such as .*, got the string "yesterday"$/,
    ],
    [{ until: "2026-01-01 00:00:00" }, /^until: expected a time/],
  ])("%j is refused", async (filter, message) => {
    const { store } = await storeWithRuns();
    await expect(store.listRuns(filter as RunFilter)).rejects.toThrow(message);
  });

  test("each list walks one index in its own order, with and without statistics", async () => {
    const { store, path } = await storeWithRuns();
    await store.close();
    const database = new Database(path);
    onTestFinished(() => void database.close());
    for (const statistics of [false, true]) {
      if (statistics) database.exec("ANALYZE");
      for (const { walks, ...filter } of PLANS) {
        const plans = plansOf(database, filter);
        const found = plans.flatMap((plan) => {
          const [walk] = plan.flatMap(
            (line) => /^SEARCH improvement_runs USING (?:COVERING )?(.*) \(/.exec(line)?.[1] ?? [],
          );
          return walk === undefined ? [] : [walk.replace("INDEX ", "").replace("INTEGER PRIMARY KEY", "ids")];
        });
        const sorts = plans.flat().filter((line) => line.includes("TEMP B-TREE"));
        expect({ filter, statistics, walks: found, sorts }).toEqual({ filter, statistics, walks, sorts: [] });
      }
    }
  });

  test("runs in blocks, newer ones and those with ids below 0 are listed as a naive program lists them", async () => {
    const { store, path } = await openTestStore();
    for (const name of ["a", "b"]) await store.addScript({ name, lang: "pixel", code: "HALT" });
    const random = new SeededRandom(3);
    const rows = Array.from({ length: 6_000 }, (_, index) => {
      const id = index < 10 ? index - 20 : index < 4_000 ? index : index + 30_000;
      // The wall clock stands still, jumps years ahead for a while, and is set back for a while.
      const jump = index > 500 && index < 1_100 ? 1e7 : index > 3_000 && index < 3_050 ? -1e7 : 0;
      return {
        id,
        script: 2 + random.below(2),
        at: at(jump + Math.floor(index / 3)),
        isOpen: random.below(300) === 0,
      };
    });
    asOtherTool(path, (database) => {
      const insert = database.prepare(
        "INSERT INTO improvement_runs (id, script_id, started_at, finished_at, success) VALUES (?, ?, ?, ?, ?)",
      );
      database.transaction(() => {
        for (const { id, script, at, isOpen } of rows) {
          insert.run(id, script, at, isOpen ? null : at, isOpen ? null : 1);
        }
      })();
    });
    const [claimed] = await store.claimScripts([2], TERMS);
    const { runId, startedAt } = claimed as NonNullable<typeof claimed>;
    rows.push({ id: runId, script: 2, at: startedAt, isOpen: true });
    const blocks = asOtherTool(path, (database) =>
      database.prepare("SELECT count(*) FROM run_blocks").pluck().get(),
    );
    expect(blocks).toBe(4 + 1);
    for (let round = 0; round < 60; round++) {
      const [from, to] = [random.below(2_000), random.below(2_000)];
      const filter: RunFilter = {
        ...(random.below(3) > 0 && { since: at(Math.min(from, to)) }),
        ...(random.below(3) > 0 && { until: at(Math.max(from, to)) }),
        ...(random.below(2) > 0 && { script: "a" }),
        ...(random.below(2) > 0 && { before: random.below(40_000) }),
        ...(random.below(3) === 0 && { result: "running" as const }),
        limit: 1 + random.below(2_500),
      };
      const { since = "", until = "9999", before = Infinity, limit } = filter;
      const expected = rows
        .filter(
          (row) =>
            (filter.script === undefined || row.script === 2) &&
            (filter.result === undefined || row.isOpen) &&
            row.at >= since &&
            row.at < until &&
            row.id < Number(before),
        )
        .map((row) => row.id)
        .sort((one, two) => two - one)
        .slice(0, limit);
      const found = await store.listRuns(filter);
      expect({ filter, ids: found.map((run) => run.id) }).toEqual({ filter, ids: expected });
    }
  });

  test("runs whose ids another tool has made free are listed", async () => {
    const { store, path } = await openTestStore();
    await store.addScript({ name: "a", lang: "pixel", code: "HALT" });
    asOtherTool(path, (database) =>
      database.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
        INSERT INTO improvement_runs (id, script_id, started_at, finished_at) SELECT i, 2, '2020-01-01', '2020-01-01' FROM n`),
    );
    const claim = async (): Promise<unknown> => (await store.claimScripts([2], TERMS))[0]?.runId;
    expect(await claim()).toBe(5_001);
    asOtherTool(path, (database) =>
      database.exec(
        "DELETE FROM improvement_runs; DELETE FROM sqlite_sequence; UPDATE script_schedule SET run_id = NULL",
      ),
    );
    expect(await claim()).toBe(1);
    expect((await store.listRuns({ since: "2021-01-01" })).map((run) => run.id)).toEqual([1]);
    expect((await store.listRuns({ result: "running" })).map((run) => run.id)).toEqual([1]);
  });
});

/** Returns the plans of the statements that read a page. */
function plansOf(database: Database.Database, filter: RunFilter): string[][] {
  const builder = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
  const runs = createRuns(
    builder,
    createScripts(
      builder,
      createStoreTime(builder, systemClock, createWallClock(builder, systemClock)),
      systemClock,
    ),
  );
  const steps = runs.list(filter);
  const plans: string[][] = [];
  for (let step = steps.next(); !step.done;) {
    const { statement, values } = step.value;
    const { sql } = statement;
    const plan = database.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
    plans.push(plan.map((row) => row.detail));
    step = steps.next(database.prepare(sql).all(...values));
  }
  return plans;
}
