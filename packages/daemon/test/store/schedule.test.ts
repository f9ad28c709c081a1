import { LANGS, type ClaimedRun, type RunOutcome, type ScriptStore } from "@gvpie/daemon/store";
import { describe, expect, test } from "vitest";
import { asOtherTool, openTestStore, rows, TERMS, TestClock } from "../support/test-store.ts";

const SECOND = 1_000;
const HOUR = 3_600_000;

function succeeded(run: ClaimedRun): RunOutcome {
  return { runId: run.runId, success: true, stdout: "", stderr: "", durationMs: 1 };
}

function failed(run: ClaimedRun): RunOutcome {
  return { ...succeeded(run), success: false, stderr: "X: failed" };
}

async function storeWith(
  clock: TestClock,
  ...names: string[]
): Promise<{ store: ScriptStore; path: string }> {
  const opened = await openTestStore({ clock });
  for (const name of names) await opened.store.addScript({ name, lang: "pixel", code: "HALT" });
  return opened;
}

async function claimNames(store: ScriptStore, limit = 99): Promise<string[]> {
  return (await store.claimDue(limit, LANGS, TERMS)).map((run) => run.script.name);
}

/** Runs all due scripts, and returns their names. */
async function runDue(store: ScriptStore): Promise<string[]> {
  const claimed = await store.claimDue(99, LANGS, TERMS);
  await store.finishRuns(claimed.map(succeeded), TERMS);
  return claimed.map((run) => run.script.name);
}

describe("due scripts", () => {
  test("a script is due its interval after its last start, and never twice at a time", async () => {
    const clock = new TestClock();
    const { store } = await storeWith(clock, "a");
    const [run] = await store.claimDue(9, LANGS, TERMS);
    expect(await claimNames(store)).toEqual([]);
    clock.advance(14 * SECOND);
    expect(await claimNames(store)).toEqual([]);
    if (run) await store.finishRuns([succeeded(run)], TERMS);
    expect(await runDue(store)).toEqual(["a"]);
    expect(await store.nextDueInMs(LANGS)).toBe(10 * SECOND);
    clock.advance(9_999);
    expect(await runDue(store)).toEqual([]);
    clock.advance(1);
    expect(await store.nextDueInMs(LANGS)).toBe(0);
    expect(await runDue(store)).toEqual(["a"]);
  });

  test("a run knows how late it starts", async () => {
    const clock = new TestClock();
    const { store } = await storeWith(clock, "a");
    const claim = async (): Promise<number | undefined> => {
      const [run] = await store.claimDue(9, LANGS, TERMS);
      if (run) await store.finishRuns([succeeded(run)], TERMS);
      return run?.lateMs;
    };
    expect(await claim()).toBe(0);
    clock.advance(10 * SECOND + 250);
    expect(await claim()).toBe(250);
    await store.requestRun("a");
    expect(await claim()).toBeUndefined();
    const [early] = await store.claimScripts([2], TERMS);
    expect(early).toMatchObject({ lateMs: undefined, script: { name: "a" } });
  });

  test("a script's own interval overrides the loop's", async () => {
    const clock = new TestClock();
    const { store } = await storeWith(clock, "a");
    await store.addScript({ name: "quick", lang: "pixel", code: "HALT", options: { intervalMs: SECOND } });
    expect(await runDue(store)).toEqual(["a", "quick"]);
    clock.advance(SECOND);
    expect(await runDue(store)).toEqual(["quick"]);
  });

  test("the longest-waiting script runs first, and no script starves", async () => {
    const clock = new TestClock();
    const names = ["a", "b", "c", "d", "e"];
    const { store } = await storeWith(clock, ...names);
    const order: string[] = [];
    for (let round = 0; round < 50; round++) {
      // One or two slots for five scripts that are always due.
      const claimed = await store.claimDue(1 + (round % 2), LANGS, { ...TERMS, intervalMs: 0 });
      clock.advance(5);
      await store.finishRuns(claimed.map(succeeded), TERMS);
      order.push(...claimed.map((run) => run.script.name));
    }
    expect(order).toHaveLength(75);
    // Scripts claimed together have waited equally long, so two may swap: any seven consecutive runs include each script.
    for (let turn = 0; turn <= 75 - 7; turn++) {
      expect(new Set(order.slice(turn, turn + 7)).size).toBe(5);
    }
  });

  test("a new script queues behind scripts that have waited longer", async () => {
    const clock = new TestClock();
    const { store } = await storeWith(clock, "old");
    await runDue(store);
    clock.advance(20 * SECOND);
    await store.addScript({ name: "new", lang: "pixel", code: "HALT" });
    expect(await claimNames(store)).toEqual(["old", "new"]);
  });

  test("claims only the given languages", async () => {
    const clock = new TestClock();
    const { store } = await storeWith(clock, "pixel");
    await store.addScript({ name: "remote", lang: "gvpie", code: "HALT" });
    expect(await store.nextDueInMs(["cartridge"])).toBeUndefined();
    expect(await store.enabledScripts(["gvpie"])).toEqual([3]);
    const claimed = await store.claimDue(9, ["pixel", "cartridge"], TERMS);
    expect(claimed.map((run) => run.script.name)).toEqual(["pixel"]);
    expect(await claimNames(store)).toEqual(["remote"]);
  });

  test("claimScripts ignores due times, and skips scripts that are disabled or running", async () => {
    const clock = new TestClock();
    const { store } = await storeWith(clock, "a", "b", "c");
    await runDue(store);
    await store.updateScript("b", { enabled: false });
    const claimed = await store.claimScripts([4, 3, 2, 77], TERMS);
    expect(claimed.map((run) => run.script.name)).toEqual(["c", "a"]);
    expect(await store.claimScripts([4, 3, 2, 77], TERMS)).toEqual([]);
  });
});

describe("an edited script", () => {
  test.each<[string, (store: ScriptStore, path: string) => unknown]>([
    [
      "code",
      (_, path) => asOtherTool(path, (d) => d.exec("UPDATE improvement_scripts SET code = 'RECT 0 0 1 1'")),
    ],
    ["lang", (_, path) => asOtherTool(path, (d) => d.exec("UPDATE improvement_scripts SET lang = 'gvpie'"))],
    [
      "enabled, off and on again",
      (_, path) =>
        asOtherTool(path, (d) =>
          d.exec("UPDATE improvement_scripts SET enabled = 0; UPDATE improvement_scripts SET enabled = 1"),
        ),
    ],
    ["options", (store) => store.updateScript("a", { options: { width: 7 } })],
  ])("with a change of %s starts at once", async (_, edit) => {
    const clock = new TestClock();
    const { store, path } = await storeWith(clock, "a");
    await runDue(store);
    const mark = await store.changeMark();
    expect(await store.changeMark()).toBe(mark);
    await edit(store, path);
    expect(await store.changeMark()).not.toBe(mark);
    expect(await store.nextDueInMs(LANGS)).toBe(0);
    expect(await runDue(store)).toEqual(["a"]);
  });

  test.each(["name = 'b'", "code = code, lang = lang, enabled = 1", "last_run_at = 'x', run_count = 7"])(
    "SET %s is not an edit",
    async (change) => {
      const { store, path } = await storeWith(new TestClock(), "a");
      await runDue(store);
      asOtherTool(path, (database) => database.exec(`UPDATE improvement_scripts SET ${change}`));
      expect(await runDue(store)).toEqual([]);
    },
  );

  test("starts again as soon as its current run ends, failed or not", async () => {
    const { store } = await storeWith(new TestClock(), "a");
    for (const outcome of [succeeded, failed, failed, failed]) {
      const [run] = await store.claimScripts([2], TERMS);
      await store.updateScript("a", { code: `# ${run?.runId}` });
      expect(await claimNames(store)).toEqual([]);
      if (run) await store.finishRuns([outcome(run)], TERMS);
      expect(await store.nextDueInMs(LANGS)).toBe(0);
    }
  });

  test("does not start again if it was disabled while it ran", async () => {
    const clock = new TestClock();
    const { store } = await storeWith(clock, "a");
    const [run] = await store.claimDue(1, LANGS, TERMS);
    await store.updateScript("a", { enabled: false });
    if (run) await store.finishRuns([failed(run)], TERMS);
    clock.advance(HOUR);
    expect(await claimNames(store)).toEqual([]);
    expect(await store.nextDueInMs(LANGS)).toBeUndefined();
  });
});

describe("a failing script", () => {
  test("backs off up to five minutes, and returns to its interval after a success", async () => {
    const clock = new TestClock();
    const { store } = await storeWith(clock, "a");
    const waits: (number | undefined)[] = [];
    for (let i = 0; i < 8; i++) {
      const [run] = await store.claimScripts([2], TERMS);
      if (run) await store.finishRuns([failed(run)], TERMS);
      waits.push(await store.nextDueInMs(LANGS));
    }
    expect(waits.map((wait) => Number(wait) / SECOND)).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
    clock.advance(300 * SECOND);
    expect(await runDue(store)).toEqual(["a"]);
    expect(await store.nextDueInMs(LANGS)).toBe(10 * SECOND);
  });

  test("keeps an interval longer than the backoff", async () => {
    const { store } = await storeWith(new TestClock());
    await store.addScript({ name: "hourly", lang: "pixel", code: "HALT", options: { intervalMs: HOUR } });
    for (let i = 0; i < 5; i++) {
      const [run] = await store.claimScripts([2], TERMS);
      if (run) await store.finishRuns([failed(run)], TERMS);
      expect(await store.nextDueInMs(LANGS)).toBe(HOUR);
    }
  });

  test("is due at once if the loop stopped it", async () => {
    const { store, path } = await storeWith(new TestClock(), "a");
    const [run] = await store.claimDue(1, LANGS, TERMS);
    if (run) await store.finishRuns([{ ...failed(run), stopped: true }], TERMS);
    expect(await store.nextDueInMs(LANGS)).toBe(0);
    expect(rows(path, "SELECT failures FROM script_schedule")).toEqual([{ failures: 0 }]);
  });
});

describe("a run is recorded once", () => {
  const counters = "SELECT run_count, success_count, last_run_at FROM improvement_scripts";

  test("counters change only when the row is finished", async () => {
    const { store, path } = await storeWith(new TestClock(), "a");
    const [run] = await store.claimDue(1, LANGS, TERMS);
    if (!run) throw new Error("nothing was due");
    expect(rows(path, counters)).toEqual([{ run_count: 0, success_count: 0, last_run_at: null }]);
    expect(await store.finishRuns([succeeded(run), failed(run)], TERMS)).toEqual(new Set([run.runId]));
    expect(await store.finishRuns([succeeded(run)], TERMS)).toEqual(new Set());
    expect(rows(path, counters)).toEqual([{ run_count: 1, success_count: 1, last_run_at: run.startedAt }]);
  });

  test("an expired lease is recorded as failed, the script runs again, and the late result is not recorded", async () => {
    const clock = new TestClock();
    const { store, path } = await storeWith(clock, "a");
    const [late] = await store.claimDue(1, LANGS, TERMS);
    if (!late) throw new Error("nothing was due");
    clock.advance(14_999);
    expect(await store.failExpiredRuns("GONE: died", TERMS)).toEqual([]);
    clock.advance(1);
    expect(await store.failExpiredRuns("GONE: died", TERMS)).toEqual([late.runId]);
    expect(await store.failExpiredRuns("GONE: died", TERMS)).toEqual([]);
    expect(await store.getRun(late.runId)).toMatchObject({
      success: false,
      stderr: "GONE: died",
      durationMs: undefined,
    });

    const [again] = await store.claimDue(1, LANGS, TERMS);
    if (!again) throw new Error("it was not due again");
    expect(await store.finishRuns([succeeded(late)], TERMS)).toEqual(new Set());
    expect(await claimNames(store)).toEqual([]);
    expect(await store.finishRuns([succeeded(again)], TERMS)).toEqual(new Set([again.runId]));
    expect(rows(path, "SELECT run_count, success_count FROM improvement_scripts")).toEqual([
      { run_count: 2, success_count: 1 },
    ]);
  });

  test("a renewed lease does not expire, and only its holder can renew it", async () => {
    const clock = new TestClock();
    const { store, path } = await storeWith(clock, "a");
    const { store: other } = await openTestStore({ clock, path });
    const [run] = await store.claimDue(1, LANGS, TERMS);
    for (let i = 0; i < 5; i++) {
      clock.advance(10 * SECOND);
      expect(await store.renewLeases(15_000)).toEqual(new Set([run?.runId]));
      expect(await other.renewLeases(15_000)).toEqual(new Set());
      expect(await other.failExpiredRuns("GONE: died", TERMS)).toEqual([]);
    }
  });

  test("deletes the schedule row of a script that another tool replaced", async () => {
    const { store, path } = await storeWith(new TestClock(), "a");
    asOtherTool(path, (database) =>
      database.exec(
        "INSERT OR REPLACE INTO improvement_scripts (name, lang, code) VALUES ('a', 'pixel', 'HALT')",
      ),
    );
    expect(rows(path, "SELECT script_id FROM script_schedule")).toHaveLength(2);
    expect(await claimNames(store)).toEqual(["a"]);
    expect(rows(path, "SELECT script_id FROM script_schedule")).toEqual([{ script_id: 3 }]);
  });

  test("finds a render by its fingerprint, and the latest file for it", async () => {
    const { store } = await storeWith(new TestClock(), "a");
    for (const cartridgePath of ["first.png", "second.png"]) {
      const [run] = await store.claimScripts([2], TERMS);
      if (run) await store.finishRuns([{ ...succeeded(run), cartridgePath, fingerprint: "f" }], TERMS);
      expect(await store.findRender(2, "f")).toBe(cartridgePath);
    }
    expect(await store.findRender(2, "g")).toBeUndefined();
    expect(await store.findRender(1, "f")).toBeUndefined();
  });
});

describe("clocks", () => {
  test.each([HOUR, -HOUR])("due times and leases hold when the wall clock jumps by %d ms", async (jump) => {
    const clock = new TestClock();
    const { store, path } = await storeWith(clock, "a", "held");
    const { store: other } = await openTestStore({ clock, path });
    const [a] = await store.claimDue(2, LANGS, TERMS);
    if (a) await store.finishRuns([succeeded(a)], TERMS);
    clock.wall += jump;
    for (const each of [store, other]) {
      expect(await each.failExpiredRuns("GONE: died", TERMS)).toEqual([]);
      expect(await claimNames(each)).toEqual([]);
    }
    // A process that starts after the jump agrees with earlier ones.
    const { store: late } = await openTestStore({ clock, path });
    expect(await claimNames(late)).toEqual([]);
    expect(await late.failExpiredRuns("GONE: died", TERMS)).toEqual([]);
    clock.advance(10 * SECOND);
    expect(await claimNames(late)).toEqual(["a"]);
    clock.advance(5 * SECOND);
    expect(await late.failExpiredRuns("GONE: died", TERMS)).toEqual([2]);
  });

  test("a run started after the jump is dated by the new wall clock", async () => {
    const clock = new TestClock();
    const { store } = await storeWith(clock, "a");
    clock.wall += HOUR;
    const [run] = await store.claimDue(1, LANGS, TERMS);
    expect(run?.startedAt).toBe("2026-01-01T01:00:00.000Z");
  });

  test.each([HOUR, -HOUR])(
    "after a reboot with the clock off by %d ms, dead runs fail and no script is late",
    async (jump) => {
      const clock = new TestClock();
      const { store, path } = await storeWith(clock, "a", "dead");
      const [a, dead] = await store.claimDue(2, LANGS, TERMS);
      if (a) await store.finishRuns([succeeded(a)], TERMS);
      await store.close();

      const restarted = new TestClock();
      restarted.boot = "next boot";
      restarted.ticks = 5;
      restarted.wall = clock.wall + jump;
      const { store: next } = await openTestStore({ clock: restarted, path });
      expect(await next.failExpiredRuns("GONE: died", TERMS)).toEqual([dead?.runId]);
      restarted.advance(10 * SECOND);
      expect((await claimNames(next)).sort()).toEqual(["a", "dead"]);
    },
  );

  test("reading a store does not set its time scale", async () => {
    const { store, path } = await storeWith(new TestClock(), "a");
    await store.listRuns();
    expect(await store.nextDueInMs(LANGS)).toBe(0);
    expect(rows(path, "SELECT * FROM store_clock")).toEqual([]);
  });
});
