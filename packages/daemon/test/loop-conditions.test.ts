// The conditions and heartbeats of a running loop.
import {
  createDaemon,
  type ConditionChange,
  type Daemon,
  type DaemonOptions,
  type Runner,
} from "@gvpie/daemon";
import { openStore, type ScriptStore } from "@gvpie/daemon/store";
import { waitUntil } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import Database from "better-sqlite3";
import { describe, expect, onTestFinished, test } from "vitest";
import { createConditions } from "../src/conditions.ts";
import { createFailingScripts } from "../src/failing-scripts.ts";
import { reviewOverdue } from "../src/overdue.ts";
import type { RunReport } from "../src/types.ts";
import { openTestStore, TERMS, TestClock } from "./support/test-store.ts";

const nothing = { drawing: undefined, stdout: "", stderr: "" };
/** Fails the scripts whose code is BAD. */
const runner: Runner = {
  run: ({ code }) => (code === "BAD" ? Promise.reject(new Error("bad code")) : Promise.resolve(nothing)),
};

function start(
  store: ScriptStore,
  options: Partial<DaemonOptions> = {},
): { daemon: Daemon; reported: () => string[] } {
  const changes: ConditionChange[] = [];
  const daemon = createDaemon({
    store,
    cartridges: temporaryDirectory(),
    runners: { pixel: runner },
    intervalMs: 20,
    version: "1.2.3",
    onCondition: (change) => changes.push(change),
    ...options,
  });
  onTestFinished(() => daemon.close());
  void daemon.run();
  return { daemon, reported: () => changes.map(({ type, condition }) => `${type} ${condition.code}`) };
}

describe("a loop reports", () => {
  test("a script's first failure and its recovery", async () => {
    const { store } = await openTestStore();
    await store.addScript({ name: "a", lang: "pixel", code: "BAD" });
    const { daemon, reported } = start(store);
    await waitUntil(async () => (await store.listRuns()).length >= 2);
    expect(reported()).toEqual(["raised SCRIPT_FAILING"]);
    expect(daemon.status().conditions).toMatchObject([
      { code: "SCRIPT_FAILING", level: "warn", message: '"a" fails: RUN_FAILED: bad code' },
    ]);
    await store.updateScript("a", { code: "GOOD" });
    await waitUntil(() => reported().length === 2);
    expect(reported()[1]).toBe("cleared SCRIPT_FAILING");
    expect(daemon.status().conditions).toEqual([]);
  });

  test("a failure that an earlier loop has reported as a lasting one, and its recovery as one", async () => {
    const { store } = await openTestStore();
    for (const name of ["a", "b", "c"]) await store.addScript({ name, lang: "pixel", code: "BAD" });
    const first = start(store);
    await waitUntil(() => first.reported().length === 3);
    await store.setPaused("c", true);
    await first.daemon.close();
    const second = start(store);
    await waitUntil(() => second.reported().length === 2);
    await store.updateScript("a", { code: "GOOD" });
    await waitUntil(() => second.reported().length === 3);
    await store.addScript({ name: "d", lang: "pixel", code: "BAD" });
    await waitUntil(() => second.reported().length === 4);
    expect(second.reported()).toEqual([
      "repeated SCRIPT_FAILING",
      "repeated SCRIPT_FAILING",
      "cleared SCRIPT_FAILING",
      "raised SCRIPT_FAILING",
    ]);
  });

  test("a locked database once, although its heartbeat fails too, and that it works again", async () => {
    const { path } = await openTestStore();
    const store = await openStore({ path, busyTimeoutMs: 10 });
    onTestFinished(() => store.close());
    await store.addScript({ name: "a", lang: "pixel", code: "GOOD" });
    const { daemon, reported } = start(store, { leaseMs: 150 });
    await waitUntil(async () => (await store.listWorkers()).length === 1);
    const blocker = new Database(path);
    blocker.exec("BEGIN IMMEDIATE");
    await waitUntil(() => reported().length > 0);
    expect(daemon.status().conditions).toMatchObject([{ code: "STORE_LOCKED", level: "error" }]);
    blocker.exec("ROLLBACK");
    blocker.close();
    await waitUntil(() => reported().length === 2);
    expect(reported()).toEqual(["raised STORE_LOCKED", "cleared STORE_LOCKED"]);
  });

  test("its state in a heartbeat at the start, at a change and at the end", async () => {
    const { store } = await openTestStore();
    const { daemon } = start(store, { dir: "/run/gvpie", concurrency: 3 });
    await waitUntil(async () => (await store.listWorkers()).length === 1);
    const [first] = await store.listWorkers();
    expect(first).toMatchObject({
      pid: process.pid,
      version: "1.2.3",
      startedAt: daemon.status().startedAt,
      stoppedAt: undefined,
      state: { dir: "/run/gvpie", concurrency: 3, conditions: [] },
    });
    await store.addScript({ name: "a", lang: "pixel", code: "BAD" });
    await waitUntil(async () => (await store.listWorkers())[0]?.state.conditions.length === 1);
    await daemon.close();
    const [last] = await store.listWorkers();
    expect(last?.stoppedAt).toBeDefined();
    expect(await store.listWorkers()).toHaveLength(1);
  });

  test("nothing in the database for runOnce() shorter than the interval of heartbeats", async () => {
    const { store } = await openTestStore();
    await createDaemon({ store, cartridges: temporaryDirectory(), runners: {} }).runOnce();
    expect(await store.listWorkers()).toEqual([]);
  });
});

describe("a review", () => {
  test.each<[string, (store: ScriptStore) => Promise<unknown>, string]>([
    ["removed", (store) => store.removeScript("a"), '"a" was removed after 0 s'],
    ["renamed", (store) => store.renameScript("a", "b"), '"a" was renamed after 0 s'],
    ["disabled", (store) => store.updateScript("a", { enabled: false }), '"a" was disabled after 0 s'],
    ["paused", (store) => store.setPaused("a", true), '"a" was paused after 0 s'],
    [
      "run with success by another loop",
      async (store) => {
        await store.updateScript("a", { code: "GOOD" });
        const [run] = await store.claimDue(1, ["pixel"], TERMS);
        const outcome = { runId: run?.runId ?? 0, success: true, stdout: "", stderr: "", durationMs: 1 };
        await store.finishRuns([outcome], TERMS);
      },
      '"a" succeeds again after 0 s',
    ],
  ])("ends the condition of a failing script that was %s", async (_, change, expected) => {
    const { store } = await openTestStore();
    const { id } = await store.addScript({ name: "a", lang: "pixel", code: "BAD" });
    const lines: string[] = [];
    const conditions = createConditions({
      clock: new TestClock(),
      emit: ({ message }) => lines.push(message),
      onChange: () => {},
    });
    const failing = createFailingScripts(conditions);
    const report = { scriptId: Number(id), name: "a", lang: "pixel", success: false } as RunReport;
    failing.recorded({ ...report, stderr: "RUN_STOPPED: closed" }, false);
    // A renderer that does not reply is another condition; a program that is too slow for it fails twice.
    failing.recorded({ ...report, lang: "gvpie", stderr: "FSOCK_TIMEOUT: no reply" }, false);
    failing.recorded({ ...report, lang: "gvpie", stderr: "FSOCK_TIMEOUT: no reply" }, true);
    expect(lines).toEqual([]);
    failing.recorded({ ...report, stderr: "PXL_BAD: line 1" }, false);
    await failing.review(store);
    await change(store);
    await failing.review(store);
    expect(lines).toEqual(['"a" fails: PXL_BAD: line 1', expected]);
    expect(conditions.list()).toEqual([]);
  });

  test("a script without a reply twice, while the renderer replies to others, is failing", () => {
    const conditions = createConditions({ clock: new TestClock(), emit: () => {}, onChange: () => {} });
    const failing = createFailingScripts(conditions);
    const report = { scriptId: 1, name: "a", lang: "gvpie", success: false } as RunReport;
    failing.recorded({ ...report, stderr: "FSOCK_TIMEOUT: no reply" }, false);
    expect(conditions.list()).toEqual([]);
    failing.recorded({ ...report, stderr: "FSOCK_TIMEOUT: no reply" }, false);
    expect(conditions.list()).toMatchObject([{ code: "SCRIPT_FAILING" }]);
  });

  test("finds scripts that are later than a minute and than their interval", async () => {
    const clock = new TestClock();
    const { store } = await openTestStore({ clock });
    const conditions = createConditions({ clock, emit: () => {}, onChange: () => {} });
    const codes = async (waiting: readonly "pixel"[] = []): Promise<string[]> => {
      await reviewOverdue({ store, conditions, intervalMs: 10_000, waiting });
      return conditions.list().map(({ code, message }) => `${code} ${message}`);
    };
    await store.addScript({ name: "hourly", lang: "pixel", code: "x", options: { intervalMs: 3_600_000 } });
    const [first] = await store.claimDue(1, ["pixel"], TERMS);
    const outcome = { success: true, stdout: "", stderr: "", durationMs: 1 };
    await store.finishRuns([{ ...outcome, runId: first?.runId ?? 0 }], TERMS);
    clock.advance(3_600_000 + 120_000);
    expect(await codes()).toEqual([]);
    await store.addScript({ name: "often", lang: "pixel", code: "x" });
    // Another program may store a name that is not text, and any amount of code.
    const database = new Database(store.path);
    database.exec(
      "UPDATE improvement_scripts SET name = x'ff6f', code = zeroblob(5000000) WHERE name = 'often'",
    );
    database.close();
    const [second] = await store.claimDue(1, ["pixel"], TERMS);
    await store.finishRuns([{ ...outcome, runId: second?.runId ?? 0 }], TERMS);
    clock.advance(3_700_000);
    expect(await codes(["pixel"])).toEqual([]);
    expect(await codes()).toEqual([
      expect.stringMatching(/^OVERDUE 2 scripts are overdue, "\ufffdo" by \d+ min: /),
    ]);
    await store.setPaused(undefined, true);
    expect(await codes()).toEqual([]);
  });
});
