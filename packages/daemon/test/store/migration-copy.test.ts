import { openStore, restoreStore } from "@gvpie/daemon/store";
import { isRoot, runProcess, skipVisibly } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import Database from "better-sqlite3";
import { spawnSync } from "node:child_process";
import { chmodSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { asOtherTool, dump, fromFixture, rows } from "../support/test-store.ts";

const WRAPPER: readonly [string, ...string[]] = isRoot ? ["unshare", "-m"] : ["unshare", "-r", "-m"];

function oldDatabase(name: string): string {
  const path = join(temporaryDirectory(), "daemon.db");
  fromFixture(name, path);
  return path;
}

function namesBeside(path: string): string[] {
  return readdirSync(join(path, "..")).toSorted();
}

test.each([
  ["old-full", "0001_script_store"],
  ["old-short", "0001_script_store"],
  ["version-1", "0002_params"],
  ["version-2", "0003_portable"],
  ["version-3", "0004_capabilities"],
])("a database is kept as it was before its migration: %s", async (fixture, migration) => {
  const path = oldDatabase(fixture);
  chmodSync(path, 0o600);
  const before = dump(path);
  const copies: string[] = [];
  const onCopy = (copy: { path: string; doneBytes: number; totalBytes: number }): void => {
    if (copy.doneBytes === copy.totalBytes) copies.push(copy.path);
  };
  await (await openStore({ path, onCopy })).close();
  const kept = `${path}.before-${migration}`;
  expect(copies).toEqual([kept]);
  expect(namesBeside(path)).toEqual(["daemon.db", `daemon.db.before-${migration}`]);
  expect(dump(kept)).toBe(before);
  expect(statSync(kept).mode & 0o777).toBe(0o600);
  // The way back.
  await restoreStore({ path, from: kept });
  expect(dump(path)).toBe(before);
  // And forward again: the copy is replaced.
  await (await openStore({ path })).close();
  expect(dump(kept)).toBe(before);
});

test("the copy contains the log that another process writes", async () => {
  const path = oldDatabase("version-3");
  const other = new Database(path);
  onTestFinished(() => void other.close());
  other.pragma("journal_mode = WAL");
  other.exec("INSERT INTO improvement_scripts (name, lang, code) VALUES ('in the log', 'pixel', 'HALT')");
  await (await openStore({ path })).close();
  const sql = "SELECT name FROM improvement_scripts WHERE name = 'in the log'";
  expect(rows(`${path}.before-0004_capabilities`, sql)).toHaveLength(1);
});

test.each<[string, (path: string) => Promise<unknown>]>([
  ["a new one", (path) => openStore({ path })],
  ["one that is current", async (path) => (await openStore({ path })).close()],
  [
    "one without rows",
    async (path) => {
      fromFixture("old-full", path);
      asOtherTool(path, (database) =>
        database.exec("DELETE FROM improvement_runs; DELETE FROM improvement_scripts"),
      );
    },
  ],
  [
    "one that the caller has copied",
    async (path) => {
      fromFixture("old-full", path);
      await (await openStore({ path, keepCopy: false })).close();
    },
  ],
])("no copy is made of %s", async (_, prepare) => {
  const path = join(temporaryDirectory(), "daemon.db");
  await prepare(path);
  await (await openStore({ path })).close();
  expect(namesBeside(path).filter((name) => name.includes("before"))).toEqual([]);
});

test("a migration that fails leaves neither a change nor a copy", async () => {
  const path = oldDatabase("old-full");
  asOtherTool(path, (database) =>
    database.exec("CREATE INDEX script_schedule_leases ON improvement_scripts(name)"),
  );
  const before = dump(path);
  await expect(openStore({ path })).rejects.toMatchObject({ code: "STORE_FOREIGN" });
  expect(dump(path)).toBe(before);
  expect(namesBeside(path)).toEqual(["daemon.db"]);
});

test("a name that cannot be written: STORE_IO, and nothing has changed", async () => {
  const path = oldDatabase("old-full");
  const before = dump(path);
  spawnSync("mkdir", [`${path}.before-0001_script_store`]);
  writeFileSync(`${path}.before-0001_script_store/file`, "");
  await expect(openStore({ path })).rejects.toMatchObject({ code: "STORE_IO" });
  expect(dump(path)).toBe(before);
});

describe("full disks", () => {
  beforeEach((context) => {
    const [command, ...args] = WRAPPER;
    if (spawnSync(command, [...args, "mount", "-t", "tmpfs", "none", "/mnt"]).status !== 0) {
      skipVisibly(context, "no file system can be mounted here");
    }
  });

  test("without room for the copy: STORE_FULL says how to go on, which then works", async () => {
    const program = `
      const { openStore } = await import(${JSON.stringify(import.meta.resolve("../../src/store/index.ts"))});
      const { default: Driver } = await import(${JSON.stringify(import.meta.resolve("better-sqlite3"))});
      const { spawnSync } = await import("node:child_process");
      const { readdirSync, readFileSync } = await import("node:fs");
      if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=8m", "none", "/mnt"]).status !== 0) process.exit(9);
      const path = "/mnt/daemon.db";
      const old = new Driver(path);
      old.exec(readFileSync(process.argv[1], "utf8"));
      old.prepare("INSERT INTO improvement_scripts (name, lang, code) VALUES ('a', 'pixel', ?)").run("#".repeat(4_000_000));
      old.close();
      try { await openStore({ path }); } catch ({ code, message }) { console.log(code + " " + message); }
      console.log(readdirSync("/mnt").join());
      await using store = await openStore({ path, keepCopy: false });
      console.log((await store.listScripts()).length > 0);`;
    const fixture = new URL("../fixtures/old-full.sql", import.meta.url).pathname;
    const args = ["--conditions=@gvpie/source", "--input-type=module", "-e", program, fixture];
    const { stdout, stderr } = await runProcess(process.execPath, args, { wrapper: WRAPPER });
    expect(stdout + stderr).toMatch(
      /^STORE_FULL .*: expected \d+ free bytes .*, got \d+; free some space, or .*`gvpie db init --no-copy`\ndaemon\.db\ntrue\n$/,
    );
  });
});
