// The capabilities of scripts, and of their runs, in real databases that other programs write too.

import { MAX_CAPABILITY_BYTES, openReader, openStore, type ScriptStore } from "@gvpie/daemon/store";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { asOtherTool, fromFixture, hashOf, openTestStore, rows, TERMS } from "../support/test-store.ts";

const HELLO = { name: "hello", lang: "pixel", code: "TXT 1 1 hello" } as const;
const TOKEN = "eyJhbGciOiJFZERTQSJ9.e30.AAAA~eyJhbGciOiJFZERTQSJ9.e30.BBBB";
const IDS = { root: "id of the first block", leaf: "id of the last block" };
const OUTCOME = { success: true, stdout: "", stderr: "", durationMs: 1 };

/** Claims the script and records a run with a capability; returns the id of the run. */
async function recordRun(store: ScriptStore): Promise<number> {
  const [script] = await store.enabledScripts(["pixel"]);
  const [run] = await store.claimScripts([script ?? 0], TERMS);
  const runId = run?.runId ?? 0;
  await store.finishRuns([{ runId, ...OUTCOME, capability: IDS }], TERMS);
  return runId;
}

describe("the capability of a script", () => {
  test("is an option: added, shown, claimed, replaced and removed", async () => {
    const { store, path } = await openTestStore();
    const options = { width: 8, capability: TOKEN };
    expect(await store.addScript({ ...HELLO, options })).toMatchObject({ options });
    expect((await store.listScripts())[0]?.options).toEqual(options);
    expect((await store.claimDue(1, ["pixel"], TERMS))[0]?.script.options).toEqual(options);
    await using reader = await openReader({ path });
    expect((await reader.getScript("hello")).options).toEqual(options);
    await store.updateScript("hello", { options: { capability: "other" } });
    expect((await store.getScript("hello")).options).toEqual({ capability: "other" });
    await store.updateScript("hello", { options: {} });
    expect(rows(path, "SELECT * FROM script_options")).toEqual([]);
  });

  test.each([
    ["an empty one", "", /expected the text of a capability/],
    ["one with a line feed", "a.b.c\n", /without spaces or line feeds, got "a\.b\.c\\n"/],
    ["one of 8,193 bytes", "a".repeat(MAX_CAPABILITY_BYTES + 1), /at most 8192 bytes, got 8193/],
  ])("%s is STORE_BAD_SCRIPT, and changes nothing", async (_, capability, message) => {
    const { store } = await openTestStore();
    const before = await store.addScript({ ...HELLO, options: { width: 8 } });
    for (const changes of [{ options: { capability } }, { patchOptions: { capability } }]) {
      const changed = store.updateScript("hello", changes);
      await expect(changed).rejects.toMatchObject({ code: "STORE_BAD_SCRIPT", message });
    }
    expect(await store.getScript("hello")).toEqual(before);
  });

  test("written by another program is never taken for none, however it looks", async () => {
    const { store, path } = await openTestStore();
    await store.addScript({ ...HELLO, options: { capability: TOKEN } });
    const put = (value: string | Buffer): unknown =>
      asOtherTool(path, (database) => {
        database.pragma("ignore_check_constraints = ON");
        return database.prepare("UPDATE script_options SET capability = ?").run(value);
      });
    const read = async (): Promise<unknown> => (await store.getScript("hello")).options.capability;
    put("");
    expect(await read()).toBe("");
    put(Buffer.from("bytes"));
    expect(await read()).toBe("bytes");
    put("€".repeat(MAX_CAPABILITY_BYTES));
    expect(await read()).toBe("(a capability of 24576 bytes)");
    put("x".repeat(1_000_000));
    expect(await read()).toBe("(a capability of 1000000 bytes)");
    expect((await store.claimDue(1, ["pixel"], TERMS))[0]?.script.options.capability).toBe(await read());
  });
});

describe("patchOptions", () => {
  test("keeps what it does not name, and null removes", async () => {
    const { store, path } = await openTestStore();
    const options = { width: 8, height: 4, background: "#123", intervalMs: 500, params: { a: 1, b: "2" } };
    await store.addScript({ ...HELLO, options });
    const patch = async (patchOptions: object): Promise<object> =>
      (await store.updateScript("hello", { patchOptions })).options;
    expect(await patch({ capability: TOKEN })).toEqual({ ...options, capability: TOKEN });
    expect(await patch({ width: 9, height: undefined, background: null })).toEqual({
      width: 9,
      height: 4,
      intervalMs: 500,
      params: { a: 1, b: "2" },
      capability: TOKEN,
    });
    expect(await patch({ params: { a: null, b: undefined, c: 3 } })).toMatchObject({
      params: { b: "2", c: 3 },
    });
    expect(await patch({ params: null, width: null, height: null })).toEqual({
      intervalMs: 500,
      capability: TOKEN,
    });
    expect(await patch({})).toEqual({ intervalMs: 500, capability: TOKEN });
    expect(await patch({ intervalMs: null, capability: null })).toEqual({});
    expect(rows(path, "SELECT * FROM script_options")).toEqual([]);
    expect(await patch({ width: null })).toEqual({});
    expect(await patch({ params: { time: "12:34" } })).toEqual({ params: { time: "12:34" } });
  });

  test("starts the script at once, unless it changes nothing", async () => {
    const { store } = await openTestStore();
    await store.addScript({ ...HELLO, options: { width: 8, params: { a: 1, b: 2 } } });
    await recordRun(store);
    expect(await store.claimDue(1, ["pixel"], TERMS)).toEqual([]);
    await store.updateScript("hello", { patchOptions: { width: 8, height: null, params: { b: 2 } } });
    expect(await store.claimDue(1, ["pixel"], TERMS)).toEqual([]);
    await store.updateScript("hello", { patchOptions: { capability: TOKEN } });
    expect(await store.claimDue(1, ["pixel"], TERMS)).toHaveLength(1);
  });

  test("of two processes at the same time, for different options and parameters, all stay", async () => {
    const { store, path } = await openTestStore();
    await store.addScript(HELLO);
    const { store: other } = await openTestStore({ path });
    const changes = Array.from({ length: 20 }, (_, i) => ({
      params: { [`p${i}`]: i },
      ...(i === 3 && { width: 7 }),
      ...(i === 4 && { capability: TOKEN }),
      ...(i === 5 && { intervalMs: 600 }),
    }));
    await Promise.all(
      changes.map((patchOptions, i) => (i % 2 === 0 ? store : other).updateScript("hello", { patchOptions })),
    );
    const params = Object.fromEntries(changes.map((_, i) => [`p${i}`, i]));
    const { options } = await store.getScript("hello");
    expect(options).toEqual({ width: 7, intervalMs: 600, capability: TOKEN, params });
  });

  test("is checked as a whole: a bad option changes nothing, also no code", async () => {
    const { store } = await openTestStore();
    const before = await store.addScript({ ...HELLO, options: { params: { a: "é".repeat(20_000) } } });
    for (const patchOptions of [
      { width: 0 },
      { height: 4, background: "teal" },
      { params: { "a b": 1 } },
      { params: { b: "é".repeat(20_000) } },
    ]) {
      const changed = store.updateScript("hello", { code: "HALT", patchOptions });
      await expect(changed).rejects.toMatchObject({ code: "STORE_BAD_SCRIPT" });
    }
    const both = store.updateScript("hello", { options: {}, patchOptions: {} });
    await expect(both).rejects.toThrow("expected options or patchOptions, got both");
    expect(await store.getScript("hello")).toEqual(before);
  });

  test("does not touch the values of other programs in other columns", async () => {
    const { store, path } = await openTestStore();
    await store.addScript({ ...HELLO, options: { width: 8, params: { a: 1 } } });
    const foreign = `{"a":[true]}`;
    asOtherTool(path, (database) => database.prepare("UPDATE script_options SET params = ?").run(foreign));
    await store.updateScript("hello", { patchOptions: { width: 9 } });
    expect(rows(path, "SELECT width, params FROM script_options")).toEqual([{ width: 9, params: foreign }]);
  });
});

describe("the capability of a run", () => {
  test("is recorded with it, listed, and absent for a run without one", async () => {
    const { store, path } = await openTestStore();
    await store.addScript({ ...HELLO, options: { intervalMs: 0 } });
    const runId = await recordRun(store);
    const [run] = await store.claimScripts(await store.enabledScripts(["pixel"]), TERMS);
    await store.finishRuns([{ runId: run?.runId ?? 0, ...OUTCOME }], TERMS);
    const [second, first] = await store.listRuns();
    expect(first).toMatchObject({ id: runId, capability: IDS });
    expect(second).not.toHaveProperty("capability");
    await using reader = await openReader({ path });
    expect(await reader.getRun(runId)).toMatchObject({ capability: IDS });
  });

  test.each([
    ["the store", async (store: ScriptStore) => void (await store.removeScript("hello"))],
    [
      "another program, without foreign keys",
      async (_: ScriptStore, path: string) =>
        void asOtherTool(path, (database) => database.exec("DELETE FROM improvement_runs")),
    ],
  ])("is removed with its run by %s", async (_, remove) => {
    const { store, path } = await openTestStore();
    await store.addScript(HELLO);
    await recordRun(store);
    expect(rows(path, "SELECT count(*) AS n FROM run_capabilities")).toEqual([{ n: 1 }]);
    await remove(store, path);
    expect(rows(path, "SELECT * FROM run_capabilities")).toEqual([]);
  });

  test("is recorded although another program left a row for the id of the run", async () => {
    const { store, path } = await openTestStore();
    await store.addScript(HELLO);
    asOtherTool(path, (database) => database.exec("INSERT INTO run_capabilities VALUES (1, 'a', 'b')"));
    expect(await recordRun(store)).toBe(1);
    expect(await store.getRun(1)).toMatchObject({ success: true, capability: IDS });
  });

  test("a column named like one of ours in the public tables is no obstacle", async () => {
    const { store, path } = await openTestStore();
    asOtherTool(path, (database) => {
      database.exec("ALTER TABLE improvement_runs ADD COLUMN root TEXT");
      database.exec("ALTER TABLE improvement_runs ADD COLUMN leaf TEXT");
      database.exec("ALTER TABLE improvement_scripts ADD COLUMN capability TEXT");
    });
    await store.addScript({ ...HELLO, options: { capability: TOKEN } });
    const runId = await recordRun(store);
    expect(await store.getRun(runId)).toMatchObject({ capability: IDS });
  });
});

describe("a store of the third version", () => {
  test("is migrated in place with every row, and gains capabilities", async () => {
    const path = join(temporaryDirectory(), "daemon.db");
    fromFixture("version-3", path);
    const tables = ["improvement_scripts", "improvement_runs", "script_schedule", "script_renders"];
    const read = (): unknown[] => tables.map((table) => rows(path, `SELECT * FROM ${table}`));
    const before = read();
    const { store } = await openTestStore({ path });
    // The schedule has gained columns.
    expect(read()).toMatchObject(before);
    const options = { width: 32, height: 16, background: "#123456", intervalMs: 500 };
    expect(await store.getScript("panel")).toMatchObject({ options });
    expect(await store.getScript("clock")).toMatchObject({ options: { params: { time: "12:34" } } });
    await store.updateScript("panel", { patchOptions: { capability: TOKEN } });
    expect((await store.getScript("panel")).options).toEqual({ ...options, capability: TOKEN });
    // The cartridge of an equal drawing is still found.
    expect(await store.findRender(4, "f00d")).toBe("cartridges/panel_1_1.png");
  });

  test.each([
    ["a table run_capabilities", "CREATE TABLE run_capabilities (theirs)", "STORE_FOREIGN"],
    ["a column capability", "ALTER TABLE script_options ADD COLUMN capability", "STORE_FOREIGN"],
    [
      "a trigger on runs",
      "CREATE TRIGGER t AFTER DELETE ON improvement_runs BEGIN SELECT 1; END",
      "STORE_FOREIGN",
    ],
  ])("with %s of another program is refused, and not changed", async (_, sql, code) => {
    const path = join(temporaryDirectory(), "daemon.db");
    fromFixture("version-3", path);
    asOtherTool(path, (database) => database.exec(sql));
    const before = hashOf(path);
    await expect(openStore({ path })).rejects.toMatchObject({ code });
    expect(hashOf(path)).toBe(before);
  });
});

test.each([
  [
    "a trigger of another program on run_capabilities",
    "CREATE TRIGGER t AFTER INSERT ON run_capabilities BEGIN SELECT 1; END",
    "STORE_FOREIGN",
    /the trigger "t" on run_capabilities.*DROP TRIGGER/,
  ],
  [
    "a missing trigger of ours",
    "DROP TRIGGER improvement_runs_removed",
    "STORE_CORRUPT",
    /the trigger improvement_runs_removed is missing/,
  ],
])("%s is refused", async (_, sql, code, message) => {
  const { store, path } = await openTestStore();
  await store.close();
  asOtherTool(path, (database) => database.exec(sql));
  await expect(openStore({ path })).rejects.toMatchObject({ code, message });
});
