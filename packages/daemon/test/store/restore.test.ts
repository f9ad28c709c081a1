import { backupStore, openStore, restoreStore, systemClock, type ScriptStore } from "@gvpie/daemon/store";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import {
  chmodSync,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { asOtherTool, fromFixture, hashOf, rows, TERMS } from "../support/test-store.ts";

const NAMES = "SELECT name FROM improvement_scripts ORDER BY id";
const KEPT = /^daemon\.db\.before-restore-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/;

interface Place {
  readonly root: string;
  /** A database with the scripts hello_gpu and `after`, and two runs. */
  readonly path: string;
  /** A backup of it with hello_gpu alone, and one run. */
  readonly backup: string;
}

async function oneRun(store: ScriptStore): Promise<void> {
  const [run] = await store.claimScripts([1], TERMS);
  await store.finishRuns(
    [{ runId: run?.runId ?? 0, success: true, stdout: "", stderr: "", durationMs: 1 }],
    TERMS,
  );
}

async function createPlace(): Promise<Place> {
  const root = temporaryDirectory();
  const place = { root, path: join(root, "db", "daemon.db"), backup: join(root, "b.db") };
  await using store = await openStore({ path: place.path, synchronous: "normal" });
  await oneRun(store);
  await backupStore({ path: place.path, to: place.backup });
  await store.addScript({ name: "after", lang: "pixel", code: "HALT" });
  await oneRun(store);
  return place;
}

/** Returns the name, size and content of every file in the folder of the database. */
function filesOf({ path }: Place): string[][] {
  const folder = join(path, "..");
  return readdirSync(folder)
    .filter((name) => !name.endsWith("-shm"))
    .map((name) => [name, hashOf(join(folder, name))]);
}

test("heartbeats of the daemons that ran when the backup was made are not restored", async () => {
  const place = await createPlace();
  const sql = "INSERT INTO workers VALUES ('w', 'here', 12, ?, '1', ?, ?, 1, NULL, '{}')";
  const { boot } = systemClock;
  asOtherTool(place.backup, (database) => database.prepare(sql).run(boot, "2026-11-24", "2026-11-24"));
  await restoreStore({ path: place.path, from: place.backup });
  expect(rows(place.path, "SELECT * FROM workers")).toEqual([]);
});

test("a backup takes the place of the database, which stays complete beside it", async () => {
  const place = await createPlace();
  chmodSync(place.path, 0o640);
  const { kept, ...contents } = await restoreStore({ path: place.path, from: place.backup });
  expect(contents).toEqual({ scripts: 1, runs: 1 });
  expect(rows(place.path, NAMES)).toEqual([{ name: "hello_gpu" }]);
  expect(statSync(place.path).mode & 0o777).toBe(0o640);
  expect(readdirSync(join(place.path, "..")).filter((name) => !/-(?:wal|shm)$/.test(name))).toEqual([
    "daemon.db",
    expect.stringMatching(KEPT),
  ]);
  // The one file is enough: the log is in it.
  copyFileSync(kept ?? "", join(place.root, "alone.db"));
  expect(rows(join(place.root, "alone.db"), NAMES)).toEqual([{ name: "hello_gpu" }, { name: "after" }]);
});

test("later runs and scripts get ids that neither database has given", async () => {
  const { path, backup } = await createPlace();
  await restoreStore({ path, from: backup });
  await using store = await openStore({ path, synchronous: "normal" });
  const [run] = await store.claimScripts([1], TERMS);
  expect(run?.runId).toBe(3);
  expect(await store.addScript({ name: "next", lang: "pixel", code: "HALT" })).toMatchObject({ id: 3 });
});

test("the log of a process that was killed is applied to the database that stays", async () => {
  const place = await createPlace();
  // A copy of the files while the database is open is what a kill leaves.
  await using store = await openStore({ path: place.path, synchronous: "normal" });
  await store.addScript({ name: "in the log", lang: "pixel", code: "HALT" });
  const path = join(place.root, "killed.db");
  for (const suffix of ["", "-wal"]) copyFileSync(place.path + suffix, path + suffix);
  const { kept = "" } = await restoreStore({ path, from: place.backup });
  expect(readdirSync(place.root).filter((name) => name.startsWith("killed.db-"))).toEqual([]);
  expect(rows(kept, NAMES)).toHaveLength(3);
  expect(rows(path, NAMES)).toHaveLength(1);
});

test("without a database the backup becomes one, in a folder that is created", async () => {
  const { root, backup } = await createPlace();
  const path = join(root, "new", "daemon.db");
  expect(await restoreStore({ path, from: backup })).toEqual({ scripts: 1, runs: 1, kept: undefined });
  expect(readdirSync(join(root, "new"))).toEqual(["daemon.db"]);
});

test("a link to the database stays a link, and the file that it names is replaced", async () => {
  const { root, path, backup } = await createPlace();
  const link = join(root, "link.db");
  symlinkSync(path, link);
  await restoreStore({ path: link, from: backup });
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(rows(path, NAMES)).toHaveLength(1);
});

test("an old backup is restored as it is, and migrated when it is opened", async () => {
  const { root, path } = await createPlace();
  fromFixture("old-full", join(root, "old.db"));
  await restoreStore({ path, from: join(root, "old.db") });
  await using store = await openStore({ path, synchronous: "normal" });
  expect((await store.listScripts()).length).toBeGreaterThan(0);
});

test("a damaged database stays as it is, with its log, and its log is not applied to the backup", async () => {
  const place = await createPlace();
  writeFileSync(place.path, "garbage".repeat(1_000));
  writeFileSync(`${place.path}-wal`, "log");
  const { kept = "" } = await restoreStore({ path: place.path, from: place.backup });
  expect(readFileSync(kept, "utf8")).toBe("garbage".repeat(1_000));
  expect(readFileSync(`${kept}-wal`, "utf8")).toBe("log");
  expect(rows(place.path, NAMES)).toHaveLength(1);
});

test("the second name that a killed restore left is removed by the next one", async () => {
  const { path, backup } = await createPlace();
  linkSync(path, `${path}.before-restore-2020-01-01T00-00-00Z`);
  await restoreStore({ path, from: backup });
  const folder = join(path, "..");
  expect(readdirSync(folder).filter((name) => name.includes("2020"))).toEqual([]);
});

describe("a database that is in use is not replaced: STORE_LOCKED", () => {
  test("by an open store", async () => {
    const { path, backup } = await createPlace();
    await using store = await openStore({ path, synchronous: "normal" });
    await expect(restoreStore({ path, from: backup, busyTimeoutMs: 20 })).rejects.toMatchObject({
      code: "STORE_LOCKED",
      message: expect.stringMatching(/expected a database that no process has open, got one that is open in/),
    });
    await store.addScript({ name: "goes on", lang: "pixel", code: "HALT" });
    expect(rows(path, NAMES)).toHaveLength(3);
    expect(readdirSync(join(path, "..")).filter((name) => name.includes("before"))).toEqual([]);
  });

  test.each<[string, { seenMs?: number; stopped?: boolean; boot?: string }, string]>([
    ["by a loop of another machine", {}, "STORE_LOCKED process 12 on far; stop it, and wait"],
    ["not by one that was seen two minutes ago", { seenMs: 120_000 }, "ok"],
    ["not by one that ended", { stopped: true }, "ok"],
    ["not by a killed one of this machine, which holds no lock", { boot: systemClock.boot }, "ok"],
  ])("%s", async (_, { seenMs = 1_000, stopped = false, boot = "another boot" }, code) => {
    const { path, backup } = await createPlace();
    const seen = new Date(Date.now() - seenMs).toISOString();
    asOtherTool(path, (database) => {
      database
        .prepare("INSERT INTO workers VALUES ('w', 'far', 12, ?, '1', ?, ?, 1, ?, '{}')")
        .run(boot, seen, seen, stopped ? seen : null);
    });
    const result = await restoreStore({ path, from: backup }).then(
      () => "ok",
      ({ code: found, message }) => `${found} ${/process 12 on far; stop it, and wait/.exec(message)?.[0]}`,
    );
    expect(result).toBe(code);
  });
});

describe("a backup that is refused changes nothing", () => {
  test.each<[string, (place: Place) => string | void, string, RegExp]>([
    ["missing", ({ root }) => join(root, "none"), "STORE_MISSING", /there is no database/],
    ["a folder", ({ root }) => root, "STORE_IO", /not a file/],
    [
      "not a database",
      ({ backup }) => writeFileSync(backup, "x".repeat(5_000)),
      "STORE_CORRUPT",
      /not an SQLite/,
    ],
    [
      "cut short",
      ({ backup }) => writeFileSync(backup, readFileSync(backup).subarray(0, 16_384)),
      "STORE_CORRUPT",
      /damaged/,
    ],
    [
      "of a newer version",
      ({ backup }) =>
        asOtherTool(backup, (database) => {
          database.exec("INSERT INTO gvpie_migration VALUES ('9999_future', '')");
        }),
      "STORE_NEWER",
      /newer version/,
    ],
    [
      "of another application",
      ({ backup }) => asOtherTool(backup, (database) => void database.exec("DROP TABLE improvement_scripts")),
      "STORE_FOREIGN",
      /another application/,
    ],
    ["the database itself", ({ path }) => path, "STORE_EXISTS", /expected a backup, got the database/],
  ])("%s", async (_, prepare, code, words) => {
    const place = await createPlace();
    const from = prepare(place) ?? place.backup;
    const before = filesOf(place);
    await expect(restoreStore({ path: place.path, from })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(words),
    });
    expect(filesOf(place)).toEqual(before);
    expect(rows(place.path, NAMES)).toHaveLength(2);
  });

  test("beside the log of a database that was moved away: STORE_EXISTS", async () => {
    const place = await createPlace();
    writeFileSync(`${place.path}-wal`, "log");
    renameSync(place.path, join(place.root, "moved.db"));
    await expect(restoreStore({ path: place.path, from: place.backup })).rejects.toMatchObject({
      code: "STORE_EXISTS",
    });
    expect(filesOf(place).map(([name]) => name)).toEqual(["daemon.db-wal"]);
  });

  test("in place of a folder: STORE_IO", async () => {
    const { root, backup } = await createPlace();
    mkdirSync(join(root, "folder"));
    await expect(restoreStore({ path: join(root, "folder"), from: backup })).rejects.toMatchObject({
      code: "STORE_IO",
    });
  });
});
