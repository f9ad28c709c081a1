import type { PruneRules, ScriptStore } from "@gvpie/daemon/store";
import { SeededRandom } from "@gvpie/testing";
import { describe, expect, test } from "vitest";
import { asOtherTool, openTestStore, rows, TERMS } from "../support/test-store.ts";

const day = (number: number): string => new Date(Date.UTC(2026, 0, number)).toISOString();

interface Row {
  readonly id: number;
  readonly script: number;
  readonly at: string;
  readonly isOpen?: boolean;
}

async function storeWith(runs: readonly Row[], names = ["a", "b"]) {
  const opened = await openTestStore();
  for (const name of names) await opened.store.addScript({ name, lang: "pixel", code: "HALT" });
  asOtherTool(opened.path, (database) => {
    const insert = database.prepare(
      "INSERT INTO improvement_runs (id, script_id, started_at, finished_at, success) VALUES (?, ?, ?, ?, ?)",
    );
    for (const { id, script, at, isOpen } of runs) {
      insert.run(id, script, at, isOpen ? null : at, isOpen ? null : 1);
    }
    database.exec(
      "UPDATE improvement_scripts SET run_count = (SELECT count(finished_at) FROM improvement_runs r WHERE r.script_id = improvement_scripts.id)",
    );
  });
  return opened;
}

function idsIn(path: string): unknown[] {
  return asOtherTool(path, (database) =>
    database.prepare("SELECT id FROM improvement_runs ORDER BY id").pluck().all(),
  );
}

async function pruneAll(store: ScriptStore, rules: PruneRules, limit?: number): Promise<number[]> {
  const batches: number[] = [];
  for (;;) {
    const count = await store.pruneRuns(rules, limit);
    if (count === 0) return batches;
    batches.push(count);
  }
}

/** Days 1 to 10 of two scripts: `a` has even ids, `b` odd ones. Run 4 has never ended. */
const TWENTY: readonly Row[] = Array.from({ length: 20 }, (_, index) => ({
  id: index + 1,
  script: 2 + (index % 2),
  at: day(1 + Math.floor(index / 2)),
  isOpen: index === 3,
}));

describe("pruning", () => {
  test.each([
    [{ keep: 2 }, [4, 17, 18, 19, 20]],
    [
      { keep: 2, script: "b" },
      [1, 3, 4, 5, 7, 9, 11, 13, 15, 17, 18, 19, 20].filter((id) => id % 2 || id > 16 || id === 4),
    ],
    [{ olderThan: day(9) }, [4, 17, 18, 19, 20]],
    [{ olderThan: day(9), keep: 4 }, [4, 13, 14, 15, 16, 17, 18, 19, 20]],
    [{ olderThan: "2099-01-01" }, [4, 19, 20]],
    [{ olderThan: day(1) }, Array.from({ length: 20 }, (_, index) => index + 1)],
    [{}, [4, 19, 20]],
  ] as const)("%j deletes what it counts, in batches", async (rules, left) => {
    for (const limit of [undefined, 3]) {
      const { store, path } = await storeWith(TWENTY);
      const counted = await store.countPrunable(rules);
      const batches = await pruneAll(store, rules, limit);
      expect(idsIn(path)).toEqual(left);
      expect(batches.reduce((sum, count) => sum + count, 0)).toBe(counted);
      expect(Math.max(0, ...batches)).toBeLessThanOrEqual(limit ?? 500);
      expect(await store.countPrunable(rules)).toBe(0);
      await store.close();
    }
  });

  test("counters, ids of later runs and the newest finished run beside an open one stay", async () => {
    const { store, path } = await storeWith([
      { id: 1, script: 2, at: day(1) },
      { id: 2, script: 2, at: day(2) },
    ]);
    await store.claimScripts([2], TERMS);
    expect(await pruneAll(store, { keep: 1 })).toEqual([1]);
    expect(idsIn(path)).toEqual([2, 3]);
    expect(await store.getScript("a")).toMatchObject({ runCount: 2 });
  });

  test("runs whose script another tool removed are pruned as those of any script", async () => {
    const { store, path } = await storeWith(TWENTY);
    asOtherTool(path, (database) => database.exec("DELETE FROM improvement_scripts"));
    await pruneAll(store, { olderThan: day(9) });
    expect(idsIn(path)).toEqual([4, 17, 18, 19, 20]);
  });

  test("a time that another tool wrote in another format is never taken for an old one", async () => {
    const times = ["1700000000", "1700000000000", "20/11/2026", "", "x", "2020-01-01 10:00:00", day(1)];
    const { store, path } = await storeWith(times.map((at, index) => ({ id: index + 1, script: 2, at })));
    asOtherTool(path, (database) =>
      database.exec(
        `INSERT INTO improvement_runs (id, script_id, started_at, finished_at) VALUES (50, 2, '${day(5)}', 'x')`,
      ),
    );
    await pruneAll(store, { olderThan: day(4) });
    expect(idsIn(path)).toEqual([1, 2, 3, 4, 5, 50]);
  });

  test("the facts about capabilities of a run go with it", async () => {
    const { store, path } = await storeWith(TWENTY);
    asOtherTool(path, (database) =>
      database.exec("INSERT INTO run_capabilities SELECT id, 'r', 'l' FROM improvement_runs"),
    );
    await pruneAll(store, { keep: 1 });
    expect(rows(path, "SELECT run_id AS id FROM run_capabilities")).toEqual([
      { id: 4 },
      { id: 19 },
      { id: 20 },
    ]);
  });

  test("deletes the same as a naive program does, for random rules and times", async () => {
    const seeded = new SeededRandom(7);
    const random = (from: number, to: number): number => from + seeded.below(to - from + 1);
    for (let round = 0; round < 12; round++) {
      const runs: Row[] = Array.from({ length: 40 }, (_, index) => ({
        id: index + 1,
        script: 2 + random(0, 3),
        at: day(1 + random(0, 9)),
        isOpen: random(0, 5) === 0,
      }));
      const rules: PruneRules = {
        ...(random(0, 2) > 0 && { olderThan: day(random(1, 11)) }),
        ...(random(0, 2) > 0 && { keep: random(1, 6) }),
      };
      const { store, path } = await storeWith(runs, ["a", "b", "c", "d"]);
      await pruneAll(store, rules, random(1, 12));
      expect({ round, ids: idsIn(path) }).toEqual({ round, ids: naivelyPruned(runs, rules) });
      await store.close();
    }
  });

  test.each([
    [{ keep: 0 }, RangeError, "keep: expected an integer from 1 to 1000000, got 0"],
    [{ olderThan: "90d" }, RangeError, /^olderThan: expected a time in ISO 8601/],
    [{ script: "c" }, Error, /^there is no script named "c"/],
  ])("%j is refused", async (rules, type, message) => {
    const { store } = await storeWith([]);
    for (const work of [store.pruneRuns, store.countPrunable]) {
      const error: unknown = await work(rules).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(type);
      expect(error).toMatchObject({ message: expect.stringMatching(message) as string });
    }
  });

  test("the work of other callers gets its turn between batches and between scripts", async () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `s${index}`);
    const { store } = await storeWith(
      names.map((_, index) => ({ id: index + 1, script: index + 2, at: day(1) })),
      names,
    );
    let turns = 0;
    const turn = (): void => {
      turns++;
      immediate = setImmediate(turn);
    };
    let immediate = setImmediate(turn);
    expect(await store.pruneRuns({ olderThan: day(2) })).toBe(0);
    clearImmediate(immediate);
    expect(turns).toBeGreaterThan(3);
  });
});

function naivelyPruned(runs: readonly Row[], { olderThan = "9", keep = 1 }: PruneRules): number[] {
  return runs
    .filter(({ id, script, at, isOpen }) => {
      const newer = runs.filter((run) => run.script === script && !run.isOpen && run.id > id);
      return isOpen || at >= olderThan || newer.length < keep;
    })
    .map((run) => run.id);
}
