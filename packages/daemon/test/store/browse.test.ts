import { LANGS, openReader } from "@gvpie/daemon/store";
import { describe, expect, onTestFinished, test } from "vitest";
import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { createBrowse, type Browse } from "../../src/store/browse.ts";
import { systemClock } from "../../src/store/clock.ts";
import { createScripts } from "../../src/store/scripts.ts";
import type { Steps } from "../../src/store/statement.ts";
import { createStoreTime } from "../../src/store/store-time.ts";
import { createWallClock } from "../../src/store/wall-clock.ts";
import type { Tables } from "../../src/store/tables.ts";
import { asOtherTool, openTestStore, TERMS } from "../support/test-store.ts";

const pixel = (name: string) => ({ name, lang: "pixel" as const, code: "HALT\n" });
const names = (scripts: readonly { readonly name: string }[]) => scripts.map(({ name }) => name);

describe("browseScripts", () => {
  test("pages by name and not by id, with names of any type", async () => {
    const { store, path } = await openTestStore();
    for (const name of ["cherry", "apple", "Banana", "apple pie", "ärger"]) {
      await store.addScript(pixel(name));
    }
    asOtherTool(path, (database) =>
      database.exec(
        `INSERT INTO improvement_scripts (name, lang, code) VALUES (CAST('blob' AS BLOB), 'pixel', 'HALT')`,
      ),
    );
    const all: string[] = [];
    let after: number | bigint | undefined;
    for (let pages = 0; pages < 10; pages++) {
      const page = await store.browseScripts({ limit: 2, ...(after !== undefined && { after }) });
      all.push(...names(page));
      after = page.at(-1)?.id;
      if (page.length < 2) break;
    }
    expect(all).toEqual(["Banana", "apple", "apple pie", "cherry", "ärger", "blob"]);
  });

  test("finds names by their first characters", async () => {
    const { store } = await openTestStore();
    for (const name of ["apple", "apple pie", "apply", "a%", "a_", "b", "🐈 cat"]) {
      await store.addScript(pixel(name));
    }
    expect(names(await store.browseScripts({ prefix: "apple" }))).toEqual(["apple", "apple pie"]);
    expect(names(await store.browseScripts({ prefix: "a%" }))).toEqual(["a%"]);
    expect(names(await store.browseScripts({ prefix: "🐈" }))).toEqual(["🐈 cat"]);
    expect(await store.browseScripts({ prefix: "z" })).toEqual([]);
    const [first] = await store.browseScripts({ prefix: "apple", limit: 1 });
    expect(names(await store.browseScripts({ prefix: "apple", after: first?.id ?? 0 }))).toEqual([
      "apple pie",
    ]);
  });

  test("finds scripts by their state", async () => {
    const { store } = await openTestStore();
    for (const name of ["fails", "is paused", "runs", "stands"]) {
      await store.addScript(pixel(name));
    }
    await store.addScript({ ...pixel("is disabled"), enabled: false });
    await store.setPaused("is paused", true);
    const claimed = await store.claimDue(9, LANGS, TERMS);
    const idOf = (name: string) => claimed.find(({ script }) => script.name === name)?.runId ?? 0;
    const outcome = { stdout: "", stderr: "RUN_TIMEOUT: late", durationMs: 5 };
    await store.finishRuns(
      [
        { runId: idOf("fails"), success: false, ...outcome },
        { runId: idOf("stands"), success: true, ...outcome },
      ],
      TERMS,
    );
    expect(names(await store.browseScripts({ state: "failing" }))).toEqual(["fails"]);
    expect(names(await store.browseScripts({ state: "running" }))).toEqual(["runs"]);
    expect(names(await store.browseScripts({ state: "paused" }))).toEqual(["is paused"]);
    expect(names(await store.browseScripts({ state: "disabled" }))).toEqual(["is disabled"]);
  });
});

test("findScript reads one script by its id, of any size", async () => {
  const { store, path } = await openTestStore();
  const { id } = await store.addScript(pixel("one"));
  asOtherTool(path, (database) =>
    database.exec(
      `INSERT INTO improvement_scripts (id, name, lang, code) VALUES (9223372036854775806, 'far', 'pixel', 'HALT')`,
    ),
  );
  expect(await store.findScript(id)).toMatchObject({ name: "one" });
  expect(await store.findScript(9_223_372_036_854_775_806n)).toMatchObject({ name: "far" });
  expect(await store.findScript(Number(id) + 1)).toBeUndefined();
  expect(await store.findScript(Number(id) - 1)).toBeUndefined();
});

describe("the pictures of runs", () => {
  async function openWithFiles() {
    const { store, path } = await openTestStore();
    const { id: script } = await store.addScript(pixel("one"));
    const { id: other } = await store.addScript(pixel("other"));
    asOtherTool(path, (database) => {
      database.exec("INSERT INTO cartridge_roots (id, uri, host) VALUES (1, 'file:///srv/c', 'box')");
      const file = database.prepare(
        "INSERT INTO cartridges (id, root_id, key, script_id, first_run_id, last_run_id) VALUES (?, ?, ?, ?, ?, ?)",
      );
      file.run(-4, 1, "a.png", script, 1, 2);
      file.run(-3, 1, "b.png", script, 3, 9);
      file.run(-2, null, "c.png", script, 4, 4);
      file.run(-1, 1, "a.png", other, 5, 5);
      const run = database.prepare(
        "INSERT INTO improvement_runs (id, script_id, started_at, stderr, cartridge_path) VALUES (?, ?, '2026', ?, ?)",
      );
      run.run(1, script, "x".repeat(1_000), "/srv/c/a.png");
      run.run(2, script, "", "a.png");
      run.run(3, script, null, null);
      run.run(4, script, "", "/srv/c/c.png");
      run.run(5, other, "", "/etc/passwd/../a.png");
      run.run(6, script, "", "/etc/passwd");
    });
    return { store, path, script };
  }

  test("are the recorded files of their script, never a path of a row", async () => {
    const { store } = await openWithFiles();
    const files = await store.findPictures([1, 2, 3, 4, 5, 6, 7]);
    expect([...files].map(([run, { id, root, key }]) => [run, id, root, key])).toEqual([
      [1, -4, "file:///srv/c", "a.png"],
      [2, -4, "file:///srv/c", "a.png"],
      [5, -1, "file:///srv/c", "a.png"],
    ]);
  });

  test("are listed by their last run", async () => {
    const { store, script } = await openWithFiles();
    expect((await store.listPictures(script, 2)).map(({ id }) => id)).toEqual([-3, -2]);
    expect(await store.findPicture(-2)).toMatchObject({ root: undefined, host: undefined, key: "c.png" });
    expect(await store.findPicture(99)).toBeUndefined();
  });

  test("and summaries hold no long text", async () => {
    const { store, script, path } = await openWithFiles();
    const runs = await store.summarizeRuns(script, 3);
    expect(runs.map(({ id }) => id)).toEqual([6, 4, 3]);
    await using reader = await openReader({ path });
    const [, , , , oldest] = await reader.summarizeRuns(script, 10);
    expect(oldest?.stderr).toHaveLength(300);
  });
});

test("no read walks a whole table, with and without statistics", async () => {
  const { store, path } = await openTestStore();
  await store.close();
  asOtherTool(path, (database) => {
    const script = database.prepare(
      "INSERT INTO improvement_scripts (name, lang, code) VALUES (?, 'pixel', '')",
    );
    for (let i = 0; i < 500; i++) script.run(`script ${i}`);
    database.exec(`INSERT INTO improvement_runs (script_id, started_at, cartridge_path)
      SELECT id, '2026', name FROM improvement_scripts;
      INSERT INTO cartridges (key, script_id, first_run_id, last_run_id)
      SELECT cartridge_path, script_id, id, id FROM improvement_runs`);
  });
  const database = new Database(path);
  onTestFinished(() => void database.close());
  const builder = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
  const browse = createBrowse(
    builder,
    createScripts(
      builder,
      createStoreTime(builder, systemClock, createWallClock(builder, systemClock)),
      systemClock,
    ),
  );
  const reads: readonly ((one: Browse) => Steps<unknown>)[] = [
    (one) => one.scripts({}),
    (one) => one.scripts({ prefix: "script 4", after: 9 }),
    (one) => one.script(20),
    (one) => one.runs(20, 10),
    (one) => one.pictures(20, 10),
    (one) => one.picture(20),
    (one) => one.picturesOf([10, 20]),
  ];
  for (const statistics of [false, true]) {
    if (statistics) database.exec("ANALYZE");
    for (const read of reads) expect(walksIn(database, read(browse))).toEqual([]);
  }
});

/** Runs the steps, and returns the parts of their plans that read a whole table or sort. */
function walksIn(database: Database.Database, steps: Steps<unknown>): string[] {
  const lines: string[] = [];
  for (let step = steps.next(); !step.done;) {
    const { statement, values } = step.value;
    const { sql } = statement;
    const plan = database.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
    lines.push(...plan.map(({ detail }) => detail).filter((line) => /^SCAN|TEMP B-TREE/.test(line)));
    step = steps.next(database.prepare(sql).all(...values));
  }
  return lines;
}
