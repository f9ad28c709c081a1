import { openReader, openStore } from "@gvpie/daemon/store";
import { isRoot, NOBODY_UID, skipVisibly } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { asOtherTool, fromFixture, hashOf, openTestStore, TERMS } from "../support/test-store.ts";

const DRIVER = createRequire(import.meta.url).resolve("better-sqlite3");

/** Creates a readable folder for a database; returns the path of the database. */
function readableFolder(mode = 0o755): string {
  const root = temporaryDirectory();
  chmodSync(root, 0o755);
  mkdirSync(join(root, "db"));
  chmodSync(join(root, "db"), mode);
  return join(root, "db", "daemon.db");
}

/** Reads everything from the database in a process of another user; returns what it found or the error. */
function readAsNobody(
  path: string,
  wrapper: readonly string[] = [],
): { scripts?: string[]; runs?: number; code?: string; message?: string } {
  const script = `const { openReader } = await import(${JSON.stringify(import.meta.resolve("../../src/store/index.ts"))});
    const { default: Driver } = await import(${JSON.stringify(import.meta.resolve("better-sqlite3"))});
    new Driver(":memory:").close();
    process.setgroups([]); process.setgid(${NOBODY_UID}); process.setuid(${NOBODY_UID}); process.umask(0o022);
    try {
      await using store = await openReader({ path: ${JSON.stringify(path)}, busyTimeoutMs: 200 });
      const scripts = await store.listScripts();
      for (const { name } of scripts) await store.getScript(name);
      const runs = await store.listRuns();
      for (const { id } of runs) if (!await store.getRun(id)) throw new Error("no run");
      console.log(JSON.stringify({ scripts: scripts.map(({ name }) => name), runs: runs.length }));
    } catch ({ code, message }) { console.log(JSON.stringify({ code, message })); }`;
  const node = [process.execPath, "--conditions=@gvpie/source", "--input-type=module", "-e", script];
  // `env` runs a command as it is.
  const { stdout, stderr } = spawnSync("env", [...wrapper, ...node], { encoding: "utf8" });
  if (stderr !== "") throw new Error(stderr);
  return JSON.parse(stdout) as ReturnType<typeof readAsNobody>;
}

/** Returns name, owner, mode and content of the files beside the database; of the index of its log only that it is there. */
function filesBeside(path: string): unknown[] {
  const folder = join(path, "..");
  return readdirSync(folder).map((name) => {
    const stats = statSync(join(folder, name));
    const content = name.endsWith("-shm") || stats.isDirectory() ? "" : hashOf(join(folder, name));
    return [name, stats.uid, stats.mode, content];
  });
}

async function makeStore(path: string): Promise<void> {
  const store = await openStore({ path, synchronous: "normal" });
  const [run] = await store.claimDue(1, ["gvpie"], TERMS);
  const outcome = { success: true, stdout: "x", stderr: "", durationMs: 1 };
  await store.finishRuns([{ runId: run?.runId ?? 0, ...outcome }], TERMS);
  await store.close();
}

const IN_STORE = { scripts: ["hello_gpu"], runs: 1 };

/** Runs statements in a process that is killed with the connection open. */
function killedAfter(path: string, sql: string): void {
  const child = `const D = require(${JSON.stringify(DRIVER)}); const d = new D(${JSON.stringify(path)});
    d.pragma("cache_size = 1"); d.exec(${JSON.stringify(sql)}); process.kill(process.pid, "SIGKILL");`;
  expect(spawnSync(process.execPath, ["-e", child]).signal).toBe("SIGKILL");
}

describe("reading needs no right to write: another user", () => {
  beforeEach((context) => {
    if (!isRoot) skipVisibly(context, "only root can start processes of another user");
  });

  test.each<[string, (path: string) => Promise<unknown>, object]>([
    ["a store that no process has open", makeStore, IN_STORE],
    [
      "a store that a loop has open",
      async (path) => {
        await makeStore(path);
        const store = await openStore({ path });
        onTestFinished(() => store.close());
        await store.addScript({ name: "in the log", lang: "pixel", code: "HALT" });
      },
      { scripts: ["hello_gpu", "in the log"], runs: 1 },
    ],
    [
      "a store that a process was killed with",
      async (path) => {
        await makeStore(path);
        killedAfter(
          path,
          "INSERT INTO improvement_scripts (name, lang, code) VALUES ('in the log', 'pixel', 'HALT')",
        );
      },
      { scripts: ["hello_gpu", "in the log"], runs: 1 },
    ],
    [
      "a store that another process is changing",
      async (path) => {
        await makeStore(path);
        const child = `const D = require(${JSON.stringify(DRIVER)}); const d = new D(${JSON.stringify(path)});
          d.exec("BEGIN IMMEDIATE; DELETE FROM improvement_runs"); console.log("held"); setInterval(() => {}, 1000);`;
        const holder = spawn(process.execPath, ["-e", child], { stdio: ["ignore", "pipe", "inherit"] });
        onTestFinished(() => void holder.kill("SIGKILL"));
        await new Promise((resolve) => holder.stdout.once("data", resolve));
      },
      IN_STORE,
    ],
    [
      "an old database with all columns",
      async (path) => fromFixture("old-full", path),
      { scripts: ["hello", "panel", "old cartridge", "snake"], runs: 3 },
    ],
    [
      "an old database without the last columns",
      async (path) => fromFixture("old-short", path),
      { scripts: ["hello", "off"], runs: 2 },
    ],
    [
      "a store of the first version",
      async (path) => fromFixture("version-1", path),
      { scripts: ["panel"], runs: 0 },
    ],
    [
      "a store of the second version",
      async (path) => fromFixture("version-2", path),
      { scripts: ["panel", "clock"], runs: 0 },
    ],
    [
      "a store of the third version",
      async (path) => fromFixture("version-3", path),
      { scripts: ["panel", "clock"], runs: 1 },
    ],
    [
      "an old database that a tool with a journal is changing",
      async (path) => {
        fromFixture("old-full", path);
        const child = `const D = require(${JSON.stringify(DRIVER)}); const d = new D(${JSON.stringify(path)});
          d.exec("BEGIN; DELETE FROM improvement_runs"); console.log("held"); setInterval(() => {}, 1000);`;
        const holder = spawn(process.execPath, ["-e", child], { stdio: ["ignore", "pipe", "inherit"] });
        onTestFinished(() => void holder.kill("SIGKILL"));
        await new Promise((resolve) => holder.stdout.once("data", resolve));
      },
      { scripts: ["hello", "panel", "old cartridge", "snake"], runs: 3 },
    ],
  ])("reads %s, in a folder of its owner and in one for all, and changes no file", async (_, make, found) => {
    for (const mode of [0o755, 0o1777]) {
      const path = readableFolder(mode);
      await make(path);
      chmodSync(path, 0o644);
      const before = filesBeside(path);
      expect(readAsNobody(path)).toEqual(found);
      expect(filesBeside(path)).toEqual(before);
    }
  });

  test.each<[string, (path: string) => unknown, string, RegExp]>([
    ["no database", () => {}, "STORE_MISSING", /create it with `gvpie db init`/],
    ["an empty file", (path) => writeFileSync(path, ""), "STORE_MISSING", /create it with `gvpie db init`/],
    ["a folder", (path) => mkdirSync(path), "STORE_IO", /not a file/],
    [
      "text",
      (path) => writeFileSync(path, "dear diary\n".repeat(500)),
      "STORE_CORRUPT",
      /not an SQLite database/,
    ],
    [
      "a database of another application",
      (path) => asOtherTool(path, (d) => d.exec("CREATE TABLE contacts (a)")),
      "STORE_FOREIGN",
      /"contacts"/,
    ],
    [
      "a file that this user may not read",
      async (path) => {
        await makeStore(path);
        chmodSync(path, 0o600);
      },
      "STORE_IO",
      /access is denied/,
    ],
    [
      "a folder that this user may not enter",
      async (path) => {
        await makeStore(path);
        chmodSync(join(path, ".."), 0o700);
      },
      "STORE_IO",
      /access is denied/,
    ],
    [
      "a journal to be rolled back",
      (path) => {
        fromFixture("old-full", path);
        const fill =
          "INSERT INTO improvement_runs (script_id, started_at, stdout) VALUES (1, 'x', zeroblob(400000));";
        killedAfter(path, `BEGIN; UPDATE improvement_scripts SET name = 'never' || id; ${fill.repeat(5)}`);
        expect(statSync(`${path}-journal`).size).toBeGreaterThan(0);
      },
      "STORE_READ_ONLY",
      /a process that died left a transaction.*run `gvpie db init` as the owner/,
    ],
    [
      "a log without its index",
      async (path) => {
        await makeStore(path);
        killedAfter(
          path,
          "INSERT INTO improvement_scripts (name, lang, code) VALUES ('in the log', 'pixel', 'HALT')",
        );
        rmSync(`${path}-shm`);
      },
      "STORE_READ_ONLY",
      /a process that died left a transaction/,
    ],
  ])("refuses %s, and changes no file", async (_, make, code, words) => {
    const path = readableFolder();
    await make(path);
    const before = filesBeside(path);
    expect(readAsNobody(path)).toEqual({ code, message: expect.stringMatching(words) });
    expect(filesBeside(path)).toEqual(before);
  });
});

test("a reader reads from a file system that is mounted read-only, while a loop writes it elsewhere and after", async (context) => {
  const path = readableFolder(0o777);
  const folder = join(path, "..");
  const script = `mount --bind '${folder}' /mnt && mount -o remount,bind,ro /mnt && exec "$@"`;
  const wrapper = ["unshare", "-m", "sh", "-c", script, "sh"];
  if (!isRoot || spawnSync("env", [...wrapper, "true"]).status !== 0) {
    skipVisibly(context, "no mount is possible here");
  }
  await makeStore(path);
  expect(readAsNobody("/mnt/daemon.db", wrapper)).toEqual(IN_STORE);
  const store = await openStore({ path });
  await store.addScript({ name: "in the log", lang: "pixel", code: "HALT" });
  const both = { scripts: ["hello_gpu", "in the log"], runs: 1 };
  expect(readAsNobody("/mnt/daemon.db", wrapper)).toEqual(both);
  await store.close();
  expect(readAsNobody("/mnt/daemon.db", wrapper)).toEqual(both);
  expect(readdirSync(folder)).toEqual(["daemon.db"]);
});

test("a reader follows a loop that opens, changes and closes the database", async () => {
  const path = readableFolder();
  await makeStore(path);
  await using reader = await openReader({ path });
  expect(await reader.listScripts()).toHaveLength(1);
  const { store } = await openTestStore({ path });
  await store.addScript({ name: "a", lang: "pixel", code: "HALT", options: { params: { n: 1 } } });
  expect(await reader.getScript("a")).toMatchObject({ options: { params: { n: 1 } } });
  await store.close();
  expect(await reader.listRuns({ script: "hello_gpu" })).toHaveLength(1);
  await reader.close();
  await expect(reader.listScripts()).rejects.toMatchObject({ code: "STORE_CLOSED" });
});

test("a reader shows an old database as the migration would, without migrating it", async () => {
  for (const fixture of ["old-full", "old-short", "version-1", "version-2", "version-3"]) {
    const path = readableFolder();
    fromFixture(fixture, path);
    asOtherTool(path, (database) =>
      database.exec(
        "INSERT INTO improvement_scripts (id, name, lang, code) VALUES (9007199254740992, 'far', 'pixel', '')",
      ),
    );
    const before = filesBeside(path);
    await using reader = await openReader({ path });
    const [scripts, runs] = [await reader.listScripts(), await reader.listRuns()];
    expect(filesBeside(path)).toEqual(before);
    const migrated = join(temporaryDirectory(), "copy.db");
    copyFileSync(path, migrated);
    const { store } = await openTestStore({ path: migrated });
    expect([scripts, runs]).toEqual([await store.listScripts(), await store.listRuns()]);
  }
});
