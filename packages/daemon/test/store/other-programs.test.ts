import { createDaemon, type DaemonEvent } from "@gvpie/daemon";
import { LANGS, type ScriptStore } from "@gvpie/daemon/store";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import Database from "better-sqlite3";
import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { asOtherTool, fromFixture, openTestStore, rows, TERMS } from "../support/test-store.ts";

const MAX = Number.MAX_SAFE_INTEGER;

async function runAll(store: ScriptStore): Promise<string[]> {
  const claimed = await store.claimDue(99, LANGS, TERMS);
  const outcome = { success: true, stdout: "", stderr: "", durationMs: 1 };
  await store.finishRuns(
    claimed.map(({ runId }) => Object.assign({ runId }, outcome)),
    TERMS,
  );
  return claimed.map(({ script }) => script.name).sort();
}

describe("one rule for `enabled`, in SQL: the list and the loop agree", () => {
  const VALUES = [
    ["1", true],
    ["0", false],
    ["NULL", false],
    ["2", true],
    ["-1", true],
    ["1.0", true],
    ["0.0", false],
    ["0.5", true],
    ["9e999", true],
    ["9223372036854775807", true],
    ["'1'", true],
    ["' 1'", true],
    ["'0'", false],
    ["'1abc'", true],
    ["''", false],
    ["'true'", false],
    ["'yes'", false],
    ["'false'", false],
    ["x'31'", true],
    ["x'78'", false],
    ["x''", false],
  ] as const;

  test.each(["a new store", "an old database"])("in %s", async (kind) => {
    const path = join(temporaryDirectory(), "daemon.db");
    const insert = (): void =>
      asOtherTool(path, (database) => {
        for (const [value] of VALUES) {
          database
            .prepare(
              `INSERT INTO improvement_scripts (name, lang, code, enabled) VALUES (?, 'pixel', 'HALT', ${value})`,
            )
            .run(value);
        }
      });
    fromFixture("old-full", path);
    asOtherTool(path, (database) => database.exec("DELETE FROM improvement_scripts"));
    if (kind === "an old database") insert();
    const { store } = await openTestStore({ path });
    if (kind === "a new store") insert();
    const listed = await store.listScripts();
    expect(listed.map(({ name, enabled }) => [name, enabled])).toEqual(VALUES);
    const enabled = listed.filter((script) => script.enabled).map(({ name }) => name);
    expect(await store.enabledScripts(LANGS)).toHaveLength(enabled.length);
    expect(await runAll(store)).toEqual(enabled.sort());
  });

  test("editing a script keeps its state", async () => {
    const { store, path } = await openTestStore();
    for (const [name, value] of [
      ["off", "'yes'"],
      ["on", "'7'"],
    ]) {
      asOtherTool(path, (database) =>
        database.exec(
          `INSERT INTO improvement_scripts (name, lang, code, enabled) VALUES ('${name}', 'pixel', 'HALT', ${value})`,
        ),
      );
    }
    expect(await store.updateScript("off", { code: "# 1" })).toMatchObject({ enabled: false });
    expect(await store.updateScript("on", { code: "# 1" })).toMatchObject({ enabled: true });
    expect(await store.updateScript("off", { enabled: true })).toMatchObject({ enabled: true });
    expect(await runAll(store)).toEqual(["off", "on"]);
  });
});

describe("ids at and beyond the border of a number", () => {
  const IDS = [
    "-9223372036854775808",
    "-9007199254740993",
    "-9007199254740992",
    "-9007199254740991",
    "-1",
    "0",
    "9007199254740990",
    "9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "9223372036854775806",
    "9223372036854775807",
  ];
  const RUNNABLE = IDS.filter((id) => Number.isSafeInteger(Number(id)));
  const insertScripts = (path: string): void =>
    asOtherTool(path, (database) => {
      for (const id of IDS) {
        database.exec(
          `INSERT INTO improvement_scripts (id, name, lang, code) VALUES (${id}, '${id}', 'pixel', 'HALT')`,
        );
      }
    });

  test.each(["after", "before"])(
    "scripts inserted %s the migration are listed once, and run or refused",
    async (when) => {
      const path = join(temporaryDirectory(), "daemon.db");
      fromFixture("old-full", path);
      asOtherTool(path, (database) => database.exec("DELETE FROM improvement_scripts"));
      if (when === "before") insertScripts(path);
      const { store } = await openTestStore({ path });
      await store.addScript({ name: "plain", lang: "pixel", code: "HALT" });
      if (when === "after") insertScripts(path);

      const listed = [];
      for (let after; ; after = listed.at(-1)?.id) {
        const page = await store.listScripts({ limit: 3, ...(after !== undefined && { after }) });
        if (page.length === 0) break;
        listed.push(...page);
        expect(listed.length).toBeLessThanOrEqual(IDS.length + 1);
      }
      const named = listed.filter(({ name }) => name !== "plain");
      expect(named.map(({ id, name }) => [String(id), name])).toEqual(IDS.map((id) => [id, id]));
      expect(named.map(({ enabled, refused }) => refused ?? enabled)).toEqual(
        IDS.map((id) => RUNNABLE.includes(id) || `id: expected an integer within ±(2⁵³ − 1), got ${id}`),
      );
      expect(await runAll(store)).toEqual([...RUNNABLE, "plain"].sort());
      expect(await runAll(store)).toEqual([]);
      for (const id of IDS) expect(await store.getScript(id)).toMatchObject({ name: id });
      expect(await store.removeScript("9223372036854775807")).toEqual({ runs: 0 });
      expect(await store.removeScript("9007199254740992")).toEqual({ runs: 0 });
      expect(await store.getScript("9007199254740993")).toMatchObject({ name: "9007199254740993" });
    },
  );

  test("scripts are added after a script and a sequence at the end of the range", async () => {
    const { store, path } = await openTestStore();
    insertScripts(path);
    await store.addScript({ name: "new", lang: "pixel", code: "HALT" });
    const { id } = await store.addScript({ name: "newer", lang: "pixel", code: "HALT" });
    expect(id).toBeLessThan(MAX);
    expect(await runAll(store)).toContain("newer");
  });

  test("runs with these ids are listed and shown, and new runs are recorded", async () => {
    const { store, path } = await openTestStore();
    await store.addScript({ name: "a", lang: "pixel", code: "HALT", options: { intervalMs: 0 } });
    asOtherTool(path, (database) => {
      for (const id of IDS) {
        database.exec(
          `INSERT INTO improvement_runs (id, script_id, started_at, stdout) VALUES (${id}, 2, 'then', '${id}')`,
        );
      }
    });
    const [first] = await store.claimScripts([2], TERMS);
    expect(first?.runId).toSatisfy(Number.isSafeInteger);
    const outcome = { success: true, stdout: "ours", stderr: "", durationMs: 1 };
    expect(await store.finishRuns([{ runId: first?.runId ?? 0, ...outcome }], TERMS)).toEqual(
      new Set([first?.runId]),
    );
    const [second] = await store.claimScripts([2], TERMS);
    expect(second?.runId).toBe(Number(first?.runId) + 1);

    const listed = [];
    for (let before; ; before = listed.at(-1)?.id) {
      const page = await store.listRuns({ script: "a", limit: 4, ...(before !== undefined && { before }) });
      if (page.length === 0) break;
      listed.push(...page);
      expect(listed.length).toBeLessThanOrEqual(IDS.length + 2);
    }
    const theirs = listed.filter(({ startedAt }) => startedAt === "then");
    expect(theirs.map(({ id, stdout }) => [String(id), stdout])).toEqual(
      IDS.toReversed().map((id) => [id, id]),
    );
    for (const { id, stdout } of theirs) expect(await store.getRun(id)).toMatchObject({ id, stdout });
  });

  test.each(["9223372036854775807", "9007199254740991", "9007199254740990"])(
    "a sequence at %s without a row does not stop runs",
    async (seq) => {
      const { store, path } = await openTestStore();
      await store.addScript({ name: "a", lang: "pixel", code: "HALT", options: { intervalMs: 0 } });
      asOtherTool(path, (database) => {
        database.exec("INSERT INTO improvement_runs (script_id, started_at) VALUES (2, 'then')");
        database.exec(`UPDATE sqlite_sequence SET seq = ${seq}`);
      });
      for (let i = 0; i < 3; i++) {
        const [run] = await store.claimScripts([2], TERMS);
        expect(run?.runId).toSatisfy(Number.isSafeInteger);
        const outcome = { success: true, stdout: "", stderr: "", durationMs: 1 };
        await store.finishRuns([{ runId: run?.runId ?? 0, ...outcome }], TERMS);
      }
      expect(await store.addScript({ name: "b", lang: "pixel", code: "HALT" })).toMatchObject({ name: "b" });
      expect(await store.listRuns()).toHaveLength(4);
    },
  );

  test.each([2, 1])("a request with the largest id, for script %d, does not stop requests", async (other) => {
    const { store, path } = await openTestStore();
    await store.addScript({ name: "a", lang: "pixel", code: "HALT" });
    asOtherTool(path, (database) => {
      const columns = "INSERT INTO run_requests (id, script_id, requested_at) VALUES";
      database.exec(`${columns} (9223372036854775807, ${other}, 'then')`);
    });
    const request = await store.requestRun("a");
    expect(request).toBe(1);
    expect(await store.findRequestedRun(request)).toBeUndefined();
    const [run] = await store.claimScripts([2], TERMS);
    expect(await store.findRequestedRun(request)).toBe(run?.runId);
  });

  test.each([
    ["text and bytes", "a", "CAST('a' AS BLOB)"],
    ["a name and one that is cut to it", "a".repeat(1_000), `'${"a".repeat(1_001)}'`],
  ])("a name that two scripts are listed by never means one of them: %s", async (_, name, other) => {
    const { store, path } = await openTestStore();
    await store.addScript({ name, lang: "pixel", code: "HALT" });
    expect(await store.getScript(name)).toMatchObject({ name, code: "HALT" });
    asOtherTool(path, (database) => {
      const columns = "INSERT INTO improvement_scripts (name, lang, code) VALUES";
      database.exec(`${columns} (${other}, 'pixel', 'RECT 0 0 1 1')`);
    });
    for (const use of [store.getScript(name), store.requestRun(name), store.removeScript(name)]) {
      await expect(use).rejects.toThrow(/several scripts are listed by the name/);
    }
  });

  test("numbers of other columns are read within the range, as whole numbers", async () => {
    const { store, path } = await openTestStore();
    await store.addScript({ name: "a", lang: "pixel", code: "HALT", options: { width: 1 } });
    for (const [value, read] of [
      ["9223372036854775807", MAX],
      ["-9223372036854775808", -MAX],
      ["9e999", MAX],
      ["-9e999", -MAX],
      ["1.9", 1],
      ["'many'", 0],
      ["x'00'", 0],
    ] as const) {
      asOtherTool(path, (database) => {
        database.pragma("ignore_check_constraints = ON");
        database.exec(`UPDATE improvement_scripts SET run_count = ${value}, success_count = ${value}`);
        database.exec(`UPDATE script_options SET width = ${value}, interval_ms = ${value}`);
        database.exec(
          `INSERT INTO improvement_runs (script_id, started_at, duration_ms) VALUES (2, 'then', ${value})`,
        );
      });
      const options = { width: read, intervalMs: read };
      expect(await store.listScripts()).toMatchObject([{ runCount: read, successCount: read, options }]);
      expect(await store.listRuns({ limit: 1 })).toMatchObject([{ durationMs: read }]);
      const [run] = await store.claimScripts([2], TERMS);
      expect(run).toBeDefined();
      const outcome = { success: true, stdout: "", stderr: "", durationMs: 1 };
      expect((await store.finishRuns([{ runId: run?.runId ?? 0, ...outcome }], TERMS)).size).toBe(1);
    }
  });
});

test("a loop runs the other scripts, and reports each script that it refuses", async () => {
  const { store, path } = await openTestStore();
  asOtherTool(path, (database) => {
    for (let i = 0; i < 25; i++) {
      const id = 2n ** 53n + BigInt(i);
      database.exec(
        `INSERT INTO improvement_scripts (id, name, lang, code) VALUES (${id}, 'far ${i}', 'pixel', 'HALT')`,
      );
    }
  });
  for (let i = 0; i < 250; i++) await store.addScript({ name: `near ${i}`, lang: "pixel", code: "HALT" });
  const events: DaemonEvent[] = [];
  const daemon = createDaemon({
    store,
    cartridges: temporaryDirectory(),
    runners: {},
    onEvent: (event) => events.push(event),
  });
  expect(await daemon.runOnce()).toHaveLength(250);
  expect(events.map(({ message }) => message)).toEqual([
    ...Array.from({ length: 20 }, (_, i) => {
      return `the script "far ${i}" never runs: id: expected an integer within ±(2⁵³ − 1), got ${2n ** 53n + BigInt(i)}`;
    }),
    "5 more scripts never run",
  ]);
});

describe("tables without the constraints of the store", () => {
  const LOOSE = `
    CREATE TABLE improvement_scripts (id INTEGER PRIMARY KEY, name, lang, code, enabled, created_at, last_run_at, run_count, success_count);
    CREATE TABLE improvement_runs (id INTEGER PRIMARY KEY, script_id, started_at, finished_at, success, stdout, stderr, duration_ms);`;

  test.each(["UTF-8", "UTF-16"])(
    "every row is listed, and run or refused with a reason: %s",
    async (encoding) => {
      const path = join(temporaryDirectory(), "daemon.db");
      asOtherTool(path, (database) => {
        database.pragma(`encoding = '${encoding}'`);
        database.exec(LOOSE);
        database.exec(`INSERT INTO improvement_scripts (name, lang, code, enabled) VALUES
        (NULL, 'pixel', 'HALT', 1), ('no code', 'pixel', NULL, 1), ('no language', NULL, 'HALT', 1),
        ('case', 'Pixel', 'HALT', 1), ('other', 'perl', 'HALT', 1), ('blob', x'706978656c', 'HALT', 1),
        ('same', 'pixel', 'HALT', 1), ('same', 'pixel', 'HALT', 'true'), ('text', 'pixel', 'HALT', '1');
        INSERT INTO improvement_runs (script_id, success) VALUES (NULL, 'yes'), ('nine', 1), (x'00', NULL)`);
      });
      const { store } = await openTestStore({ path });
      const listed = await store.listScripts();
      expect(
        listed.map(({ name, enabled, refused }) => [name, enabled ? "runs" : (refused ?? "off")]),
      ).toEqual([
        ["", "runs"],
        ["no code", "runs"],
        ["no language", "lang: expected pixel, gvpie, cartridge, python; got a value that is not text"],
        ["case", 'lang: expected pixel, gvpie, cartridge, python; got "Pixel"'],
        ["other", 'lang: expected pixel, gvpie, cartridge, python; got "perl"'],
        ["blob", "lang: expected pixel, gvpie, cartridge, python; got a value that is not text"],
        ["same", "runs"],
        ["same", "off"],
        ["text", "runs"],
      ]);
      expect(await runAll(store)).toEqual(["", "no code", "same", "text"]);
      const runs = await store.listRuns();
      expect(runs.map(({ scriptId, success }) => [scriptId, success])).toEqual([
        ...[9, 7, 2, 1].map((scriptId) => [scriptId, true]),
        [0, undefined],
        [0, true],
        [0, false],
      ]);
    },
  );

  test.each([
    [
      "without row ids",
      "id INTEGER PRIMARY KEY, name UNIQUE, lang, code, enabled, created_at, last_run_at, run_count, success_count) WITHOUT ROWID",
    ],
    [
      "with text ids",
      "id TEXT PRIMARY KEY, name, lang, code, enabled, created_at, last_run_at, run_count, success_count)",
    ],
    [
      "with ids that may be NULL",
      "id INT PRIMARY KEY, name, lang, code, enabled, created_at, last_run_at, run_count, success_count)",
    ],
    [
      "with a key of two columns",
      "id INTEGER, name, lang, code, enabled, created_at, last_run_at, run_count, success_count, PRIMARY KEY (id, name))",
    ],
  ])("%s are refused", async (_, columns) => {
    const path = join(temporaryDirectory(), "daemon.db");
    asOtherTool(path, (database) => database.exec(`CREATE TABLE improvement_scripts (${columns}`));
    await expect(openTestStore({ path })).rejects.toMatchObject({
      code: "STORE_FOREIGN",
      message: expect.stringMatching(
        /expected the column id of improvement_scripts to be INTEGER PRIMARY KEY/,
      ),
    });
  });

  test("a name, code or output of 100 MB is not read into memory", async () => {
    const { store, path } = await openTestStore();
    asOtherTool(path, (database) => {
      database.exec(`INSERT INTO improvement_scripts (name, lang, code) VALUES
        (zeroblob(100000000), 'pixel', zeroblob(100000000))`);
      database.exec(`INSERT INTO improvement_runs (script_id, started_at, stdout, stderr) VALUES
        (2, zeroblob(100000000), zeroblob(100000000), zeroblob(100000000))`);
    });
    expect(await store.listScripts()).toMatchObject([
      { name: "(a name of 100000000 bytes)", codeBytes: 100_000_000 },
    ]);
    expect(await store.listRuns()).toMatchObject([{ startedAt: "", stdout: "", stderr: "" }]);
    const [claimed] = await store.claimDue(1, LANGS, TERMS);
    expect(claimed?.script).toMatchObject({ name: "(a name of 100000000 bytes)", code: undefined });
  });
});

describe("names", () => {
  test.each([
    ["hello_gpu", "helo_gpu"],
    ["Hello", "hello"],
    ["café", "cafe\u0301"],
    ["a\u200bb", "ab"],
    ["clock face", "clock-face"],
    ["alpha", "alpah"],
    ["alpha", "lapha"],
    ["ab", "ba"],
  ])("%j is suggested for %j by every method that takes a name", async (name, typed) => {
    const { store } = await openTestStore();
    await store.addScript({ name, lang: "pixel", code: "HALT" });
    for (const use of [
      () => store.getScript(typed),
      () => store.updateScript(typed, {}),
      () => store.removeScript(typed),
      () => store.listRuns({ script: typed }),
    ]) {
      await expect(use()).rejects.toMatchObject({
        code: "STORE_NO_SCRIPT",
        message: `there is no script named ${JSON.stringify(typed)}; did you mean ${JSON.stringify(name)}?`,
      });
    }
  });

  test("that differ only by case, composition or invisible characters are different scripts", async () => {
    const { store } = await openTestStore();
    const names = ["a", "A", "a\u200b", "é", "e\u0301", " a"];
    for (const name of names) await store.addScript({ name, lang: "pixel", code: "HALT" });
    for (const name of names) expect(await store.getScript(name)).toMatchObject({ name });
    expect(await runAll(store)).toEqual(names.toSorted());
  });
});

test("the write-ahead log is cut back after a reader has held it", async () => {
  const { store, path } = await openTestStore();
  await store.addScript({ name: "a", lang: "pixel", code: "HALT", options: { intervalMs: 0 } });
  const reader = new Database(path, { readonly: true });
  onTestFinished(() => void reader.close());
  reader.exec("BEGIN; SELECT * FROM improvement_runs");
  const write = async (runs: number): Promise<void> => {
    for (let i = 0; i < runs; i++) {
      const [run] = await store.claimScripts([2], TERMS);
      const outcome = { success: true, stdout: "x".repeat(65_536), stderr: "", durationMs: 1 };
      await store.finishRuns([{ runId: run?.runId ?? 0, ...outcome }], TERMS);
    }
  };
  await write(200);
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(8_388_608);
  reader.exec("COMMIT");
  await write(100);
  expect(statSync(`${path}-wal`).size).toBeLessThanOrEqual(5_242_880);
  expect(rows(path, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
});
