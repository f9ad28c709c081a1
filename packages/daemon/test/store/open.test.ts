import { openStore, schemaSql, StoreError } from "@gvpie/daemon/store";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import Database from "better-sqlite3";
import { spawn, spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { storeError } from "../../src/store/sqlite-errors.ts";
import { asOtherTool, dump, fromFixture, hashOf, openTestStore, rows } from "../support/test-store.ts";

const DRIVER = createRequire(import.meta.url).resolve("better-sqlite3");

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(StoreError);
  return (error as StoreError).code;
}

describe("a new database", () => {
  test("holds hello_gpu, and missing folders are created", async () => {
    const path = join(temporaryDirectory(), "db", "deep", "daemon.db");
    const store = await openStore({ path });
    onTestFinished(() => store.close());
    expect(await store.getScript("hello_gpu")).toMatchObject({
      id: 1,
      lang: "gvpie",
      code: "TXT 10 10 Hello GPU\nHALT",
      enabled: true,
      runCount: 0,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
  });

  test("is created in an empty file", async () => {
    const path = join(temporaryDirectory(), "daemon.db");
    writeFileSync(path, "");
    const { store } = await openTestStore({ path });
    expect(await store.listScripts()).toHaveLength(1);
  });

  test("does not get hello_gpu again after it was removed", async () => {
    const { store, path } = await openTestStore();
    await store.close();
    const again = await openTestStore({ path });
    expect(await again.store.listScripts()).toEqual([]);
  });

  test("can be created by several connections at once", async () => {
    const path = join(temporaryDirectory(), "daemon.db");
    const stores = await Promise.all(Array.from({ length: 8 }, () => openStore({ path })));
    for (const store of stores) expect(await store.listScripts()).toHaveLength(1);
    await Promise.all(stores.map((store) => store.close()));
  });

  test("is not created with create: false", async () => {
    const path = join(temporaryDirectory(), "daemon.db");
    expect(await codeOf(openStore({ path, create: false }))).toBe("STORE_MISSING");
    expect(existsSync(path)).toBe(false);
  });

  test("can be created from schemaSql(), without a script", async () => {
    const path = join(temporaryDirectory(), "daemon.db");
    const sql = await schemaSql();
    asOtherTool(path, (database) => database.exec(sql));
    const before = dump(path);
    const { store } = await openTestStore({ path });
    expect(await store.listScripts()).toEqual([]);
    await store.close();
    expect(dump(path)).toBe(before);
  });
});

describe("an old database", () => {
  test.each(["old-full", "old-short"])(
    "%s keeps every row, and opening it again changes no byte",
    async (fixture) => {
      const path = join(temporaryDirectory(), "daemon.db");
      fromFixture(fixture, path);
      const scripts = rows(path, "SELECT * FROM improvement_scripts");
      const runs = rows(path, "SELECT * FROM improvement_runs") as object[];

      await (await openStore({ path })).close();
      expect(rows(path, "SELECT * FROM improvement_scripts")).toEqual(scripts);
      expect(rows(path, "SELECT * FROM improvement_runs")).toEqual(
        runs.map((run) => Object.assign({ backend: null, cartridge_path: null }, run)),
      );

      const [bytes, content] = [hashOf(path), dump(path)];
      const watcher = new Database(path);
      const version = watcher.pragma("data_version", { simple: true });
      const store = await openStore({ path });
      await store.listScripts();
      await store.listRuns();
      await store.close();
      expect(watcher.pragma("data_version", { simple: true })).toBe(version);
      watcher.close();
      expect([hashOf(path), dump(path)]).toEqual([bytes, content]);
    },
  );

  test("of the first version gains parameters and keeps every row", async () => {
    const path = join(temporaryDirectory(), "daemon.db");
    fromFixture("version-1", path);
    const tables = ["improvement_scripts", "script_schedule", "script_renders"];
    const read = (): unknown[] => tables.map((table) => rows(path, `SELECT * FROM ${table}`));
    const before = read();
    const { store } = await openTestStore({ path });
    // The schedule has gained columns.
    expect(read()).toMatchObject(before);
    const options = { width: 32, height: 16, background: "#123456", intervalMs: 500 };
    expect(await store.getScript("panel")).toMatchObject({ runCount: 3, options });
    const params = { time: "12:34" };
    await store.updateScript("panel", { options: { ...options, params } });
    expect(await store.getScript("panel")).toMatchObject({ options: { ...options, params } });
  });

  test("keeps the format of its timestamps, and its scripts are due", async () => {
    const path = join(temporaryDirectory(), "daemon.db");
    fromFixture("old-full", path);
    const { store } = await openTestStore({ path });
    expect(await store.listScripts()).toMatchObject([
      {
        id: 1,
        createdAt: "2025-03-01 09:30:00",
        lastRunAt: "2025-03-01T10:30:00.123456",
        runCount: 2,
        successCount: 1,
      },
      { id: 2, createdAt: "2025-03-02T09:30:00Z", enabled: false },
      { id: 7, createdAt: "2025-03-02T09:30:00" },
      { id: 9, createdAt: "2025-03-02T09:30:00+00:00", runCount: 0, successCount: 0 },
    ]);
    expect(await store.enabledScripts(["pixel", "gvpie", "cartridge", "python"])).toEqual([1, 7, 9]);
    expect(await store.listRuns()).toMatchObject([
      { id: 5, finishedAt: undefined, success: undefined },
      { id: 2, success: false, stderr: "renderer gone", scriptName: "hello" },
      { id: 1, success: true, cartridgePath: "cartridges/hello_1740823200000.png" },
    ]);
  });

  test("is read with the write-ahead log of a crashed tool, also without the -shm file", async () => {
    const folder = temporaryDirectory();
    const path = join(folder, "crashed.db");
    fromFixture("old-full", path);
    const child = `const D = require(${JSON.stringify(DRIVER)}); const d = new D(${JSON.stringify(path)});
      d.pragma("journal_mode = WAL"); d.exec("UPDATE improvement_scripts SET name = 'in the log' WHERE id = 1");
      process.kill(process.pid, "SIGKILL");`;
    spawnSync(process.execPath, ["-e", child]);
    const moved = join(folder, "moved.db");
    copyFileSync(path, moved);
    copyFileSync(`${path}-wal`, `${moved}-wal`);
    for (const each of [path, moved]) {
      const { store } = await openTestStore({ path: each });
      expect(await store.getScript("in the log")).toMatchObject({ id: 1 });
    }
  });

  test("is rolled back from the journal of a crashed tool", async () => {
    const path = join(temporaryDirectory(), "daemon.db");
    fromFixture("old-full", path);
    const child = `const D = require(${JSON.stringify(DRIVER)}); const d = new D(${JSON.stringify(path)});
      d.pragma("cache_size = 1"); d.exec("BEGIN; UPDATE improvement_scripts SET name = 'never'||id");
      for (let i = 0; i < 200; i++) d.exec("INSERT INTO improvement_runs (script_id, started_at, stdout) VALUES (1, 'x', zeroblob(4000))");
      process.kill(process.pid, "SIGKILL");`;
    spawnSync(process.execPath, ["-e", child]);
    expect(statSync(`${path}-journal`).size).toBeGreaterThan(0);
    const { store } = await openTestStore({ path });
    expect(await store.getScript("hello")).toMatchObject({ id: 1 });
    expect(await store.listRuns()).toHaveLength(3);
  });

  test("keeps its other tables", async () => {
    const path = join(temporaryDirectory(), "daemon.db");
    fromFixture("old-short", path);
    await openTestStore({ path });
    expect(rows(path, "SELECT * FROM notes")).toEqual([{ text: "keep me" }]);
  });

  test("still accepts inserts and reads from a tool in another process", async () => {
    const path = join(temporaryDirectory(), "daemon.db");
    fromFixture("old-short", path);
    const { store } = await openTestStore({ path });
    const script = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("INSERT INTO improvement_scripts (name, lang, code, enabled) VALUES (?, ?, ?, ?)", ("from python", "pixel", "HALT", 1))
db.execute("INSERT OR REPLACE INTO improvement_scripts (name, lang, code, enabled) VALUES (?, ?, ?, ?)", ("hello", "pixel", "TXT 1 1 new", 1))
db.commit()
print(len(db.execute("SELECT * FROM improvement_runs").fetchall()))`;
    const python = spawnSync("python3", ["-c", script, path], { encoding: "utf8" });
    expect(python).toMatchObject({ stdout: "2\n", status: 0 });
    const claimed = await store.claimDue(9, ["pixel"], { intervalMs: 10_000, leaseMs: 15_000 });
    expect(claimed.map((run) => run.script.name)).toEqual(["from python", "hello"]);
  });
});

describe("a refused database is not changed", () => {
  test.each<[name: string, code: string, words: RegExp, make: (path: string) => void]>([
    [
      "text",
      "STORE_CORRUPT",
      /not an SQLite database; name another path/,
      (path) => writeFileSync(path, "not a database\n".repeat(99)),
    ],
    ["a short file", "STORE_CORRUPT", /not an SQLite database/, (path) => writeFileSync(path, "hi")],
    [
      "a truncated database",
      "STORE_CORRUPT",
      /damaged; keep the file with its -wal/,
      (path) => {
        asOtherTool(path, (database) => {
          database.exec("CREATE TABLE improvement_scripts (id); CREATE TABLE big (data)");
          for (let i = 0; i < 99; i++) database.prepare("INSERT INTO big VALUES (zeroblob(4000))").run();
        });
        truncateSync(path, 100_000);
      },
    ],
    [
      "a database of another application",
      "STORE_FOREIGN",
      /it holds "contacts"/,
      (path) => asOtherTool(path, (d) => d.exec("CREATE TABLE contacts (name)")),
    ],
    [
      "a database of another application with an open log",
      "STORE_FOREIGN",
      /it holds "contacts"/,
      (path) => {
        const child = `const D = require(${JSON.stringify(DRIVER)}); const d = new D(${JSON.stringify(path)});
          d.pragma("journal_mode = WAL"); d.exec("CREATE TABLE contacts (name)"); process.kill(process.pid, "SIGKILL");`;
        expect(spawnSync(process.execPath, ["-e", child]).signal).toBe("SIGKILL");
        expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
      },
    ],
    [
      "a public table with other columns",
      "STORE_FOREIGN",
      /improvement_scripts has no column name/,
      (path) =>
        asOtherTool(path, (d) =>
          d.exec("CREATE TABLE improvement_scripts (id INTEGER PRIMARY KEY, title TEXT)"),
        ),
    ],
    [
      "a view in place of a public table",
      "STORE_FOREIGN",
      /no table improvement_scripts/,
      (path) => asOtherTool(path, (d) => d.exec("CREATE VIEW improvement_scripts AS SELECT 1 AS id")),
    ],
    [
      "a table with the name of a side table",
      "STORE_FOREIGN",
      /script_options of its own/,
      (path) => {
        fromFixture("old-full", path);
        asOtherTool(path, (d) => d.exec("CREATE TABLE script_options (theirs)"));
      },
    ],
    [
      "a trigger with the name of ours",
      "STORE_FOREIGN",
      /the trigger "improvement_scripts_added".*DROP TRIGGER/,
      (path) => {
        fromFixture("old-full", path);
        asOtherTool(path, (d) =>
          d.exec(
            "PRAGMA journal_mode = WAL; CREATE TRIGGER improvement_scripts_added AFTER INSERT ON improvement_scripts BEGIN SELECT 1; END",
          ),
        );
      },
    ],
    // Found by fuzzing: the file was switched to a write-ahead log before it was refused.
    [
      "a trigger with the name of ours, without a log",
      "STORE_FOREIGN",
      /the trigger "improvement_scripts_added".*DROP TRIGGER/,
      (path) => {
        fromFixture("old-full", path);
        asOtherTool(path, (d) =>
          d.exec(
            "CREATE TRIGGER improvement_scripts_added AFTER INSERT ON improvement_scripts BEGIN SELECT 1; END",
          ),
        );
      },
    ],
    // Found by fuzzing: the error was not a StoreError.
    ...["name = '0002_params'", "timestamp = 'noon'"].map(
      (change): [string, string, RegExp, (path: string) => void] => [
        `a record of migrations with ${change}`,
        "STORE_FOREIGN",
        /its record of migrations has been altered/,
        (path) => {
          fromFixture("version-1", path);
          asOtherTool(path, (d) => d.exec(`UPDATE gvpie_migration SET ${change}`));
        },
      ],
    ),
    [
      "a database of a newer version",
      "STORE_NEWER",
      /newer version.*"9999_future"/,
      (path) => {
        fromFixture("old-full", path);
        asOtherTool(path, (d) =>
          d.exec(
            "CREATE TABLE gvpie_migration (name, timestamp); INSERT INTO gvpie_migration VALUES ('9999_future', '2030')",
          ),
        );
      },
    ],
    ["a folder", "STORE_IO", /not a file/, (path) => mkdirSync(path)],
  ])("%s: %s", async (_name, code, words, make) => {
    const folder = temporaryDirectory();
    const path = join(folder, "daemon.db");
    make(path);
    const before = readdirSync(folder).map((name) => [
      name,
      name.endsWith("-shm") || statSync(join(folder, name)).isDirectory() ? "" : hashOf(join(folder, name)),
    ]);
    const opening = openStore({ path });
    expect(await codeOf(opening)).toBe(code);
    await expect(opening).rejects.toThrow(words);
    const after = readdirSync(folder).map((name) => [
      name,
      name.endsWith("-shm") || statSync(join(folder, name)).isDirectory() ? "" : hashOf(join(folder, name)),
    ]);
    expect(after).toEqual(before);
  });

  test("a locked database: STORE_LOCKED, without blocking the event loop", async () => {
    const path = join(temporaryDirectory(), "daemon.db");
    fromFixture("old-full", path);
    const child = `const D = require(${JSON.stringify(DRIVER)}); const d = new D(${JSON.stringify(path)});
      d.exec("BEGIN EXCLUSIVE"); console.log("held"); setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ["-e", child], { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void holder.kill("SIGKILL"));
    await new Promise((resolve) => holder.stdout.once("data", resolve));
    const before = hashOf(path);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 10);
    const opening = openStore({ path, busyTimeoutMs: 200 });
    expect(await codeOf(opening)).toBe("STORE_LOCKED");
    await expect(opening).rejects.toThrow(/close it, or wait/);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);
    expect(hashOf(path)).toBe(before);

    const patient = openStore({ path, busyTimeoutMs: 20_000 });
    holder.kill("SIGKILL");
    await (await patient).close();
  });

  test("a read-only database: STORE_READ_ONLY", async () => {
    const folder = temporaryDirectory();
    const path = join(folder, "daemon.db");
    fromFixture("old-full", path);
    chmodSync(path, 0o444);
    chmodSync(folder, 0o555);
    onTestFinished(() => chmodSync(folder, 0o755));
    const before = hashOf(path);
    // The process becomes an unprivileged user after its imports, because root may write every file.
    const child = `const { openStore } = await import(${JSON.stringify(import.meta.resolve("../../src/store/index.ts"))});
      const { default: Driver } = await import(${JSON.stringify(import.meta.resolve("better-sqlite3"))});
      new Driver(":memory:").close();
      if (process.getuid() === 0) { process.setgroups([]); process.setgid(65534); process.setuid(65534); }
      await openStore({ path: ${JSON.stringify(path)} }).catch((error) => console.log(error.code, error.message));`;
    const run = spawnSync(
      process.execPath,
      ["--conditions=@gvpie/source", "--input-type=module", "-e", child],
      { encoding: "utf8" },
    );
    expect(run.stdout + run.stderr).toMatch(/^STORE_READ_ONLY .*make the file and its folder writable/);
    expect(readdirSync(folder)).toEqual(["daemon.db"]);
    expect(hashOf(path)).toBe(before);
  });

  test("a folder that cannot be created: STORE_IO", async () => {
    const folder = temporaryDirectory();
    writeFileSync(join(folder, "file"), "");
    expect(await codeOf(openStore({ path: join(folder, "file", "daemon.db") }))).toBe("STORE_IO");
  });
});

describe("an open store", () => {
  test("rejects with STORE_CLOSED after close", async () => {
    const { store } = await openTestStore();
    await store.close();
    await store.close();
    expect(await codeOf(store.listScripts())).toBe("STORE_CLOSED");
  });

  test("reports later damage as STORE_CORRUPT", async () => {
    const { store, path } = await openTestStore();
    await store.close();
    asOtherTool(path, (database) => {
      database.unsafeMode(true);
      database.pragma("writable_schema = ON");
      database.exec("UPDATE sqlite_master SET rootpage = 9999 WHERE name = 'improvement_runs'");
    });
    expect(await codeOf(openStore({ path }).then((again) => again.listRuns()))).toBe("STORE_CORRUPT");
  });

  test.each([
    ["SQLITE_BUSY_SNAPSHOT", "STORE_LOCKED", /wait until it has finished/],
    ["SQLITE_LOCKED", "STORE_LOCKED", /wait until it has finished/],
    ["SQLITE_PROTOCOL", "STORE_LOCKED", /try again/],
    ["SQLITE_READONLY_DBMOVED", "STORE_MOVED", /put it back, and start again/],
    ["SQLITE_READONLY", "STORE_READ_ONLY", /make the file and its folder writable/],
    ["SQLITE_NOMEM", "STORE_IO", /out of memory/],
    ["SQLITE_FULL", "STORE_FULL", /free some space/],
    ["SQLITE_IOERR_WRITE", "STORE_IO", /the disk failed/],
    ["SQLITE_CANTOPEN_ISDIR", "STORE_IO", /check that the path/],
    ["SQLITE_PERM", "STORE_IO", /check the permissions/],
    ["SQLITE_ERROR", "STORE_CORRUPT", /damaged or altered: why; restore a backup/],
  ])("%s is %s and names the remedy", (sqlite, code, remedy) => {
    const error = storeError(new Database.SqliteError("why", sqlite), "/x/daemon.db");
    expect(error).toMatchObject({ code, message: expect.stringMatching(remedy), cause: { code: sqlite } });
    expect((error as StoreError).message).toMatch(/^\/x\/daemon\.db: /);
  });
});
