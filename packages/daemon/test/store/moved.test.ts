import {
  LANGS,
  openStore,
  StoreError,
  type ClaimedRun,
  type RunOutcome,
  type ScriptStore,
} from "@gvpie/daemon/store";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { hashOf, rows, TERMS } from "../support/test-store.ts";

const DRIVER = createRequire(import.meta.url).resolve("better-sqlite3");

interface OpenStore {
  readonly store: ScriptStore;
  /** A folder with nothing but the folder of the database. */
  readonly root: string;
  readonly path: string;
  /** A run in progress. */
  readonly run: ClaimedRun;
}

async function openWithRun(): Promise<OpenStore> {
  const root = temporaryDirectory();
  const path = join(root, "db", "daemon.db");
  const store = await openStore({ path, synchronous: "normal" });
  onTestFinished(() => store.close());
  await store.addScript({ name: "a", lang: "pixel", code: "HALT", options: { intervalMs: 0 } });
  const [run] = await store.claimScripts([2], TERMS);
  if (!run) throw new Error("expected a claimed run");
  return { store, root, path, run };
}

function outcomeOf({ runId }: ClaimedRun): RunOutcome {
  return { runId, success: true, stdout: "in hand", stderr: "", durationMs: 1 };
}

/** Returns the outcome of every method of the store but `finishRuns`: `ok` or the code. */
async function codesOf(store: ScriptStore): Promise<Set<string>> {
  const uses = [
    () => store.claimDue(1, LANGS, TERMS),
    () => store.claimScripts([2], TERMS),
    () => store.renewLeases(1_000),
    () => store.failExpiredRuns("X: gone", TERMS),
    () => store.changeMark(),
    () => store.nextDueInMs(LANGS),
    () => store.listScripts(),
    () => store.listRuns(),
    () => store.addScript({ name: "b", lang: "pixel", code: "HALT" }),
    () => store.removeScript("a"),
  ];
  const codes = new Set<string>();
  for (const use of uses) {
    codes.add(
      await use().then(
        () => "ok",
        (error: unknown) => (error instanceof StoreError ? error.code : String(error)),
      ),
    );
  }
  return codes;
}

describe("an open database that is moved or removed: STORE_MOVED, and the run in progress is recorded where the file is now", () => {
  test.each<[string, (open: OpenStore) => string | undefined, RegExp]>([
    [
      "moved",
      ({ root, path }) => {
        renameSync(path, join(root, "old.db"));
        return join(root, "old.db");
      },
      /expected the open database file, got none: it was moved to ".*old\.db"; .*start again/,
    ],
    [
      "its folder moved",
      ({ root }) => {
        renameSync(join(root, "db"), join(root, "old"));
        return join(root, "old", "daemon.db");
      },
      /got none: it was moved to ".*old\/daemon\.db"/,
    ],
    [
      "removed",
      ({ path }) => {
        unlinkSync(path);
        return undefined;
      },
      /daemon\.db: expected the open database file, got none: it was removed/,
    ],
    [
      "removed with its log",
      ({ path }) => {
        for (const suffix of ["", "-wal", "-shm"]) unlinkSync(path + suffix);
        return undefined;
      },
      /it was removed/,
    ],
    [
      "removed with its folder",
      ({ path }) => {
        rmSync(dirname(path), { recursive: true });
        return undefined;
      },
      /it was removed/,
    ],
    [
      "only its log removed",
      ({ path }) => {
        unlinkSync(`${path}-wal`);
        return path;
      },
      /daemon\.db-wal: expected the open database file, got none: it was removed/,
    ],
    [
      "only the index of its log removed",
      ({ path }) => {
        unlinkSync(`${path}-shm`);
        return path;
      },
      /daemon\.db-shm: .* removed/,
    ],
  ])("%s", async (_, move, words) => {
    const open = await openWithRun();
    const now = move(open);
    await expect(open.store.changeMark()).rejects.toThrow(words);
    expect(await codesOf(open.store)).toEqual(new Set(["STORE_MOVED"]));
    expect(await open.store.finishRuns([outcomeOf(open.run)], TERMS)).toEqual(new Set([open.run.runId]));
    await open.store.close();
    // The moved file is complete without its log.
    const found =
      now === undefined ? [{ stdout: "in hand" }] : rows(now, "SELECT stdout FROM improvement_runs");
    expect(found).toEqual([{ stdout: "in hand" }]);
  });
});

describe("an open database that another file has replaced: STORE_MOVED, and nothing more is written", () => {
  test.each<[string, (open: OpenStore) => Promise<void>]>([
    [
      "by a new store",
      async ({ root, path }) => {
        renameSync(path, join(root, "old.db"));
        await (await openStore({ path })).close();
      },
    ],
    [
      "by a new store, after its log was removed too",
      async ({ path }) => {
        for (const suffix of ["", "-wal", "-shm"]) unlinkSync(path + suffix);
        await (await openStore({ path })).close();
      },
    ],
    [
      "with its folder",
      async ({ root, path }) => {
        renameSync(join(root, "db"), join(root, "old"));
        await (await openStore({ path })).close();
      },
    ],
    [
      "by a link to another database",
      async ({ root, path }) => {
        const other = join(root, "other", "daemon.db");
        await (await openStore({ path: other })).close();
        renameSync(path, join(root, "old.db"));
        symlinkSync(other, path);
      },
    ],
    [
      "in its log",
      async ({ path }) => {
        unlinkSync(`${path}-wal`);
        unlinkSync(`${path}-shm`);
        // In another process, because connections of one process share the index.
        const child = `const D = require(${JSON.stringify(DRIVER)}); const d = new D(${JSON.stringify(path)});
          d.exec("CREATE TABLE theirs (a)"); process.kill(process.pid, "SIGKILL");`;
        expect(spawnSync(process.execPath, ["-e", child]).signal).toBe("SIGKILL");
      },
    ],
  ])("%s", async (_, replace) => {
    const open = await openWithRun();
    const folder = dirname(open.path);
    const own = new Set(readdirSync(folder).map((name) => statSync(join(folder, name)).ino));
    await replace(open);
    const before = fingerprints(folder, own);
    await expect(open.store.changeMark()).rejects.toThrow(/expected the open database file, got another one/);
    expect(await codesOf(open.store)).toEqual(new Set(["STORE_MOVED"]));
    await expect(open.store.finishRuns([outcomeOf(open.run)], TERMS)).rejects.toMatchObject({
      code: "STORE_MOVED",
    });
    await open.store.close();
    expect(fingerprints(folder, own)).toEqual(before);
  });
});

test("an open database that another one was renamed over: its log is not applied to the other one", async () => {
  const { store, root, path, run } = await openWithRun();
  const other = join(root, "other.db");
  await (await openStore({ path: other })).close();
  const content = hashOf(other);
  linkSync(path, join(root, "old.db"));
  renameSync(other, path);
  await expect(store.changeMark()).rejects.toThrow(/got another one: the open one was removed|moved/);
  await expect(store.finishRuns([outcomeOf(run)], TERMS)).rejects.toMatchObject({ code: "STORE_MOVED" });
  await store.close();
  expect(hashOf(path)).toBe(content);
  expect(rows(path, "SELECT name FROM improvement_scripts")).toEqual([{ name: "hello_gpu" }]);
  expect(rows(path, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
  expect(rows(join(root, "old.db"), "SELECT id FROM improvement_runs")).toEqual([{ id: run.runId }]);
});

test("an open database that is emptied: STORE_CORRUPT", async () => {
  const { store, path } = await openWithRun();
  truncateSync(path, 0);
  expect(await codesOf(store)).toEqual(new Set(["STORE_CORRUPT"]));
});

test("a database behind a link, and one moved away and back, go on", async () => {
  const root = temporaryDirectory();
  mkdirSync(join(root, "real"));
  symlinkSync(join(root, "real", "daemon.db"), join(root, "link.db"));
  const store = await openStore({ path: join(root, "link.db"), synchronous: "normal" });
  onTestFinished(() => store.close());
  await store.addScript({ name: "a", lang: "pixel", code: "HALT" });
  renameSync(join(root, "real"), join(root, "away"));
  await expect(store.listScripts()).rejects.toMatchObject({ code: "STORE_MOVED" });
  renameSync(join(root, "away"), join(root, "real"));
  await store.addScript({ name: "b", lang: "pixel", code: "HALT" });
  expect(await store.listScripts()).toHaveLength(3);
  expect(existsSync(join(root, "link.db-wal"))).toBe(false);
});

/** Returns name, inode, size and time of the files in a folder that are not the open ones. */
function fingerprints(folder: string, own: ReadonlySet<number>): unknown[] {
  return readdirSync(folder).flatMap((name) => {
    const { ino, size, mtimeMs } = statSync(join(folder, name));
    return own.has(ino) ? [] : [{ name, ino, size, mtimeMs }];
  });
}
