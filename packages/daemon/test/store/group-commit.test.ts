import Database from "better-sqlite3";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ALL_LANGS, openTestStore, TERMS } from "../support.ts";

const HELLO = { lang: "pixel", code: "TXT 1 1 hello" } as const;

/**
 * Counts the transactions committed since the last call, as the write-ahead log tells them: the last frame of each holds the size
 * of the database. https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 */
function commitCounter(path: string): () => number {
  const total = (): number => {
    const log = readFileSync(`${path}-wal`);
    const frameBytes = 24 + log.readUInt32BE(8);
    let commits = 0;
    for (let at = 32; at + frameBytes <= log.length; at += frameBytes) {
      const isCurrent = log.compare(log, at + 8, at + 16, 16, 24) === 0;
      if (isCurrent && log.readUInt32BE(at + 4) !== 0) commits++;
    }
    return commits;
  };
  let last = total();
  return () => {
    const count = total() - last;
    last += count;
    return count;
  };
}

test("writes that come together are committed together", async () => {
  const { store, path } = await openTestStore();
  const commits = commitCounter(path);
  const names = Array.from({ length: 20 }, (_, i) => `script ${i}`);
  const added = await Promise.all(names.map((name) => store.addScript({ ...HELLO, name })));
  expect(added.map(({ name }) => name)).toEqual(names);
  expect(commits()).toBe(1);
  await store.updateScript("script 1", { code: "HALT" });
  expect(commits()).toBe(1);
});

test("one that fails is undone alone", async () => {
  const { store, path } = await openTestStore();
  const commits = commitCounter(path);
  const results = await Promise.allSettled([
    store.addScript({ ...HELLO, name: "a" }),
    // Fails after it has written: the script is edited before its options are checked.
    store.updateScript("a", { code: "HALT", options: { width: -1 } }),
    store.addScript({ ...HELLO, name: "a" }),
    store.addScript({ ...HELLO, name: "b" }),
  ]);
  expect(
    results.map((one) => (one.status === "rejected" ? (one.reason as { code: string }).code : "ok")),
  ).toEqual(["ok", "STORE_BAD_SCRIPT", "STORE_NAME_TAKEN", "ok"]);
  expect(await store.listScripts()).toMatchObject([
    { name: "a", codeBytes: HELLO.code.length },
    { name: "b" },
  ]);
  expect(commits()).toBe(1);
});

test("a claim sees what was recorded with it, and asks for its limit at the last moment", async () => {
  const { store, path } = await openTestStore();
  await store.addScript({ ...HELLO, name: "a" });
  const terms = { ...TERMS, intervalMs: 0 };
  const [first] = await store.claimDue(9, ALL_LANGS, terms);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const commits = commitCounter(path);
  let free = 0;
  const outcome = { runId: first?.runId ?? 0, success: true, stdout: "", stderr: "", durationMs: 1 };
  const claiming = store.claimDue(() => free, ALL_LANGS, terms);
  const finishing = store.finishRuns([outcome], terms);
  free = 1;
  const claimed = await claiming;
  const finished = await finishing;
  expect([...finished]).toEqual([1]);
  expect(claimed).toMatchObject([{ runId: 2, script: { name: "a" } }]);
  expect(commits()).toBe(1);
});

test("where the transaction fails, all of it does, and nothing is kept", async () => {
  const { store, path } = await openTestStore();
  const other = new Database(path);
  other.exec("BEGIN IMMEDIATE");
  const names = ["a", "b"];
  const results = await Promise.allSettled(names.map((name) => store.addScript({ ...HELLO, name })));
  expect(results).toMatchObject(names.map(() => ({ status: "rejected", reason: { code: "STORE_LOCKED" } })));
  other.close();
  expect(await store.listScripts()).toEqual([]);
});

test("closing carries out what waits", async () => {
  const { store, path } = await openTestStore();
  const adding = store.addScript({ ...HELLO, name: "a" });
  await store.close();
  expect(await adding).toMatchObject({ name: "a" });
  const { store: again } = await openTestStore({ path });
  expect(await again.listScripts()).toHaveLength(1);
});
