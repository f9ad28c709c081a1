import { LANGS, openStore } from "@gvpie/daemon/store";
import { skipVisibly } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { dump, fromFixture, openTestStore, TERMS, TestClock } from "../support/test-store.ts";

const CANVAS = { width: 32, height: 16, background: "#123456" };
const OPTIONS = { ...CANVAS, intervalMs: 500, params: { time: "12:34" }, capability: "a.b.c~d.e.f" };

/** Runs the sqlite3 command of the system, which stops at the first error. */
function sqlite3(
  path: string,
  ...commands: readonly string[]
): { stdout: string; stderr: string; status: number | null } {
  const { stdout, stderr, status } = spawnSync("sqlite3", ["-batch", "-bail", path], {
    encoding: "utf8",
    input: commands.join("\n"),
  });
  return { stdout, stderr, status };
}

/** Creates a store with one script of each kind of options, and runs of them. */
async function filledStore(): Promise<string> {
  const { store, path } = await openTestStore({ clock: new TestClock() });
  await store.addScript({ name: "plain", lang: "pixel", code: "TXT 1 1 'plain'\n" });
  await store.addScript({ name: "all options", lang: "pixel", code: "HALT", options: OPTIONS });
  await store.addScript({ name: "no parameters", lang: "gvpie", code: "HALT", options: { width: 8 } });
  await store.addScript({
    name: "only parameters",
    lang: "pixel",
    code: "HALT",
    options: { params: { n: -7 } },
  });
  const [run] = await store.claimDue(2, LANGS, TERMS);
  const outcome = {
    success: true,
    stdout: "é\n",
    stderr: "",
    durationMs: 1,
    cartridgePath: "x.png",
    fingerprint: "f",
    capability: { root: "first", leaf: "last" },
  };
  await store.finishRuns([{ runId: run?.runId ?? 0, ...outcome }], TERMS);
  await store.close();
  return path;
}

/** Returns all rows by table, except those of sqlite_sequence, which .clone inserts twice. */
function rowsByTable(path: string): unknown {
  const [, tables] = JSON.parse(dump(path)) as [unknown, [name: string, rows: unknown[]][]];
  return Object.fromEntries(tables.filter(([name]) => name !== "sqlite_sequence"));
}

describe("with the system's sqlite3", () => {
  beforeEach((context) => {
    if (spawnSync("sqlite3", ["-version"]).status !== 0) skipVisibly(context, "sqlite3 is not installed");
  });

  test("a healthy store passes integrity_check, quick_check and foreign_key_check", async () => {
    const path = await filledStore();
    const checked = sqlite3(
      path,
      "PRAGMA integrity_check;",
      "PRAGMA quick_check;",
      "PRAGMA foreign_key_check;",
    );
    expect(checked).toEqual({ stdout: "ok\nok\n", stderr: "", status: 0 });
  });

  test.each<[string, (from: string, to: string) => ReturnType<typeof sqlite3>]>([
    [".dump", (from, to) => sqlite3(to, sqlite3(from, ".dump").stdout)],
    [
      ".recover",
      (from, to) => {
        // In Debian 12 it fails for every database, healthy ones too.
        const isBroken =
          sqlite3(join(temporaryDirectory(), "any.db"), "CREATE TABLE t (a);", ".recover").status !== 0;
        return isBroken ? sqlite3(from, `.backup "${to}"`) : sqlite3(to, sqlite3(from, ".recover").stdout);
      },
    ],
    [
      ".clone",
      (from, to) => {
        const cloned = sqlite3(from, `.clone "${to}"`);
        // It reports this for every database with AUTOINCREMENT, and copies the table anyway.
        const noise = /^Error: object name reserved for internal use: sqlite_sequence\nSQL: .*\n/;
        return { ...cloned, stderr: cloned.stderr.replace(noise, "") };
      },
    ],
    [".backup", (from, to) => sqlite3(from, `.backup "${to}"`)],
    ["VACUUM INTO", (from, to) => sqlite3(from, `VACUUM INTO '${to}';`)],
    ["VACUUM", (from, to) => sqlite3(from, "VACUUM;", `.backup "${to}"`)],
  ])("%s keeps every row, size, interval and parameter, and the copy is a working store", async (_, copy) => {
    const path = await filledStore();
    const copied = join(temporaryDirectory(), "copy.db");
    const before = rowsByTable(path);
    expect(copy(path, copied)).toMatchObject({ stderr: "", status: 0 });
    expect(rowsByTable(copied)).toEqual(before);
    const { store } = await openTestStore({ path: copied });
    expect(await store.getScript("all options")).toMatchObject({ options: OPTIONS });
    expect(await store.claimDue(9, LANGS, TERMS)).toHaveLength(3);
  });

  test("the public tables are written: defaults, triggers, conflicts, and every language", async () => {
    const { store, path } = await openTestStore();
    const written = sqlite3(
      path,
      "PRAGMA foreign_keys = ON;",
      "INSERT INTO improvement_scripts (name, lang, code) VALUES ('a', 'pixel', 'HALT'), ('b', 'gvpie', 'HALT'), ('c', 'cartridge', 'x'), ('d', 'python', '');",
      "INSERT OR REPLACE INTO improvement_scripts (name, lang, code, enabled) VALUES ('a', 'pixel', 'RECT 0 0 1 1', 1);",
      "UPDATE improvement_scripts SET enabled = 0 WHERE name = 'b';",
      "INSERT INTO improvement_scripts (name, lang, code) VALUES ('c', 'python', 'y') ON CONFLICT (name) DO UPDATE SET code = excluded.code;",
      "DELETE FROM improvement_scripts WHERE name = 'd';",
      "PRAGMA integrity_check;",
    );
    expect(written).toEqual({ stdout: "ok\n", stderr: "", status: 0 });
    expect(await store.listScripts()).toMatchObject([
      { name: "b", enabled: false, createdAt: expect.stringMatching(/^\d{4}-/) },
      { name: "c", enabled: true },
      { name: "a", enabled: true },
    ]);
    const claimed = await store.claimDue(9, LANGS, TERMS);
    expect(claimed.map(({ script }) => [script.name, script.code])).toEqual([
      ["c", "y"],
      ["a", "RECT 0 0 1 1"],
    ]);
  });

  test("the side tables are written without parameters, with options of a script", async () => {
    const { store, path } = await openTestStore();
    const { id } = await store.addScript({ name: "a", lang: "pixel", code: "HALT" });
    const insert = `INSERT INTO script_options (script_id, width, height, interval_ms) VALUES (${id}, 4, 5, 600);`;
    expect(sqlite3(path, insert)).toEqual({ stdout: "", stderr: "", status: 0 });
    expect(await store.getScript("a")).toMatchObject({ options: { width: 4, height: 5, intervalMs: 600 } });
  });

  test("a store of the version with the check that rejected NULL is healed, and keeps every option", async () => {
    const path = join(temporaryDirectory(), "daemon.db");
    fromFixture("version-2", path);
    expect(sqlite3(path, "PRAGMA integrity_check;").stdout).not.toBe("ok\n");
    await (await openStore({ path })).close();
    expect(sqlite3(path, "PRAGMA integrity_check;")).toEqual({ stdout: "ok\n", stderr: "", status: 0 });
    const { store } = await openTestStore({ path });
    expect(await store.getScript("panel")).toMatchObject({
      options: { width: 32, height: 16, intervalMs: 500 },
    });
    expect(await store.getScript("clock")).toMatchObject({ options: { params: { time: "12:34" } } });
  });
});
