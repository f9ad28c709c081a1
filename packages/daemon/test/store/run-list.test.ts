import type { RunFilter } from "@gvpie/daemon/store";
import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { describe, expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/store/clock.ts";
import { createRuns } from "../../src/store/runs.ts";
import { createScripts } from "../../src/store/scripts.ts";
import { createStoreTime } from "../../src/store/store-time.ts";
import type { Tables } from "../../src/store/tables.ts";
import { createWallClock } from "../../src/store/wall-clock.ts";
import { asOtherTool, openTestStore } from "../support/test-store.ts";

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

/** The index that a page walks for each kind of filter: none means the rows in the order of their ids. */
const PLANS: readonly (RunFilter & { readonly index: string | undefined; readonly sorts?: true })[] = [
  { index: undefined },
  { script: "a", index: "improvement_runs_script" },
  { since: at(1), index: "improvement_runs_started" },
  { until: at(9), before: 5, index: "improvement_runs_started" },
  { since: at(1), script: "a", index: "improvement_runs_script_at" },
  { result: "failed", index: "improvement_runs_failed_at" },
  { result: "failed", until: at(9), index: "improvement_runs_failed_at" },
  { result: "failed", script: "a", index: "improvement_runs_failed" },
  { result: "failed", script: "a", since: at(1), until: at(9), index: "improvement_runs_failed" },
  { result: "running", index: "improvement_runs_open", sorts: true },
  { result: "running", script: "a", index: "improvement_runs_open", sorts: true },
  { result: "running", since: at(1), index: "improvement_runs_open", sorts: true },
  { result: "running", script: "a", since: at(1), index: "improvement_runs_open", sorts: true },
  { result: "succeeded", index: undefined },
  { result: "succeeded", script: "a", index: "improvement_runs_script" },
  { result: "succeeded", script: "a", until: at(9), index: "improvement_runs_script_at" },
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
    expect((await store.listRuns({ since: at(20) })).map((run) => run.id)).toEqual([4, 20]);
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
      for (const { index, sorts, ...filter } of PLANS) {
        const plan = planOf(database, filter);
        const walk = plan.find((line) => /improvement_runs\b/.test(line)) ?? "";
        const found = /USING (?:COVERING )?INDEX (\w+)/.exec(walk)?.[1];
        const isSorted = plan.some((line) => line.includes("TEMP B-TREE"));
        expect({ filter, statistics, index: found, sorts: isSorted }).toEqual({
          filter,
          statistics,
          index,
          sorts: sorts === true,
        });
      }
    }
  });
});

/** Returns the plan of the statement that reads a page. */
function planOf(database: Database.Database, filter: RunFilter): string[] {
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
  let lines: string[] = [];
  for (let step = steps.next(); !step.done;) {
    const { statement, values } = step.value;
    const { sql } = statement;
    lines = database
      .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...values)
      .map((row) => row.detail);
    step = steps.next(database.prepare(sql).all(...values));
  }
  return lines;
}
