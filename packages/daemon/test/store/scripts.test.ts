import { MAX_CODE_BYTES, StoreError, type NewScript } from "@gvpie/daemon/store";
import { describe, expect, test } from "vitest";
import { asOtherTool, openTestStore, rows, TERMS, TestClock } from "../support/test-store.ts";

const HELLO: NewScript = { name: "hello", lang: "pixel", code: "TXT 1 1 hello" };

describe("scripts", () => {
  test("are added, listed, shown, changed and removed", async () => {
    const { store } = await openTestStore();
    const canvas = { width: 8, height: 4, background: "#123456" };
    const options = { ...canvas, intervalMs: 500, params: { time: '12:34 – "{x}"', _n: -7 } };
    const added = await store.addScript({ ...HELLO, options });
    expect(added).toMatchObject({ ...HELLO, enabled: true, codeBytes: 13, runCount: 0, options });
    expect(await store.getScript("hello")).toEqual(added);

    const { code: _, ...summary } = added;
    expect(await store.listScripts()).toEqual([summary]);

    expect(await store.updateScript("hello", { enabled: false })).toEqual({ ...added, enabled: false });
    expect(await store.updateScript("hello", { code: "HALT", lang: "gvpie", options: { width: 9 } })).toEqual(
      {
        ...added,
        enabled: false,
        code: "HALT",
        codeBytes: 4,
        lang: "gvpie",
        options: { width: 9 },
      },
    );
    expect(await store.updateScript("hello", { options: {} })).toMatchObject({ options: {} });

    expect(await store.removeScript("hello")).toEqual({ runs: 0 });
    expect(await store.listScripts()).toEqual([]);
  });

  test("are listed page by page", async () => {
    const { store } = await openTestStore();
    for (const name of ["a", "b", "c"]) await store.addScript({ ...HELLO, name });
    const [first, second] = await store.listScripts({ limit: 2 });
    expect([first?.name, second?.name]).toEqual(["a", "b"]);
    expect(await store.listScripts({ after: second?.id ?? 0 })).toMatchObject([{ name: "c" }]);
  });

  test("are removed with their runs and no other rows", async () => {
    const { store, path } = await openTestStore();
    await store.addScript(HELLO);
    await store.addScript({ ...HELLO, name: "other" });
    const claimed = await store.claimDue(2, ["pixel"], TERMS);
    const outcome = {
      success: true,
      stdout: "",
      stderr: "",
      durationMs: 1,
      cartridgePath: "x.png",
      fingerprint: "f",
    };
    await store.finishRuns(
      claimed.map(({ runId }) => Object.assign({ runId }, outcome)),
      TERMS,
    );
    expect(await store.removeScript("hello")).toEqual({ runs: 1 });
    expect(rows(path, "SELECT script_id FROM improvement_runs")).toEqual([{ script_id: 3 }]);
    expect(rows(path, "SELECT script_id FROM script_schedule")).toEqual([{ script_id: 3 }]);
    expect(rows(path, "SELECT script_id FROM script_renders")).toEqual([{ script_id: 3 }]);
  });

  test.each<[string, NewScript]>([
    ["an empty name", { ...HELLO, name: "" }],
    ["a name of 1,001 characters", { ...HELLO, name: "x".repeat(1_001) }],
    ["a name with NUL", { ...HELLO, name: "a\0b" }],
    ["a name with a lone surrogate", { ...HELLO, name: "\ud800" }],
    ["an unknown language", { ...HELLO, lang: "basic" as "pixel" }],
    ["code with a lone surrogate", { ...HELLO, code: "TXT 1 1 \udc00" }],
    ["code with NUL", { ...HELLO, code: "TXT 1 1 \0" }],
    ["too much code", { ...HELLO, code: "#".repeat(MAX_CODE_BYTES + 1) }],
    ["width 0", { ...HELLO, options: { width: 0 } }],
    ["width 1.5", { ...HELLO, options: { width: 1.5 } }],
    ["height 2³²", { ...HELLO, options: { height: 2 ** 32 } }],
    ["a negative interval", { ...HELLO, options: { intervalMs: -1 } }],
    ["an interval of over a year", { ...HELLO, options: { intervalMs: 31_536_000_001 } }],
    ["a background by name", { ...HELLO, options: { background: "teal" } }],
    ["a parameter's name with a space", { ...HELLO, options: { params: { "a b": 1 } } }],
    ["a parameter's name that starts with a digit", { ...HELLO, options: { params: { "1a": 1 } } }],
    ["a parameter's name of 65 letters", { ...HELLO, options: { params: { ["a".repeat(65)]: 1 } } }],
    ["a parameter that is not an integer", { ...HELLO, options: { params: { a: 0.5 } } }],
    ["a parameter that is neither text nor number", { ...HELLO, options: { params: { a: true as never } } }],
    ["a parameter with a lone surrogate", { ...HELLO, options: { params: { a: "\ud800" } } }],
    ["too many bytes of parameters", { ...HELLO, options: { params: { a: "é".repeat(32_768) } } }],
  ])("rejects %s with STORE_BAD_SCRIPT, and stores nothing", async (_, script) => {
    const { store } = await openTestStore();
    await expect(store.addScript(script)).rejects.toMatchObject({
      name: "StoreError",
      code: "STORE_BAD_SCRIPT",
    });
    expect(await store.listScripts()).toEqual([]);
  });

  test("stores no row for empty parameters, and passes on values written by another tool", async () => {
    const { store, path } = await openTestStore();
    await store.addScript({ ...HELLO, options: { params: {} } });
    expect(rows(path, "SELECT * FROM script_options")).toEqual([]);
    await store.updateScript("hello", { options: { params: { a: "1" } } });
    const put = (json: string): unknown =>
      asOtherTool(path, (database) => database.prepare("UPDATE script_options SET params = ?").run(json));
    put('{"a":[true],"__proto__":1}');
    const [claimed] = await store.claimDue(1, ["pixel"], TERMS);
    expect(JSON.stringify(claimed?.script.options)).toBe('{"params":{"a":[true],"__proto__":1}}');
    expect(() => put("{")).toThrow(/CHECK constraint failed/);
    expect(() => put(`"${"x".repeat(65_536)}"`)).toThrow(/CHECK constraint failed/);
  });

  test("a failed change does not alter the script", async () => {
    const { store } = await openTestStore();
    const before = await store.addScript(HELLO);
    const change = store.updateScript("hello", { code: "HALT", options: { width: -1 } });
    await expect(change).rejects.toThrow(StoreError);
    expect(await store.getScript("hello")).toEqual(before);
  });

  test("a second script of the same name is STORE_NAME_TAKEN", async () => {
    const { store } = await openTestStore();
    await store.addScript(HELLO);
    await expect(store.addScript(HELLO)).rejects.toMatchObject({ code: "STORE_NAME_TAKEN" });
  });

  test("an unknown name is STORE_NO_SCRIPT", async () => {
    const { store } = await openTestStore();
    const code = "STORE_NO_SCRIPT";
    await expect(store.getScript("missing")).rejects.toMatchObject({
      code,
      message: expect.stringContaining('"missing"'),
    });
    await expect(store.updateScript("missing", {})).rejects.toMatchObject({ code });
    await expect(store.removeScript("missing")).rejects.toMatchObject({ code });
  });

  test("reads values stored by another tool within bounds", async () => {
    const { store, path } = await openTestStore();
    asOtherTool(path, (database) => {
      const insert = database.prepare(
        "INSERT INTO improvement_scripts (name, lang, code) VALUES (?, 'pixel', ?)",
      );
      insert.run(Buffer.from("bytes"), Buffer.from("TXT 1 1 bytes"));
      insert.run("long ".repeat(1_000), "HALT");
      insert.run("huge", "#".repeat(MAX_CODE_BYTES + 1));
    });
    expect(await store.listScripts()).toMatchObject([
      { name: "bytes", codeBytes: 13 },
      { name: "long ".repeat(200) },
      { name: "huge", codeBytes: MAX_CODE_BYTES + 1 },
    ]);
    asOtherTool(path, (database) => {
      database.exec(
        "UPDATE improvement_scripts SET created_at = x'4142', last_run_at = 5, run_count = 'many', enabled = 'on'",
      );
      database.exec(
        "INSERT INTO improvement_runs (script_id, started_at, backend, duration_ms) VALUES (2, x'43', hex(zeroblob(9999)), 'x')",
      );
    });
    expect(await store.getScript("bytes")).toMatchObject({
      createdAt: "AB",
      lastRunAt: "5",
      runCount: 0,
      enabled: false,
    });
    expect(await store.listRuns()).toMatchObject([{ startedAt: "C", backend: undefined, durationMs: 0 }]);
    asOtherTool(path, (database) => database.exec("UPDATE improvement_scripts SET enabled = 1"));
    await expect(store.getScript("huge")).rejects.toMatchObject({ code: "STORE_BAD_SCRIPT" });
    const claimed = await store.claimDue(9, ["pixel"], TERMS);
    expect(claimed.map(({ script }) => script.code)).toEqual(["TXT 1 1 bytes", "HALT", undefined]);
  });
});

describe("names that other programs stored", () => {
  test("are the ones of the list: too long, not UTF-8, with NUL, or those of two scripts", async () => {
    const { store, path } = await openTestStore();
    asOtherTool(path, (database) =>
      database.exec(`INSERT INTO improvement_scripts (name, lang, code) VALUES
        (x'ff6f', 'pixel', 'HALT'), (hex(zeroblob(2000)), 'pixel', 'HALT'), (x'6e0075', 'pixel', 'HALT'),
        (x'ff', 'pixel', 'HALT'), (x'fe', 'pixel', 'HALT'), (hex(zeroblob(1048576)), 'pixel', 'HALT')`),
    );
    const names = (await store.listScripts()).map(({ name }) => name);
    expect(names).toHaveLength(6);
    for (const name of names.filter((one) => one !== "\ufffd")) {
      expect(await store.getScript(name)).toMatchObject({ name, code: "HALT" });
      await store.listRuns({ script: name });
      await store.renameScript(name, `renamed ${name.length}`);
    }
    await expect(store.getScript("\ufffd")).rejects.toMatchObject({
      code: "STORE_NO_SCRIPT",
      message: expect.stringMatching(
        /^several scripts are listed by the name ".*"; change their names by SQL$/,
      ),
    });
  });
});

describe("runs", () => {
  test("are listed newest first, by script and page by page", async () => {
    const clock = new TestClock();
    const { store } = await openTestStore({ clock });
    await store.addScript({ ...HELLO, options: { intervalMs: 0 } });
    await store.addScript({ ...HELLO, name: "other" });
    for (let i = 0; i < 3; i++) {
      clock.advance(1);
      for (const { runId } of await store.claimDue(2, ["pixel"], TERMS)) {
        await store.finishRuns(
          [{ runId, success: true, stdout: `run ${runId}`, stderr: "", durationMs: 1 }],
          TERMS,
        );
      }
    }
    expect((await store.listRuns()).map((run) => run.scriptName)).toEqual([
      "hello",
      "hello",
      "other",
      "hello",
    ]);
    expect((await store.listRuns({ script: "other" })).map((run) => run.id)).toEqual([2]);
    expect((await store.listRuns({ script: "hello", before: 4, limit: 1 })).map((run) => run.id)).toEqual([
      3,
    ]);
    await expect(store.listRuns({ script: "othr" })).rejects.toMatchObject({
      code: "STORE_NO_SCRIPT",
      message: expect.stringContaining('did you mean "other"?'),
    });
    expect(await store.getRun(3)).toEqual({
      id: 3,
      scriptId: 2,
      scriptName: "hello",
      lang: "pixel",
      startedAt: expect.stringMatching(/Z$/),
      finishedAt: expect.stringMatching(/Z$/),
      success: true,
      stdout: "run 3",
      stderr: "",
      durationMs: 1,
      backend: undefined,
      cartridgePath: undefined,
    });
    expect(await store.getRun(99)).toBeUndefined();
  });

  test("stay when another tool removes their script", async () => {
    const { store, path } = await openTestStore();
    await store.addScript(HELLO);
    const [run] = await store.claimDue(1, ["pixel"], TERMS);
    asOtherTool(path, (database) => database.exec("DELETE FROM improvement_scripts"));
    const finished = await store.finishRuns(
      [
        {
          runId: run?.runId ?? 0,
          success: true,
          stdout: "",
          stderr: "",
          durationMs: 1,
          cartridgePath: "x",
          fingerprint: "f",
        },
      ],
      TERMS,
    );
    expect(finished.size).toBe(1);
    expect(await store.listRuns()).toMatchObject([{ success: true, scriptName: undefined, lang: undefined }]);
    expect(rows(path, "SELECT * FROM script_schedule")).toEqual([]);
  });
});
