import { LANGS } from "@gvpie/daemon/store";
import Database from "better-sqlite3";
import { readFileSync } from "node:fs";
import { expect, onTestFinished, test, vi } from "vitest";
import { openTestStore, TERMS } from "../support/test-store.ts";

const HELLO = { lang: "pixel", code: "TXT 1 1 hello" } as const;

/**
 * Returns a function that counts the transactions committed since its last call, from the write-ahead log: the last frame of each
 * transaction holds the size of the database. https://www.sqlite.org/fileformat2.html#the_write_ahead_log
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

test("commits concurrent writes in one transaction", async () => {
  const { store, path } = await openTestStore();
  const commits = commitCounter(path);
  const names = Array.from({ length: 20 }, (_, i) => `script ${i}`);
  const added = await Promise.all(names.map((name) => store.addScript({ ...HELLO, name })));
  expect(added.map(({ name }) => name)).toEqual(names);
  expect(commits()).toBe(1);
  await store.updateScript("script 1", { code: "HALT" });
  expect(commits()).toBe(1);
});

test("rolls back a failed write without the others", async () => {
  const { store, path } = await openTestStore();
  const commits = commitCounter(path);
  const results = await Promise.allSettled([
    store.addScript({ ...HELLO, name: "a" }),
    // Fails after its first statement: the script is updated before its options are checked.
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

test("a claim sees outcomes recorded in its transaction, and reads its limit when the transaction runs", async () => {
  const { store, path } = await openTestStore();
  await store.addScript({ ...HELLO, name: "a" });
  const terms = { ...TERMS, intervalMs: 0 };
  const [first] = await store.claimDue(9, LANGS, terms);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const commits = commitCounter(path);
  let free = 0;
  const outcome = { runId: first?.runId ?? 0, success: true, stdout: "", stderr: "", durationMs: 1 };
  const claiming = store.claimDue(() => free, LANGS, terms);
  const finishing = store.finishRuns([outcome], terms);
  free = 1;
  const claimed = await claiming;
  const finished = await finishing;
  expect([...finished]).toEqual([1]);
  expect(claimed).toMatchObject([{ runId: 2, script: { name: "a" } }]);
  expect(commits()).toBe(1);
});

test("a write waits for others as long as a commit takes, not as long as the steps before it take", async () => {
  const { store } = await openTestStore();
  await store.addScript({ ...HELLO, name: "a" });
  await store.addScript({ ...HELLO, name: "b" });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const slowly = (): number => {
    vi.advanceTimersByTime(8);
    return 1;
  };
  expect(await store.claimDue(slowly, LANGS, TERMS)).toHaveLength(1);
  const claiming = store.claimDue(1, LANGS, TERMS);
  await new Promise((resolve) => setImmediate(resolve));
  expect(vi.getTimerCount()).toBe(0);
  expect(await claiming).toHaveLength(1);
});

test("rejects all writes of a transaction that fails, and keeps none", async () => {
  const { store, path } = await openTestStore();
  const other = new Database(path);
  other.exec("BEGIN IMMEDIATE");
  const names = ["a", "b"];
  const results = await Promise.allSettled(names.map((name) => store.addScript({ ...HELLO, name })));
  expect(results).toMatchObject(names.map(() => ({ status: "rejected", reason: { code: "STORE_LOCKED" } })));
  other.close();
  expect(await store.listScripts()).toEqual([]);
});

test("close commits pending writes", async () => {
  const { store, path } = await openTestStore();
  const adding = store.addScript({ ...HELLO, name: "a" });
  await store.close();
  expect(await adding).toMatchObject({ name: "a" });
  const { store: again } = await openTestStore({ path });
  expect(await again.listScripts()).toHaveLength(1);
});
