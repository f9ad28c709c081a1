import { LANGS, openReader, openStore, type WorkerBeat, type WorkerState } from "@gvpie/daemon/store";
import { onTestFinished, describe, expect, test } from "vitest";
import { asOtherTool, openTestStore, rows, TERMS, TestClock } from "../support/test-store.ts";

const STATE: WorkerState = {
  dir: "/run/gvpie",
  cartridges: "/var/lib/gvpie/cartridges",
  concurrency: 4,
  busy: 1,
  waiting: [{ lang: "gvpie", since: "2026-01-01T00:00:00.000Z", reason: "no renderer" }],
  conditions: [
    { code: "NO_RENDERER", level: "warn", message: "no renderer", since: "2026-01-01T00:00:00.000Z" },
  ],
};
const BEAT: WorkerBeat = {
  host: "box",
  pid: 7,
  version: "1.2.3",
  startedAt: "2026-01-01T00:00:00.000Z",
  state: STATE,
};
const SINCE = { failuresSince: "2025-12-31T00:00:00.000Z" };

describe("the heartbeat of a loop", () => {
  test("is one row, replaced by each beat, with its age by a clock that does not jump", async () => {
    const clock = new TestClock();
    const { store } = await openTestStore({ clock });
    await store.claimDue(1, LANGS, TERMS);
    await store.beat(BEAT);
    clock.advance(15_000);
    await store.beat({ ...BEAT, state: { ...STATE, busy: 0 } });
    clock.advance(2_000);
    clock.wall += 3_600_000;
    expect(await store.listWorkers()).toEqual([
      {
        ...BEAT,
        id: expect.any(String),
        seenAt: "2026-01-01T00:00:15.000Z",
        ageMs: 2_000,
        stoppedAt: undefined,
        state: { ...STATE, busy: 0 },
      },
    ]);
    await store.beat({ ...BEAT, stopped: true });
    expect(await store.listWorkers()).toMatchObject([{ stoppedAt: "2026-01-01T01:00:17.000Z", ageMs: 0 }]);
  });

  test("before the first claim of a boot leaves the scale of due times to it", async () => {
    const { store, path } = await openTestStore({ clock: new TestClock() });
    await store.beat(BEAT);
    expect(rows(path, "SELECT * FROM store_clock")).toEqual([]);
    expect(await store.listWorkers()).toMatchObject([{ ageMs: 0 }]);
  });

  test("of an earlier boot has no age", async () => {
    const clock = new TestClock();
    const { store, path } = await openTestStore({ clock });
    await store.beat(BEAT);
    const rebooted = new TestClock();
    rebooted.boot = "another boot";
    const { store: next } = await openTestStore({ clock: rebooted, path });
    expect(await next.listWorkers()).toMatchObject([
      { ageMs: undefined, seenAt: "2026-01-01T00:00:00.000Z" },
    ]);
  });

  test("is removed by the beat of another loop a week later, and beyond 100 loops", async () => {
    const clock = new TestClock();
    const { store, path } = await openTestStore({ clock });
    await store.beat(BEAT);
    const { store: other } = await openTestStore({ clock, path });
    clock.advance(604_800_000);
    await other.beat(BEAT);
    expect(await store.listWorkers()).toHaveLength(2);
    clock.advance(1);
    await other.beat(BEAT);
    expect(await store.listWorkers()).toHaveLength(1);
    asOtherTool(path, (database) => {
      for (let i = 0; i < 200; i++) {
        database.exec(`INSERT INTO workers SELECT 'w${i}', host, pid, boot, version, started_at, seen_at, seen_at_ms - 1, NULL, state
          FROM workers WHERE id NOT LIKE 'w%'`);
      }
    });
    await other.beat(BEAT);
    expect(rows(path, "SELECT count(*) AS n FROM workers")).toEqual([{ n: 100 }]);
    expect(await store.listWorkers()).toHaveLength(100);
  });

  test.each([
    "{",
    "null",
    "[1]",
    '"x"',
    '{"waiting":[1,{"lang":2}],"conditions":{},"busy":"x","dir":1}',
    "x".repeat(70_000),
  ])("with a state that is damaged is still listed: %.20s", async (state) => {
    const { store, path } = await openTestStore();
    await store.beat(BEAT);
    asOtherTool(path, (database) => database.prepare("UPDATE workers SET state = ?").run(state));
    const empty = { dir: undefined, cartridges: "", concurrency: 0, busy: 0, waiting: [], conditions: [] };
    expect(await store.listWorkers()).toMatchObject([{ host: "box", state: empty }]);
  });
});

describe("the overview", () => {
  test("of a store that no loop has used", async () => {
    const { store } = await openTestStore();
    await store.addScript({ name: "a", lang: "pixel", code: "HALT" });
    expect(await store.readOverview(SINCE)).toEqual({
      scripts: { total: 1, enabled: 1, paused: 0, refused: 0 },
      pausedAt: undefined,
      workers: [],
      running: [],
      runningCount: 0,
      dueCount: 1,
      overdue: [],
      overdueCount: 0,
      nextDueInMs: 0,
      failures: { runs: 0, scripts: [] },
    });
  });

  test("shows what runs, is due, is late, is paused, is refused and fails; a reader sees the same", async () => {
    const clock = new TestClock();
    const { store, path } = await openTestStore({ clock });
    for (const name of ["fails", "runs", "waits", "late", "paused", "off"]) {
      await store.addScript({ name, lang: "pixel", code: "HALT", enabled: name !== "off" });
    }
    await store.updateScript("waits", { options: { intervalMs: 60_000 } });
    asOtherTool(path, (database) => {
      database.pragma("ignore_check_constraints = ON");
      database.exec("INSERT INTO improvement_scripts (name, lang, code) VALUES ('ruby', 'ruby', '')");
    });
    await store.setPaused("paused", true);
    const claimed = await store.claimDue(9, LANGS, TERMS);
    const outcome = { stdout: "", stderr: "", durationMs: 1 };
    await store.finishRuns(
      claimed.map(({ runId, script }) => ({ runId, ...outcome, success: script.name !== "fails" })),
      TERMS,
    );
    clock.advance(TERMS.intervalMs);
    const [fails, runs] = await store.claimDue(2, LANGS, TERMS);
    expect([fails?.script.name, runs?.script.name]).toEqual(["fails", "runs"]);
    await store.finishRuns([{ runId: fails?.runId ?? 0, ...outcome, success: false }], TERMS);
    await store.beat(BEAT);
    const [worker] = await store.listWorkers();
    clock.advance(10_001);
    const expected = {
      scripts: { total: 7, enabled: 5, paused: 1, refused: 1 },
      pausedAt: undefined,
      running: [
        {
          runId: runs?.runId,
          name: "runs",
          lang: "pixel",
          startedAt: "2026-01-01T00:00:10.000Z",
          worker: worker?.id,
        },
      ],
      runningCount: 1,
      dueCount: 1,
      overdue: [{ name: "late", lang: "pixel", lateMs: 10_001 }],
      overdueCount: 1,
      nextDueInMs: 0,
      failures: { runs: 2, scripts: [{ name: "fails", lang: "pixel", failures: 2 }] },
    };
    expect(await store.readOverview(SINCE)).toMatchObject(expected);
    expect(await store.readOverview({ ...SINCE, overdueAfterMs: 10_001 })).toMatchObject({ overdue: [] });
    expect(await store.readOverview({ failuresSince: "2026-01-01T00:00:05.000Z" })).toMatchObject({
      failures: { runs: 1 },
    });
    const reader = await openReader({ path });
    onTestFinished(() => reader.close());
    expect(await reader.readOverview(SINCE)).toMatchObject({
      scripts: expected.scripts,
      failures: expected.failures,
    });

    await store.setPaused(undefined, true);
    expect(await store.readOverview(SINCE)).toMatchObject({
      pausedAt: "2026-01-01T00:00:20.001Z",
      overdue: [],
      dueCount: 0,
      nextDueInMs: undefined,
    });
  });

  test("of a request that a loop can serve: the next start is now", async () => {
    const clock = new TestClock();
    const { store } = await openTestStore({ clock });
    await store.addScript({ name: "a", lang: "pixel", code: "HALT", enabled: false });
    expect(await store.readOverview(SINCE)).toMatchObject({ nextDueInMs: undefined });
    await store.requestRun("a");
    expect(await store.readOverview(SINCE)).toMatchObject({ nextDueInMs: 0 });
  });
});

test("a store that is closed refuses a heartbeat: STORE_CLOSED", async () => {
  const { path } = await openTestStore();
  const store = await openStore({ path });
  await store.close();
  await expect(store.beat(BEAT)).rejects.toMatchObject({ code: "STORE_CLOSED" });
});
