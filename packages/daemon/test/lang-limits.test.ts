// Concurrency per language, and time limits per script.
import { createDaemon, type Daemon, type DaemonOptions, type Runner, type RunReport } from "@gvpie/daemon";
import type { Lang, ScriptStore } from "@gvpie/daemon/store";
import { waitUntil } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { openTestStore } from "./support/test-store.ts";

const nothing = { drawing: undefined, stdout: "", stderr: "" };

/** A runner that counts the runs in progress, each of which lasts for a few milliseconds. */
function countingRunner(): {
  readonly runner: Runner;
  readonly most: () => number;
  readonly total: () => number;
} {
  let running = 0;
  let most = 0;
  let total = 0;
  const runner: Runner = {
    async run() {
      total++;
      most = Math.max(most, ++running);
      await sleep(5);
      running--;
      return nothing;
    },
  };
  return { runner, most: () => most, total: () => total };
}

async function addScripts(store: ScriptStore, lang: Lang, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await store.addScript({ name: `${lang} ${i}`, lang, code: "HALT" });
}

function create(
  store: ScriptStore,
  options: Partial<DaemonOptions>,
): { daemon: Daemon; reports: RunReport[] } {
  const reports: RunReport[] = [];
  const cartridges = temporaryDirectory();
  const onRun = (run: RunReport): unknown => reports.push(run);
  const daemon = createDaemon({ store, cartridges, runners: {}, onRun, ...options });
  onTestFinished(() => daemon.close());
  return { daemon, reports };
}

test("a language has at most its number of slots, and the others have the rest", async () => {
  const { store } = await openTestStore();
  const [limited, free] = [countingRunner(), countingRunner()];
  await addScripts(store, "cartridge", 6);
  await addScripts(store, "pixel", 6);
  const { daemon } = create(store, {
    runners: { cartridge: limited.runner, pixel: free.runner },
    concurrency: 5,
    langConcurrency: { cartridge: 2 },
    intervalMs: 0,
  });
  void daemon.run();
  await waitUntil(() => limited.total() >= 60 && free.total() >= 60);
  expect(limited.most()).toBe(2);
  expect(free.most()).toBeGreaterThanOrEqual(3);
});

test("requested runs obey the limit of their language", async () => {
  const { store } = await openTestStore();
  const limited = countingRunner();
  await addScripts(store, "cartridge", 6);
  for (let i = 0; i < 6; i++) await store.setPaused(`cartridge ${i}`, true);
  for (let i = 0; i < 6; i++) await store.requestRun(`cartridge ${i}`);
  const { daemon, reports } = create(store, {
    runners: { cartridge: limited.runner },
    concurrency: 6,
    langConcurrency: { cartridge: 2 },
  });
  void daemon.run();
  await waitUntil(() => reports.length === 6);
  expect(limited.most()).toBe(2);
});

test("runOnce() obeys the limits, and runs every script", async () => {
  const { store } = await openTestStore();
  const [limited, free] = [countingRunner(), countingRunner()];
  await addScripts(store, "cartridge", 5);
  await addScripts(store, "pixel", 5);
  const { daemon } = create(store, {
    runners: { cartridge: limited.runner, pixel: free.runner },
    langConcurrency: { cartridge: 1 },
  });
  expect(await daemon.runOnce()).toHaveLength(10);
  expect(limited.most()).toBe(1);
});

test("a language with all slots of its limit taken does not starve the others, nor they it", async () => {
  const { store } = await openTestStore();
  const [a, b] = [countingRunner(), countingRunner()];
  await addScripts(store, "cartridge", 4);
  await addScripts(store, "pixel", 4);
  const { daemon, reports } = create(store, {
    runners: { cartridge: a.runner, pixel: b.runner },
    concurrency: 2,
    langConcurrency: { cartridge: 1, pixel: 1 },
    intervalMs: 0,
  });
  void daemon.run();
  await waitUntil(() => reports.length >= 120);
  const counts = new Map<string, number>();
  for (const { name } of reports) counts.set(name, (counts.get(name) ?? 0) + 1);
  expect(counts.size).toBe(8);
  for (const count of counts.values()) expect(count).toBeGreaterThan(5);
});

test("a script's own time limit counts instead of that of the loop", async () => {
  const { store } = await openTestStore();
  const options = { timeoutMs: 30 };
  await store.addScript({ name: "short", lang: "pixel", code: "HALT", options });
  await store.addScript({ name: "long", lang: "pixel", code: "HALT", options: { timeoutMs: 60_000 } });
  const runner: Runner = {
    run: ({ name }) => (name === "long" ? Promise.resolve(nothing) : new Promise(() => {})),
  };
  const { daemon } = create(store, { runners: { pixel: runner }, timeoutMs: 50_000 });
  const reports = await daemon.runOnce();
  expect(Object.fromEntries(reports.map(({ name, stderr }) => [name, stderr]))).toEqual({
    long: "",
    short: "RUN_TIMEOUT: the run took longer than 30 ms",
  });
});

test.each([
  [{ gvpie: 0 }, "langConcurrency.gvpie: expected an integer from 1 to 1000, got 0"],
  [{ pyton: 2 }, "did you mean python?"],
])("createDaemon refuses langConcurrency %j", (langConcurrency, message) => {
  expect(() =>
    createDaemon({ store: {}, cartridges: "x", runners: {}, langConcurrency } as unknown as DaemonOptions),
  ).toThrow(message);
});
