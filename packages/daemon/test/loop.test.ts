import {
  createDaemon,
  createPixelRunner,
  type Daemon,
  type DaemonEvent,
  type DaemonOptions,
  type Runner,
  type RunReport,
} from "@gvpie/daemon";
import { openStore, type Lang, type ScriptStore } from "@gvpie/daemon/store";
import { createCpuRasterizer } from "@gvpie/raster-cpu";
import { waitUntil } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import Database from "better-sqlite3";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { asOtherTool, expectCountersToMatch, openTestStore, TestClock } from "./support/test-store.ts";

const nothing = { drawing: undefined, stdout: "", stderr: "" };

/** A runner whose runs end when the test ends them. */
function createManualRunner(): Runner & {
  readonly running: string[];
  readonly most: () => number;
  end(name: string): void;
} {
  const running: string[] = [];
  const ends = new Map<string, () => void>();
  let most = 0;
  return {
    running,
    most: () => most,
    end: (name) => ends.get(name)?.(),
    async run({ name }) {
      expect(running).not.toContain(name);
      running.push(name);
      most = Math.max(most, running.length);
      await new Promise<void>((resolve) => ends.set(name, resolve));
      running.splice(running.indexOf(name), 1);
      return nothing;
    },
  };
}

interface Loop {
  readonly daemon: Daemon;
  readonly reports: RunReport[];
  readonly events: DaemonEvent[];
  readonly ended: Promise<void>;
}

function loop(store: ScriptStore, options: Partial<DaemonOptions>): Loop {
  const reports: RunReport[] = [];
  const events: DaemonEvent[] = [];
  const daemon = createDaemon({
    store,
    cartridges: temporaryDirectory(),
    runners: { pixel: { run: async () => nothing } },
    onRun: (run) => reports.push(run),
    onEvent: (event) => events.push(event),
    ...options,
  });
  const ended = daemon.run();
  onTestFinished(() => daemon.close());
  return { daemon, reports, events, ended };
}

async function add(store: ScriptStore, names: readonly string[], lang: Lang = "pixel"): Promise<void> {
  for (const name of names) await store.addScript({ name, lang, code: "HALT" });
}

function namesOf(reports: readonly RunReport[]): string[] {
  return reports.map((run) => run.name);
}

describe("the loop", () => {
  test("starts scripts when they are due, by the store's clock", async () => {
    const clock = new TestClock();
    const { store } = await openTestStore({ clock });
    await add(store, ["a"]);
    await store.addScript({ name: "slow", lang: "pixel", code: "HALT", options: { intervalMs: 60_000 } });
    const { reports } = loop(store, {});
    await waitUntil(() => reports.length === 2);
    clock.advance(9_900);
    await sleep(250);
    expect(reports).toHaveLength(2);
    clock.advance(100);
    // The loop's timer runs on the real clock, so an edit has to wake it.
    await store.updateScript("slow", { enabled: false });
    await waitUntil(() => reports.length === 3);
    expect(reports[2]?.name).toBe("a");
  });

  test("waits for the interval between two starts", async () => {
    const { store } = await openTestStore();
    await add(store, ["a"]);
    const startedAt = performance.now();
    const { reports } = loop(store, { intervalMs: 150 });
    await waitUntil(() => reports.length === 5);
    expect(performance.now() - startedAt).toBeGreaterThan(4 * 149);
  });

  test("starts a new or edited script at once, including edits by other processes", async () => {
    const { store, path } = await openTestStore();
    await add(store, ["a"]);
    const { reports } = loop(store, { intervalMs: 3_600_000 });
    await waitUntil(() => reports.length === 1);
    const edits: (() => unknown)[] = [
      () =>
        asOtherTool(path, (d) =>
          d.exec(
            "INSERT INTO improvement_scripts (name, lang, code, enabled) VALUES ('b', 'pixel', 'HALT', 1)",
          ),
        ),
      () =>
        asOtherTool(path, (d) => d.exec("UPDATE improvement_scripts SET code = '# edited' WHERE name = 'a'")),
      () => store.addScript({ name: "c", lang: "pixel", code: "HALT" }),
      () => store.updateScript("c", { options: { width: 3 } }),
    ];
    for (const edit of edits) {
      const before = reports.length;
      await edit();
      await waitUntil(() => reports.length > before, { timeoutMs: 1_000 });
    }
    expect(namesOf(reports)).toEqual(["a", "b", "a", "c", "c"]);
  });

  test("respects the concurrency, and never runs a script twice at a time", async () => {
    const { store } = await openTestStore();
    const runner = createManualRunner();
    await add(store, ["a", "b", "c", "d", "e"]);
    const { reports, daemon } = loop(store, { runners: { pixel: runner }, concurrency: 3, intervalMs: 1 });
    await waitUntil(() => runner.running.length === 3);
    await sleep(150);
    expect(runner.running).toEqual(["a", "b", "c"]);
    for (let i = 0; i < 60; i++) {
      const before = reports.length;
      runner.end(runner.running[i % runner.running.length] ?? "");
      await waitUntil(() => reports.length > before && runner.running.length === 3);
    }
    expect(runner.most()).toBe(3);
    const counts = ["a", "b", "c", "d", "e"].map(
      (name) => namesOf(reports).filter((each) => each === name).length,
    );
    for (const count of counts) expect(Math.abs(count - 12)).toBeLessThanOrEqual(3);
    const closing = daemon.close();
    for (const name of runner.running) runner.end(name);
    await closing;
  });

  test("a slow script occupies only one slot", async () => {
    const { store } = await openTestStore();
    const slow = createManualRunner();
    await add(store, ["slow"], "cartridge");
    await add(store, ["quick"]);
    const { reports } = loop(store, {
      runners: { cartridge: slow, pixel: { run: async () => nothing } },
      concurrency: 2,
      intervalMs: 10,
    });
    await waitUntil(() => reports.length >= 20);
    expect(new Set(namesOf(reports))).toEqual(new Set(["quick"]));
    slow.end("slow");
  });

  test("a failing script backs off without delaying others", async () => {
    const { store } = await openTestStore();
    await add(store, ["good"]);
    await store.addScript({ name: "bad", lang: "pixel", code: "NONSENSE" });
    const pixel = createPixelRunner({ rasterizer: createCpuRasterizer() });
    const { reports } = loop(store, { runners: { pixel }, intervalMs: 20 });
    await sleep(1_000);
    const bad = namesOf(reports).filter((name) => name === "bad").length;
    expect(bad).toBe(2);
    expect(reports.length - bad).toBeGreaterThan(10);
  });

  test("waiting runs free their slots, and no further scripts of their language start", async () => {
    const { store } = await openTestStore();
    await add(store, ["w1", "w2", "w3", "w4"], "gvpie");
    await add(store, ["p"]);
    let renderer = false;
    const gvpie: Runner = {
      async run(_, { waiting, signal }) {
        waiting(true);
        await waitUntil(() => renderer || signal.aborted);
        return nothing;
      },
    };
    const runners = { gvpie, pixel: { run: async () => nothing } };
    const { reports, events } = loop(store, { runners, concurrency: 2, intervalMs: 30, timeoutMs: 200 });
    await waitUntil(() => namesOf(reports).filter((name) => name === "p").length >= 5);
    expect(events.map(({ type, fields }) => [type, fields["script"] ?? fields["code"]])).toEqual([
      ["condition", "NO_RENDERER"],
      ["waiting", "w1"],
      ["waiting", "w2"],
    ]);
    // Longer than the time limit, which is suspended while a run waits.
    await sleep(300);
    expect(new Set(namesOf(reports))).toEqual(new Set(["p"]));
    renderer = true;
    await waitUntil(() => new Set(namesOf(reports)).size === 5);
    expect(reports.every((run) => run.success)).toBe(true);
  });

  test("renews a lease until the run ends", async () => {
    const { store, path } = await openTestStore();
    const { store: other } = await openTestStore({ path });
    const runner = createManualRunner();
    await add(store, ["long"]);
    const { reports } = loop(store, { runners: { pixel: runner }, leaseMs: 600 });
    await waitUntil(() => runner.running.length === 1);
    for (let i = 0; i < 10; i++) {
      await sleep(130);
      expect(await other.failExpiredRuns("RUN_LOST: gone", { intervalMs: 1 })).toEqual([]);
    }
    runner.end("long");
    await waitUntil(() => reports.length === 1);
    expect(reports).toMatchObject([{ success: true }]);
  });

  test("aborts a run whose lease has expired", async () => {
    const { store, path } = await openTestStore();
    await add(store, ["a"]);
    let reason: unknown;
    const runner: Runner = {
      run: (_, { signal }) =>
        new Promise((resolve) =>
          signal.addEventListener("abort", () => {
            reason = signal.reason;
            resolve(nothing);
          }),
        ),
    };
    const { events } = loop(store, { runners: { pixel: runner }, leaseMs: 150, intervalMs: 3_600_000 });
    await waitUntil(async () => (await store.listRuns()).length === 1);
    asOtherTool(path, (d) =>
      d.exec(
        "UPDATE script_schedule SET run_id = NULL, holder = NULL; UPDATE improvement_runs SET finished_at = 'x', success = 0",
      ),
    );
    await waitUntil(() => events.some((event) => event.type === "lost"));
    expect(reason).toMatchObject({ code: "RUN_LOST" });
  });
});

describe("closing", () => {
  test("lets runs in progress end, starts no others, and leaves the store open", async () => {
    const { store, path } = await openTestStore();
    const runner = createManualRunner();
    await add(store, ["a", "b", "c"]);
    const { daemon, reports, ended } = loop(store, { runners: { pixel: runner }, concurrency: 2 });
    await waitUntil(() => runner.running.length === 2);
    const closing = daemon.close();
    runner.end("a");
    await sleep(50);
    runner.end("b");
    await closing;
    await ended;
    await daemon.close();
    expect(namesOf(reports)).toEqual(["a", "b"]);
    expect(await store.listRuns()).toHaveLength(2);
    expectCountersToMatch(path);
  });

  test("records runs that take longer than 1.5 s as stopped; their scripts are due at once", async () => {
    const { store } = await openTestStore();
    await add(store, ["endless"]);
    const endless: Runner = { run: () => new Promise(() => {}) };
    const { daemon } = loop(store, { runners: { pixel: endless } });
    await waitUntil(async () => (await store.listRuns()).length === 1);
    const startedAt = performance.now();
    await daemon.close();
    expect(performance.now() - startedAt).toBeLessThan(1_990);
    expect(await store.listRuns()).toMatchObject([
      { success: false, stderr: expect.stringMatching(/^RUN_STOPPED: /) },
    ]);
    expect(await store.nextDueInMs(["pixel"])).toBe(0);
  });

  test("stops waiting runs at once", async () => {
    const { store } = await openTestStore();
    await add(store, ["waits", "waits later"], "gvpie");
    const gvpie: Runner = {
      async run({ name }, { waiting, signal }) {
        if (name === "waits later") await sleep(150);
        waiting(true);
        await waitUntil(() => signal.aborted);
        return nothing;
      },
    };
    const { daemon } = loop(store, { runners: { gvpie } });
    await waitUntil(async () => (await store.listRuns()).length === 2);
    const startedAt = performance.now();
    await daemon.close();
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect((await store.listRuns()).map((run) => run.success)).toEqual([false, false]);
  });

  test("ends on an abort signal, including one aborted before the start", async () => {
    const { store } = await openTestStore();
    await add(store, ["a"]);
    const options = { store, cartridges: temporaryDirectory(), runners: {} };
    await createDaemon(options).run({ signal: AbortSignal.abort() });
    expect(await store.listRuns()).toEqual([]);
    const controller = new AbortController();
    const ended = createDaemon(options).run({ signal: controller.signal });
    await waitUntil(async () => (await store.listRuns()).length === 1);
    controller.abort();
    await ended;
  });
});

describe("a failing database", () => {
  test("is tried again until it works, and no outcome is lost", async () => {
    const { path } = await openTestStore();
    const store = await openStore({ path, busyTimeoutMs: 20 });
    onTestFinished(() => store.close());
    const runner = createManualRunner();
    await add(store, ["a", "b"]);
    const { reports, events } = loop(store, {
      runners: { pixel: runner },
      concurrency: 1,
      intervalMs: 3_600_000,
    });
    await waitUntil(() => runner.running.length === 1);

    const blocker = new Database(path);
    blocker.exec("BEGIN IMMEDIATE");
    runner.end("a");
    await waitUntil(() => events.some((event) => event.type === "store"));
    await sleep(300);
    expect(reports).toEqual([]);
    blocker.exec("ROLLBACK");
    blocker.close();

    await waitUntil(() => runner.running.includes("b"));
    runner.end("b");
    await waitUntil(() => reports.length === 2);
    expect(events.filter((event) => event.type === "store").map((event) => event.message)).toContainEqual(
      expect.stringMatching(/another process holds the database; close it/),
    );
    expectCountersToMatch(path);
  });

  test("does not prevent closing", async () => {
    const { path } = await openTestStore();
    const store = await openStore({ path, busyTimeoutMs: 20 });
    onTestFinished(() => store.close());
    await add(store, ["a"]);
    const runner = createManualRunner();
    const { daemon, ended, events } = loop(store, { runners: { pixel: runner }, leaseMs: 60_000 });
    await waitUntil(() => runner.running.length === 1);
    const blocker = new Database(path);
    onTestFinished(() => void blocker.close());
    blocker.exec("BEGIN IMMEDIATE");
    runner.end("a");
    await waitUntil(() => events.some((event) => event.type === "store"));
    const startedAt = performance.now();
    await daemon.close();
    await ended;
    expect(performance.now() - startedAt).toBeLessThan(1_990);
  });
});
