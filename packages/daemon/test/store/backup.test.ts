import { backupStore, openStore, type StoreProgress } from "@gvpie/daemon/store";
import { isRoot, runProcess, skipVisibly } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { newOwnedName } from "../../src/owned-names.ts";
import { asOtherTool, damageIndex, fromFixture, hashOf, openTestStore, rows } from "../support/test-store.ts";

const NAMES = "SELECT name FROM improvement_scripts ORDER BY id";
const WRAPPER: readonly [string, ...string[]] = isRoot ? ["unshare", "-m"] : ["unshare", "-r", "-m"];

test("a backup under a store that writes is a snapshot, and one file without a log", async () => {
  const { store, path } = await openTestStore();
  const code = "#".repeat(1_000_000);
  for (let i = 0; i < 40; i++) await store.addScript({ name: `s${i}`, lang: "pixel", code });
  const folder = temporaryDirectory();
  const to = join(folder, "b.db");
  const progress: StoreProgress[] = [];
  const writing: Promise<unknown>[] = [];
  const result = await backupStore({
    path,
    to,
    onProgress: (state) => {
      progress.push(state);
      // A write between two steps of the copy must neither be in it nor begin it again.
      if (writing.length < 3) {
        writing.push(store.addScript({ name: `late ${writing.length}`, lang: "pixel", code }));
      }
    },
  });
  await Promise.all(writing);
  expect(result).toEqual({ scripts: 40, runs: 0, bytes: statSync(to).size });
  expect(readdirSync(folder)).toEqual(["b.db"]);
  expect(rows(to, NAMES)).toHaveLength(40);
  expect(rows(to, "PRAGMA journal_mode")).toEqual([{ journal_mode: "delete" }]);
  expect(rows(path, NAMES)).toHaveLength(43);
  expect(progress.filter(({ step }) => step === "copy").length).toBeGreaterThan(1);
  expect(progress.at(-1)).toMatchObject({ step: "verify" });
});

test("a backup of a database that no process has open leaves no file beside it, and has its mode", async () => {
  const { store, path } = await openTestStore();
  await store.close();
  chmodSync(path, 0o640);
  const hash = hashOf(path);
  const folder = temporaryDirectory();
  await backupStore({ path, to: join(folder, "b.db") });
  expect(readdirSync(join(path, ".."))).toEqual(["daemon.db"]);
  expect(hashOf(path)).toBe(hash);
  expect(statSync(join(folder, "b.db")).mode & 0o777).toBe(0o640);
});

test("a backup contains what a killed process left in the log", async () => {
  const { store, path } = await openTestStore();
  await store.close();
  const program = `
    const { openStore } = await import(${JSON.stringify(import.meta.resolve("../../src/store/index.ts"))});
    const store = await openStore({ path: ${JSON.stringify(path)} });
    await store.addScript({ name: "in the log", lang: "pixel", code: "HALT" });
    process.kill(process.pid, "SIGKILL");`;
  const args = ["--conditions=@gvpie/source", "--input-type=module", "-e", program];
  await runProcess(process.execPath, args);
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
  const to = join(temporaryDirectory(), "b.db");
  expect(await backupStore({ path, to })).toMatchObject({ scripts: 1 });
  expect(rows(to, NAMES)).toEqual([{ name: "in the log" }]);
});

test("an old database is backed up as it is", async () => {
  const folder = temporaryDirectory();
  fromFixture("old-full", join(folder, "old.db"));
  await backupStore({ path: join(folder, "old.db"), to: join(folder, "b.db") });
  expect(rows(join(folder, "b.db"), "SELECT name FROM sqlite_master WHERE name = 'gvpie_migration'")).toEqual(
    [],
  );
});

test("replace: an existing file is replaced at once, and only then", async () => {
  const { path } = await openTestStore({ keepSeed: true });
  const to = join(temporaryDirectory(), "b.db");
  writeFileSync(to, "old");
  await expect(backupStore({ path, to })).rejects.toMatchObject({ code: "STORE_EXISTS" });
  expect(readFileSync(to, "utf8")).toBe("old");
  await backupStore({ path, to, replace: true });
  expect(rows(to, NAMES)).toEqual([{ name: "hello_gpu" }]);
});

describe("a backup that is refused leaves nothing behind", () => {
  interface Place {
    readonly root: string;
    readonly path: string;
    /** Path of the backup. */
    readonly to: string;
  }
  test.each<[string, (place: Place) => string | void, string, RegExp]>([
    ["onto the database", ({ path }) => path, "STORE_EXISTS", /another file than the database/],
    [
      "onto a link to the database",
      ({ path, to }) => symlinkSync(path, to),
      "STORE_EXISTS",
      /another file than the database/,
    ],
    ["onto its log", ({ path }) => `${path}-wal`, "STORE_EXISTS", /SQLite uses this name/],
    ["onto a folder", ({ to }) => mkdirSync(to), "STORE_EXISTS", /it is a folder; name a file in it/],
    ["into a missing folder", ({ to }) => join(to, "b"), "STORE_IO", /no such folder/],
    [
      "beside the log of another database",
      ({ to }) => writeFileSync(`${to}-wal`, "log"),
      "STORE_EXISTS",
      /-wal: it belongs to a database that had this name/,
    ],
    [
      "of a database with a damaged index",
      ({ path }) => damageIndex(path),
      "STORE_CORRUPT",
      /expected a sound database, got a damaged one: .*; keep the file with its -wal, and restore a sound backup/,
    ],
    [
      "of a foreign database",
      ({ path }) => asOtherTool(path, (database) => void database.exec("DROP TABLE improvement_scripts")),
      "STORE_FOREIGN",
      /belongs to another application/,
    ],
  ])("%s", async (_, prepare, code, words) => {
    const root = temporaryDirectory();
    const place = { root, path: join(root, "daemon.db"), to: join(root, "b.db") };
    await (await openStore({ path: place.path })).close();
    const to = prepare(place) ?? place.to;
    const before = readdirSync(root);
    await expect(backupStore({ path: place.path, to, replace: true })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(words),
    });
    expect(readdirSync(root)).toEqual(before);
  });
});

test("a missing database: STORE_MISSING", async () => {
  const root = temporaryDirectory();
  await expect(backupStore({ path: join(root, "a.db"), to: join(root, "b.db") })).rejects.toMatchObject({
    code: "STORE_MISSING",
  });
  expect(readdirSync(root)).toEqual([]);
});

test("copies that killed processes left are removed, those of living ones stay", async () => {
  const { path } = await openTestStore();
  const folder = temporaryDirectory();
  const living = newOwnedName(".gvpie-copy-");
  for (const name of [".gvpie-copy-1-1-1", ".gvpie-copy-1-1-1-journal", ".gvpie-copy-", living]) {
    writeFileSync(join(folder, name), "");
  }
  await backupStore({ path, to: join(folder, "b.db") });
  expect(readdirSync(folder).toSorted()).toEqual([".gvpie-copy-", living, "b.db"].toSorted());
});

describe("full disks", () => {
  beforeEach((context) => {
    const [command, ...args] = WRAPPER;
    if (spawnSync(command, [...args, "mount", "-t", "tmpfs", "none", "/mnt"]).status !== 0) {
      skipVisibly(context, "no file system can be mounted here");
    }
  });

  test.each([
    [
      "too small from the start",
      "",
      /expected \d+ free bytes for a copy of the database, got \d+; free some/,
    ],
    ["filled by another process meanwhile", "fill(200_000)", /the disk is full; free some space/],
  ])("a disk that is %s: STORE_FULL, and nothing is left", async (_, meanwhile, words) => {
    const program = `
    const { backupStore } = await import(${JSON.stringify(import.meta.resolve("../../src/store/index.ts"))});
    const { spawnSync } = await import("node:child_process");
    const { readdirSync, statfsSync, writeFileSync } = await import("node:fs");
    if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=8m", "none", "/mnt"]).status !== 0) process.exit(9);
    const fill = (left) => { const { bavail, bsize } = statfsSync("/mnt"); writeFileSync("/mnt/fill", Buffer.alloc(bavail * bsize - left)); };
    let isFilled = false;
    if (!${JSON.stringify(meanwhile !== "")}) fill(500_000);
    // After the check for room, and before the copy.
    globalThis[Symbol.for("@gvpie/failpoint")] = (name) => {
      if (name === "daemon/copy/before-copy" && ${JSON.stringify(meanwhile !== "")}) { ${meanwhile} }
    };
    try { await backupStore({ path: process.argv[1], to: "/mnt/b.db" }); console.log("written"); }
    catch ({ code, message }) { console.log(code + " " + message); }
    console.log(readdirSync("/mnt").join());`;
    const { store, path } = await openTestStore();
    await store.addScript({ name: "a", lang: "pixel", code: "#".repeat(2_000_000) });
    const args = ["--conditions=@gvpie/source", "--input-type=module", "-e", program, path];
    const { stdout, stderr } = await runProcess(process.execPath, args, { wrapper: WRAPPER });
    expect(stdout + stderr).toMatch(/^STORE_FULL \/mnt\/b\.db: .*\nfill\n$/);
    expect(stdout).toMatch(words);
  });
});
