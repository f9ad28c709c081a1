import { LANGS, type StoreError, type ClaimedRun, type Lang, type ScriptStore } from "@gvpie/daemon/store";
import { describe, expect, test } from "vitest";
import { asOtherTool, openTestStore, rows, TERMS, TestClock } from "../support/test-store.ts";

const OK = { success: true, stdout: "", stderr: "", durationMs: 1 };

async function openWith(
  ...names: readonly string[]
): Promise<{ store: ScriptStore; path: string; clock: TestClock }> {
  const clock = new TestClock();
  const { store, path } = await openTestStore({ clock });
  for (const name of names) await store.addScript({ name, lang: "pixel", code: "HALT" });
  return { store, path, clock };
}

async function claim(store: ScriptStore, langs: readonly Lang[] = LANGS): Promise<string[]> {
  return names(await store.claimDue(10, langs, TERMS));
}

/** Runs everything that is due, once. */
async function runDue(store: ScriptStore): Promise<string[]> {
  const claimed = await store.claimDue(10, LANGS, TERMS);
  await store.finishRuns(
    claimed.map(({ runId }) => ({ runId, ...OK })),
    TERMS,
  );
  return names(claimed);
}

function names(claimed: readonly ClaimedRun[]): string[] {
  return claimed.map(({ script }) => script.name);
}

describe("a paused script", () => {
  test("does not start until it is resumed; then it makes up for its missed starts by one", async () => {
    const { store, clock } = await openWith("a", "b");
    expect(await store.setPaused("a", true)).toBe(true);
    expect(await store.setPaused("a", true)).toBe(false);
    expect(await runDue(store)).toEqual(["b"]);
    expect(await store.enabledScripts(LANGS)).toHaveLength(1);
    clock.advance(3_600_000);
    expect(await runDue(store)).toEqual(["b"]);
    expect(await store.nextDueInMs(LANGS)).toBe(TERMS.intervalMs);
    expect(await store.setPaused("a", false)).toBe(true);
    expect(await store.setPaused("a", false)).toBe(false);
    expect(await store.nextDueInMs(LANGS)).toBe(0);
    expect(await runDue(store)).toEqual(["a"]);
    expect(await runDue(store)).toEqual([]);
  });

  test("says when it was paused, and has no planned start; it stays enabled", async () => {
    const { store } = await openWith("a");
    await runDue(store);
    expect(await store.getScript("a")).toMatchObject({ dueAt: "2026-01-01T00:00:10.000Z", failures: 0 });
    await store.setPaused("a", true);
    const script = await store.getScript("a");
    expect(script).toMatchObject({ enabled: true, pausedAt: "2026-01-01T00:00:00.000Z" });
    expect(script).not.toHaveProperty("dueAt");
    await store.setPaused("a", false);
    expect(await store.getScript("a")).not.toHaveProperty("pausedAt");
  });

  test.each<[string, (store: ScriptStore, path: string) => unknown]>([
    ["an edit of its code", (store) => store.updateScript("a", { code: "CLR" })],
    ["an edit of its options", (store) => store.updateScript("a", { patchOptions: { width: 9 } })],
    ["enabling it", (store) => store.updateScript("a", { enabled: true })],
    ["a new name", (store) => store.renameScript("a", "b")],
    [
      "an edit by another program",
      (_, path) =>
        asOtherTool(path, (database) => database.exec("UPDATE improvement_scripts SET code = 'CLR'")),
    ],
  ])("is not resumed by %s", async (_, edit) => {
    const { store, path } = await openWith("a");
    await store.setPaused("a", true);
    await edit(store, path);
    expect(await claim(store)).toEqual([]);
  });

  test("finishes its run in progress", async () => {
    const { store } = await openWith("a");
    const [run] = await store.claimDue(1, LANGS, TERMS);
    await store.setPaused("a", true);
    expect(await store.renewLeases(TERMS.leaseMs)).toEqual(new Set([run?.runId]));
    expect(await store.finishRuns([{ runId: run?.runId ?? 0, ...OK }], TERMS)).toHaveLength(1);
  });

  test("is not claimed by its id either", async () => {
    const { store } = await openWith("a", "b");
    const ids = await store.enabledScripts(LANGS);
    await store.setPaused("a", true);
    expect(names(await store.claimScripts(ids, TERMS))).toEqual(["b"]);
  });

  test("an unknown one: STORE_NO_SCRIPT", async () => {
    const { store } = await openWith("alpha");
    await expect(store.setPaused("alpa", true)).rejects.toMatchObject({
      code: "STORE_NO_SCRIPT",
      message: expect.stringMatching(/did you mean "alpha"/),
    });
  });
});

test("a pause of all starts is independent of the pauses of scripts", async () => {
  const { store } = await openWith("a", "b");
  await store.setPaused("a", true);
  expect(await store.setPaused(undefined, false)).toBe(false);
  expect(await store.setPaused(undefined, true)).toBe(true);
  expect(await store.setPaused(undefined, true)).toBe(false);
  expect(await claim(store)).toEqual([]);
  expect(await store.enabledScripts(LANGS)).toEqual([]);
  expect(await store.nextDueInMs(LANGS)).toBeUndefined();
  expect(await store.claimScripts([2, 3], TERMS)).toEqual([]);
  expect(await store.setPaused(undefined, false)).toBe(true);
  expect(await claim(store)).toEqual(["b"]);
});

describe("a requested run", () => {
  test.each<[string, (store: ScriptStore) => Promise<unknown>]>([
    ["that waits for its next start", runDue],
    ["that is paused", (store) => store.setPaused("a", true)],
    ["while all starts are paused", (store) => store.setPaused(undefined, true)],
    ["that is disabled", (store) => store.updateScript("a", { enabled: false })],
  ])("starts a script %s once, and leaves its schedule as it is", async (_, prepare) => {
    const { store, path } = await openWith("a");
    await prepare(store);
    const schedule = "SELECT due_at_ms, paused_at FROM script_schedule";
    const before = rows(path, schedule);
    expect(await store.nextDueInMs(LANGS)).not.toBe(0);
    const request = await store.requestRun("a");
    expect(await store.findRequestedRun(request)).toBeUndefined();
    expect(await store.nextDueInMs(LANGS)).toBe(0);
    const [run] = await store.claimDue(10, LANGS, TERMS);
    expect(run?.script).toMatchObject({ name: "a", code: "HALT" });
    expect(await store.findRequestedRun(request)).toBe(run?.runId);
    expect(rows(path, schedule)).toEqual(before);
    expect(await store.nextDueInMs(LANGS)).not.toBe(0);
    await store.finishRuns([{ runId: run?.runId ?? 0, ...OK }], TERMS);
    expect(await claim(store)).toEqual([]);
  });

  test("comes before the scripts that are due, in the order of the requests", async () => {
    const { store } = await openWith("a", "b", "c");
    await store.requestRun("c");
    await store.requestRun("b");
    expect(await claim(store)).toEqual(["c", "b", "a"]);
  });

  test("is served by a regular start, and one run serves all requests that wait", async () => {
    const { store, clock } = await openWith("a");
    const requests = [await store.requestRun("a"), await store.requestRun("a")];
    const [run] = await store.claimDue(10, LANGS, TERMS);
    for (const request of requests) expect(await store.findRequestedRun(request)).toBe(run?.runId);
    // It was due: that start is not repeated.
    await store.finishRuns([{ runId: run?.runId ?? 0, ...OK }], TERMS);
    expect(await claim(store)).toEqual([]);
    clock.advance(TERMS.intervalMs);
    expect(await claim(store)).toEqual(["a"]);
  });

  test("waits until the current run of its script has ended", async () => {
    const { store } = await openWith("a");
    const [first] = await store.claimDue(1, LANGS, TERMS);
    const request = await store.requestRun("a");
    expect(await store.nextDueInMs(LANGS)).toBeUndefined();
    expect(await claim(store)).toEqual([]);
    await store.finishRuns([{ runId: first?.runId ?? 0, ...OK }], TERMS);
    expect(await claim(store)).toEqual(["a"]);
    expect(await store.findRequestedRun(request)).not.toBe(first?.runId);
  });

  test("waits for a loop that runs its language", async () => {
    const { store } = await openWith("a");
    await store.addScript({ name: "p", lang: "python", code: "", enabled: false });
    await store.requestRun("p");
    expect(await claim(store, ["pixel"])).toEqual(["a"]);
    expect(await store.nextDueInMs(["pixel"])).toBeUndefined();
    expect(await claim(store, ["pixel", "python"])).toEqual(["p"]);
  });

  test("that fails counts as a failure of its script", async () => {
    const { store } = await openWith("a");
    await store.setPaused("a", true);
    await store.requestRun("a");
    const [run] = await store.claimDue(1, LANGS, TERMS);
    await store.finishRuns([{ runId: run?.runId ?? 0, ...OK, success: false }], TERMS);
    expect(await store.getScript("a")).toMatchObject({ failures: 1, runCount: 1 });
  });

  test("of an unknown or a refused script is an error", async () => {
    const { store, path } = await openWith("a");
    asOtherTool(path, (database) => {
      database.pragma("ignore_check_constraints = ON");
      database.exec("INSERT INTO improvement_scripts (name, lang, code) VALUES ('r', 'ruby', '')");
      database.exec(
        "INSERT INTO improvement_scripts (name, lang, code, enabled) VALUES ('off', 'ruby', '', 0)",
      );
      database.exec(
        "INSERT INTO improvement_scripts (id, name, lang, code) VALUES (9007199254740993, 'far', 'pixel', '')",
      );
    });
    await expect(store.requestRun("b")).rejects.toMatchObject({ code: "STORE_NO_SCRIPT" });
    for (const name of ["r", "off", "far"]) {
      await expect(store.requestRun(name), name).rejects.toMatchObject({
        code: "STORE_BAD_SCRIPT",
        message: expect.stringMatching(/^"\w+": /),
      });
    }
    await expect(store.findRequestedRun(99)).rejects.toMatchObject({
      code: "STORE_NO_REQUEST",
      message: expect.stringMatching(/`gvpie runs list`/),
    });
  });

  test("is forgotten a day after it ran, once another is made, and with its script", async () => {
    const { store, path, clock } = await openWith("a", "b", "c");
    const waited = await store.requestRun("a");
    clock.advance(86_400_000 * 3);
    const served = await store.requestRun("b");
    await runDue(store);
    clock.advance(86_400_000);
    await store.requestRun("c");
    expect(await store.findRequestedRun(waited)).toBe(1);
    expect(await store.findRequestedRun(served)).toBe(2);
    clock.advance(1);
    await store.requestRun("b");
    await expect(store.findRequestedRun(waited)).rejects.toMatchObject({ code: "STORE_NO_REQUEST" });
    await store.removeScript("b");
    await store.removeScript("c");
    expect(rows(path, "SELECT * FROM run_requests")).toEqual([]);
  });

  test("by another loop of the same store is claimed once", async () => {
    const { store, path, clock } = await openWith("a");
    await store.setPaused("a", true);
    const { store: other } = await openTestStore({ path, clock });
    await other.requestRun("a");
    const claimed = await Promise.all([store.claimDue(1, LANGS, TERMS), other.claimDue(1, LANGS, TERMS)]);
    expect(names(claimed.flat())).toEqual(["a"]);
  });
});

describe("renaming", () => {
  test("starts nothing, and keeps runs, options and schedule", async () => {
    const { store, path } = await openWith("a");
    await store.updateScript("a", { patchOptions: { width: 9 } });
    await runDue(store);
    const before = rows(path, "SELECT * FROM script_schedule");
    expect(await store.renameScript("a", "b")).toMatchObject({
      name: "b",
      runCount: 1,
      options: { width: 9 },
    });
    expect(rows(path, "SELECT * FROM script_schedule")).toEqual(before);
    expect(await claim(store)).toEqual([]);
    expect(await store.listRuns({ script: "b" })).toHaveLength(1);
    expect(await store.renameScript("b", "b")).toMatchObject({ name: "b" });
  });

  test.each<[string, string, StoreError["code"]]>([
    ["a", "b", "STORE_NAME_TAKEN"],
    ["z", "c", "STORE_NO_SCRIPT"],
    ["a", "", "STORE_BAD_SCRIPT"],
    ["a", "x\0", "STORE_BAD_SCRIPT"],
  ])("%j to %j: %s", async (from, to, code) => {
    const { store } = await openWith("a", "b");
    await expect(store.renameScript(from, to)).rejects.toMatchObject({ code });
    expect((await store.listScripts()).map(({ name }) => name)).toEqual(["a", "b"]);
  });
});

describe("versions of code", () => {
  test("are kept for edits here and by other programs, newest first", async () => {
    const { store, path } = await openWith("a");
    await store.updateScript("a", { code: "CLR" });
    await store.updateScript("a", { patchOptions: { width: 9 }, enabled: false });
    asOtherTool(path, (database) =>
      database.exec("UPDATE improvement_scripts SET lang = 'gvpie', code = 'PXL 1 1'"),
    );
    expect(await store.listVersions("a")).toMatchObject([
      { version: 2, lang: "pixel", codeBytes: 3 },
      { version: 1, lang: "pixel", codeBytes: 4 },
    ]);
    expect(await store.getVersion("a", 1)).toEqual({
      version: 1,
      lang: "pixel",
      codeBytes: 4,
      code: "HALT",
      replacedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/),
    });
    await expect(store.getVersion("a", 3)).rejects.toMatchObject({
      code: "STORE_NO_VERSION",
      message: '"a" has no version 3; `gvpie scripts versions a` lists the versions that are kept',
    });
    await expect(store.listVersions("b")).rejects.toMatchObject({ code: "STORE_NO_SCRIPT" });
    await store.removeScript("a");
    expect(rows(path, "SELECT * FROM script_versions")).toEqual([]);
  });

  test("are at most 50, and at most 4 MiB, of which the newest is always kept", async () => {
    const { store } = await openWith("a");
    for (let i = 0; i < 60; i++) await store.updateScript("a", { code: `TXT 1 1 ${i}` });
    const kept = (await store.listVersions("a")).map(({ version }) => version);
    expect(kept).toEqual(Array.from({ length: 50 }, (_, i) => 60 - i));
    const code = "é".repeat(1_000_000);
    for (const mark of "abc") await store.updateScript("a", { code: code + mark });
    await store.updateScript("a", { code: "HALT" });
    expect(await store.listVersions("a")).toMatchObject([
      { version: 64, codeBytes: 2_000_001 },
      { version: 63, codeBytes: 2_000_001 },
    ]);
    await store.updateScript("a", { code: "x".repeat(5_000_000) });
    await store.updateScript("a", { code: "CLR" });
    expect(await store.listVersions("a")).toMatchObject([{ version: 66, codeBytes: 5_000_000 }]);
    expect((await store.getVersion("a", 66)).code).toHaveLength(5_000_000);
  });
});

describe("edits that are made together", () => {
  test("are all made, in order", async () => {
    const { store } = await openWith("a", "b", "c");
    await store.editScripts([
      { type: "update", name: "a", changes: { code: "CLR", patchOptions: { intervalMs: 5 } } },
      { type: "remove", name: "b" },
      { type: "add", script: { name: "b", lang: "pixel", code: "NEW" } },
      { type: "pause", name: "c" },
      { type: "pause", name: "a" },
      { type: "resume", name: "a" },
    ]);
    expect(await store.listScripts()).toMatchObject([
      { name: "a", codeBytes: 3, options: { intervalMs: 5 } },
      { name: "c", pausedAt: expect.any(String) },
      { name: "b", id: 5 },
    ]);
    await store.editScripts([]);
  });

  test("are not made at all if one fails; the message names it", async () => {
    const { store } = await openWith("a", "b");
    const before = await store.listScripts();
    const mark = await store.changeMark();
    const edits = [
      { type: "remove", name: "a" },
      { type: "add", script: { name: "c", lang: "pixel", code: "HALT" } },
      { type: "update", name: "b", changes: { patchOptions: { width: 0 } } },
    ] as const;
    await expect(store.editScripts(edits)).rejects.toMatchObject({
      code: "STORE_BAD_SCRIPT",
      message: 'update "b": width: expected an integer from 1 to 4294967295, got 0',
    });
    expect(await store.listScripts()).toEqual(before);
    expect(await store.changeMark()).toBe(mark);
  });
});
