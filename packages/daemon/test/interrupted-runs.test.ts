import { createDaemon, type DaemonEvent, type Runner, type RunReport } from "@gvpie/daemon";
import { openStore, type ScriptStore } from "@gvpie/daemon/store";
import { waitUntil } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import Database from "better-sqlite3";
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { rows } from "./support/test-store.ts";

const RESULT = { drawing: undefined, stdout: "done", stderr: "" };

interface Loop {
  readonly store: ScriptStore;
  readonly path: string;
  readonly events: DaemonEvent[];
  readonly reports: RunReport[];
  /** Resolves when the loop has ended. */
  readonly ended: Promise<unknown>;
  readonly close: () => Promise<void>;
}

/** Starts a loop whose only script, if the database is new, is run by `run`. */
async function startLoop(
  run: Runner["run"],
  options: { path?: string; leaseMs?: number } = {},
): Promise<Loop> {
  const path = options.path ?? join(temporaryDirectory(), "daemon.db");
  const store = await openStore({ path, busyTimeoutMs: 1 });
  const events: DaemonEvent[] = [];
  const reports: RunReport[] = [];
  if (options.path === undefined) {
    await store.removeScript("hello_gpu");
    await store.addScript({ name: "slow", lang: "pixel", code: "HALT" });
  }
  const daemon = createDaemon({
    store,
    cartridges: temporaryDirectory(),
    runners: { pixel: { run } },
    leaseMs: options.leaseMs,
    onEvent: (event) => events.push(event),
    onRun: (report) => reports.push(report),
  });
  const ended = daemon.run().then(
    () => "closed",
    (error: unknown) => error,
  );
  onTestFinished(async () => {
    await daemon.close();
    await store.close();
  });
  return { store, path, events, reports, ended, close: () => daemon.close() };
}

test(
  "a run that ends under a lock longer than its lease is recorded, not lost",
  { timeout: 30_000 },
  async () => {
    const path = join(temporaryDirectory(), "daemon.db");
    await (await openStore({ path })).close();
    const holder = new Database(path);
    onTestFinished(() => {
      holder.close();
    });
    const leaseMs = 2_000;
    const run: Runner["run"] = async () => {
      holder.exec("BEGIN IMMEDIATE");
      return RESULT;
    };
    holder.exec(
      "DELETE FROM improvement_scripts; INSERT INTO improvement_scripts (name, lang, code) VALUES ('slow', 'pixel', 'HALT')",
    );
    const loop = await startLoop(run, { path, leaseMs });
    await waitUntil(() => holder.inTransaction);
    // Another loop, which would record the run as lost.
    const other = await startLoop(run, { path, leaseMs });
    await sleep(leaseMs * 1.5);
    expect(loop.events.some(({ type }) => type === "store")).toBe(true);
    holder.exec("ROLLBACK");
    await waitUntil(() => loop.reports.length > 0);
    await Promise.all([loop.close(), other.close()]);
    expect(rows(path, "SELECT success, stdout, stderr FROM improvement_runs WHERE id = 1")).toEqual([
      { success: 1, stdout: "done", stderr: "" },
    ]);
  },
);

test("a run whose script is removed meanwhile is reported as such, not as lost", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { store, reports, events } = await startLoop(async () => {
    await promise;
    return RESULT;
  });
  await waitUntil(async () => (await store.listRuns()).length === 1);
  await store.removeScript("slow");
  resolve();
  await waitUntil(() => reports.length === 1);
  expect(reports[0]?.stderr).toMatch(/^RUN_REMOVED: the script was removed/);
  expect(events.map(({ type }) => type)).toEqual(["removed"]);
});

test.each(["removed", "replaced"])("a loop whose database is %s ends, and finishes its run", async (how) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { store, path, reports, ended } = await startLoop(async () => {
    await promise;
    return RESULT;
  });
  await waitUntil(async () => (await store.listRuns()).length === 1);
  const other = join(temporaryDirectory(), "other.db");
  await (await openStore({ path: other })).close();
  for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
  if (how === "replaced") renameSync(other, path);
  await sleep(300);
  resolve();
  expect(await ended).toMatchObject({ name: "StoreError", code: "STORE_MOVED" });
  // In a file that was only removed the run is recorded; in its place another file must not be changed.
  expect(reports.map(({ success }) => success)).toEqual(how === "removed" ? [true] : []);
});

test("the duration of a run does not include its waiting", async () => {
  const { store, reports } = await startLoop(async (_script, { waiting }) => {
    waiting(true);
    await sleep(1_000);
    waiting(false);
    return RESULT;
  });
  const startedAt = performance.now();
  await waitUntil(() => reports.length === 1);
  const elapsedMs = performance.now() - startedAt;
  expect((await store.listRuns())[0]?.durationMs).toBeLessThan(elapsedMs - 900);
});
