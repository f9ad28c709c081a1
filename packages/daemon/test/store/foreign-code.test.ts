import { LANGS, openStore, schemaSql } from "@gvpie/daemon/store";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { asOtherTool, fromFixture, hashOf, openTestStore, TERMS } from "../support/test-store.ts";

/** A query that never ends. */
const ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

/** Additions to a store whose code would run in its transactions, with the object and the remedy that the error names. */
const FOREIGN: readonly [name: string, sql: string, words: RegExp][] = [
  [
    "a trigger after an insert into runs",
    `CREATE TRIGGER "no end" AFTER INSERT ON improvement_runs BEGIN ${ENDLESS}; END`,
    /the trigger "no end" on improvement_runs belongs to another program: .*; remove it with DROP TRIGGER "no end"$/,
  ],
  [
    "a trigger before an update of scripts",
    `CREATE TRIGGER t BEFORE UPDATE OF run_count ON Improvement_Scripts BEGIN ${ENDLESS}; END`,
    /the trigger "t" on improvement_scripts/,
  ],
  [
    "a trigger on a side table",
    `CREATE TRIGGER t AFTER UPDATE ON script_schedule BEGIN ${ENDLESS}; END`,
    /script_schedule/,
  ],
  [
    "a trigger on the record of migrations",
    `CREATE TRIGGER t AFTER INSERT ON gvpie_migration BEGIN ${ENDLESS}; END`,
    /the trigger "t" on gvpie_migration/,
  ],
  [
    "a trigger on the lock of migrations",
    `CREATE TRIGGER t AFTER UPDATE ON gvpie_migration_lock BEGIN ${ENDLESS}; END`,
    /the trigger "t" on gvpie_migration_lock/,
  ],
  [
    "an endless view in place of the record of migrations",
    `DROP TABLE gvpie_migration;
     CREATE VIEW gvpie_migration (name) AS ${ENDLESS}`,
    /it has a view gvpie_migration\)/,
  ],
  [
    "a trigger with a condition",
    `CREATE TRIGGER t AFTER UPDATE ON improvement_runs WHEN (${ENDLESS}) > 0 BEGIN SELECT 1; END`,
    /trigger "t"/,
  ],
  [
    "a trigger of ours with another body",
    `DROP TRIGGER improvement_scripts_edited;
     CREATE TRIGGER improvement_scripts_edited AFTER UPDATE ON improvement_scripts BEGIN ${ENDLESS}; END`,
    /the trigger "improvement_scripts_edited" on improvement_scripts/,
  ],
  [
    "a trigger that the action of a foreign key reaches over two tables",
    `CREATE TABLE tags (id INTEGER PRIMARY KEY, script INTEGER REFERENCES improvement_scripts(id) ON DELETE CASCADE);
     CREATE TABLE words (tag INTEGER REFERENCES tags(id) ON DELETE SET NULL);
     CREATE TRIGGER t AFTER UPDATE ON words BEGIN ${ENDLESS}; END`,
    /the trigger "t" on words/,
  ],
  [
    "an index on an expression",
    "CREATE INDEX slow ON improvement_runs(length(replace(hex(zeroblob(1000000)), '0', stdout)))",
    /the index "slow" with an expression on improvement_runs .*; remove it with DROP INDEX "slow"$/,
  ],
  [
    "a partial index",
    "CREATE INDEX slow ON improvement_runs(id) WHERE stderr LIKE '%a%a%a%a%a%a%a%a%b'",
    /the index "slow"/,
  ],
  [
    "a generated column",
    "ALTER TABLE improvement_runs ADD COLUMN slow AS (stdout LIKE '%a%a%a%a%a%a%b')",
    /the generated column "slow" of improvement_runs .*DROP COLUMN "slow"$/,
  ],
  [
    "a column with a CHECK",
    "ALTER TABLE improvement_runs ADD COLUMN slow CHECK (stdout NOT GLOB '*a*a*a*a*a*a*b')",
    /GLOB in CHECK or DEFAULT of improvement_runs/,
  ],
];

describe("code of other programs that would run in the transactions of the store is refused", () => {
  test.each(FOREIGN)("when it is opened: %s", async (_, sql, words) => {
    const path = join(temporaryDirectory(), "daemon.db");
    await (await openStore({ path })).close();
    asOtherTool(path, (database) => database.exec(sql));
    const before = hashOf(path);
    await expect(openStore({ path })).rejects.toMatchObject({
      code: "STORE_FOREIGN",
      message: expect.stringMatching(words),
    });
    expect(hashOf(path)).toBe(before);
  });

  test.each(FOREIGN)("while it is open: %s", async (_, sql, words) => {
    const { store, path } = await openTestStore();
    await store.addScript({ name: "a", lang: "pixel", code: "HALT" });
    const [run] = await store.claimDue(1, LANGS, TERMS);
    asOtherTool(path, (database) => database.exec(sql));
    const refused = { code: "STORE_FOREIGN", message: expect.stringMatching(words) };
    const outcome = { success: true, stdout: "", stderr: "", durationMs: 1 };
    const finish = (): Promise<Set<number>> =>
      store.finishRuns([{ runId: run?.runId ?? 0, ...outcome }], TERMS);
    await expect(finish()).rejects.toMatchObject(refused);
    await expect(store.claimDue(1, LANGS, TERMS)).rejects.toMatchObject(refused);
    await expect(store.removeScript("a")).rejects.toMatchObject(refused);
    await expect(store.listScripts()).rejects.toMatchObject(refused);
  });

  test("and the store works again once the trigger is removed", async () => {
    const { store, path } = await openTestStore();
    await store.addScript({ name: "a", lang: "pixel", code: "HALT" });
    const [run] = await store.claimDue(1, LANGS, TERMS);
    const outcome = { runId: run?.runId ?? 0, success: true, stdout: "", stderr: "", durationMs: 1 };
    asOtherTool(path, (database) =>
      database.exec(`CREATE TRIGGER t AFTER UPDATE ON improvement_runs BEGIN ${ENDLESS}; END`),
    );
    await expect(store.finishRuns([outcome], TERMS)).rejects.toThrow(/DROP TRIGGER "t"/);
    asOtherTool(path, (database) => database.exec("DROP TRIGGER t"));
    expect(await store.finishRuns([outcome], TERMS)).toEqual(new Set([outcome.runId]));
  });

  test.each<[string, RegExp, string, RegExp]>([
    [
      "LIKE in a CHECK",
      /code TEXT NOT NULL/,
      "code TEXT NOT NULL CHECK (code /* ( */ LIKE '%a%a%b')",
      /LIKE in CHECK/,
    ],
    [
      "a function in a CHECK",
      /code TEXT NOT NULL/,
      "code TEXT NOT NULL CHECK (\"printf\"('%9999999d', 1) <> code)",
      /"printf"\(\) in CHECK/,
    ],
    [
      "a function in a DEFAULT",
      /stdout TEXT/,
      "stdout TEXT DEFAULT (hex(randomblob(400000000)))",
      /hex\(\) in CHECK or DEFAULT of improvement_runs/,
    ],
    [
      "a view",
      /CREATE TABLE improvement_runs \([^;]*;/,
      `CREATE VIEW improvement_runs AS ${ENDLESS.replace("count(*)", "1 AS id, 1 AS script_id, 1 AS started_at, 1 AS finished_at, 1 AS success, 1 AS stdout, 1 AS stderr, 1 AS duration_ms")};`,
      /the view "improvement_runs" in place of a table/,
    ],
    [
      "a virtual table",
      /CREATE TABLE improvement_runs \([^;]*;/,
      "CREATE VIRTUAL TABLE improvement_runs USING fts5(id, script_id, started_at, finished_at, success, stdout, stderr, duration_ms, backend, cartridge_path);",
      /the virtual "improvement_runs" in place of a table/,
    ],
  ])("in a table that another program made: %s", async (_, from, to, words) => {
    // No index and no trigger is possible on a view.
    const sql = (await schemaSql()).replaceAll(
      /CREATE INDEX improvement_runs_[^;]*;|CREATE TRIGGER improvement_runs_removed[^]*?END;/g,
      "",
    );
    const path = join(temporaryDirectory(), "daemon.db");
    expect(sql).toMatch(from);
    asOtherTool(path, (database) => database.exec(sql.replace(from, to)));
    await expect(openStore({ path })).rejects.toMatchObject({
      code: "STORE_FOREIGN",
      message: expect.stringMatching(words),
    });
  });

  test("a missing trigger of the store: STORE_CORRUPT, because edits would not be seen", async () => {
    const { store, path } = await openTestStore();
    asOtherTool(path, (database) => database.exec("DROP TRIGGER improvement_scripts_added"));
    await expect(store.listScripts()).rejects.toMatchObject({
      code: "STORE_CORRUPT",
      message: expect.stringMatching(/the trigger improvement_scripts_added is missing, .*`gvpie db schema`/),
    });
  });
});

describe("code that cannot run in the transactions of the store is accepted", () => {
  test.each([
    [
      "another table with a trigger and a view",
      `CREATE TABLE notes (a); CREATE VIEW v AS SELECT name FROM improvement_scripts; CREATE TRIGGER t AFTER INSERT ON notes BEGIN UPDATE notes SET a = 1; END`,
    ],
    [
      "a table whose rows go with their script",
      "CREATE TABLE tags (script INTEGER REFERENCES improvement_scripts(id) ON DELETE CASCADE, tag TEXT)",
    ],
    [
      "a table that refers to runs and has a trigger, without an action",
      "CREATE TABLE marks (run INTEGER REFERENCES improvement_runs(id)); CREATE TRIGGER t AFTER INSERT ON marks BEGIN SELECT 1; END",
    ],
    ["an index on columns", "CREATE INDEX by_time ON improvement_runs(started_at, success DESC)"],
    [
      "a column with a cheap CHECK and DEFAULT",
      "ALTER TABLE improvement_runs ADD COLUMN note TEXT DEFAULT '' CHECK (note IS NULL OR (length(note) < 80 AND typeof(note) IN ('text')))",
    ],
    [
      "statistics that mislead the planner",
      "ANALYZE; DELETE FROM sqlite_stat1; INSERT INTO sqlite_stat1 VALUES ('improvement_runs', 'improvement_runs_script', '1 1'), ('script_schedule', 'script_schedule_due', '99999999999 99999999999 99999999999')",
    ],
    ["ids of an application", "PRAGMA application_id = 252006673; PRAGMA user_version = 7"],
  ])("%s", async (_, sql) => {
    const path = join(temporaryDirectory(), "daemon.db");
    fromFixture("old-full", path);
    asOtherTool(path, (database) =>
      database.exec("CREATE INDEX improvement_runs_script ON improvement_runs(script_id)"),
    );
    const { store } = await openTestStore({ path });
    asOtherTool(path, (database) => database.exec(sql));
    await store.addScript({ name: "a", lang: "pixel", code: "HALT" });
    const claimed = await store.claimDue(9, LANGS, TERMS);
    expect(claimed.length).toBeGreaterThan(1);
    const outcome = { success: true, stdout: "", stderr: "", durationMs: 1 };
    const finished = await store.finishRuns(
      claimed.map(({ runId }) => Object.assign({ runId }, outcome)),
      TERMS,
    );
    expect(finished.size).toBe(claimed.length);
    await store.removeScript("a");
    await store.close();
    const { store: again } = await openTestStore({ path });
    expect(await again.listRuns()).not.toEqual([]);
  });

  test.each([
    ["pages of 512 bytes", "page_size = 512"],
    ["pages of 64 KiB", "page_size = 65536"],
    ["UTF-16 text", "encoding = 'UTF-16be'"],
    ["auto-vacuum", "auto_vacuum = FULL"],
    ["secure deletion", "secure_delete = ON"],
  ])("a database with %s", async (_, pragma) => {
    const path = join(temporaryDirectory(), "daemon.db");
    const sql = await schemaSql();
    asOtherTool(path, (database) => {
      database.pragma(pragma);
      database.exec(sql);
      database.exec("VACUUM");
    });
    const { store } = await openTestStore({ path });
    const added = await store.addScript({
      name: "näme",
      lang: "pixel",
      code: "# é\n",
      options: { params: { t: "é" } },
    });
    expect(added).toMatchObject({ name: "näme", code: "# é\n", options: { params: { t: "é" } } });
    const [run] = await store.claimDue(1, LANGS, TERMS);
    const outcome = { runId: run?.runId ?? 0, success: true, stdout: "é", stderr: "", durationMs: 1 };
    expect((await store.finishRuns([outcome], TERMS)).size).toBe(1);
    expect(await store.listRuns({ script: "näme" })).toMatchObject([{ stdout: "é" }]);
    expect(await store.removeScript("näme")).toEqual({ runs: 1 });
  });
});
