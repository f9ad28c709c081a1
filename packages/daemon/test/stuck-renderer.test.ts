// Renderers that never reply: a handler that hangs, and a stopped process. With and without capabilities.
import { createKey, publicKeyOf, thumbprintOf } from "@gvpie/capability";
import {
  createDaemon,
  createGvpieRunner,
  type ConditionChange,
  type Daemon,
  type RunReport,
} from "@gvpie/daemon";
import type { ScriptOptions } from "@gvpie/daemon/store";
import { createFileSocketClient } from "@gvpie/file-socket";
import { startNode, waitUntil } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createCapabilityFixture } from "./support/capability-fixture.ts";
import { draw, serveRenderer, type RendererKeys } from "./support/test-renderer.ts";
import { openTestStore } from "./support/test-store.ts";

const capabilities = await createCapabilityFixture();
const server = await createKey();
const KEYS: RendererKeys = { root: publicKeyOf(capabilities.rootKey), server };

/** A renderer that replies only after `thaw()`. */
interface FrozenRenderer {
  thaw(): void;
}

/** A renderer that answers pings, and whose handler never ends. */
async function hanging(dir: string, keys?: RendererKeys): Promise<FrozenRenderer> {
  const gate = Promise.withResolvers<void>();
  const running = await serveRenderer(
    dir,
    async (request, context) => {
      await gate.promise;
      return draw(request, context);
    },
    keys,
  );
  onTestFinished(() => {
    gate.resolve();
    return running.close();
  });
  return { thaw: gate.resolve };
}

/** A renderer whose process is stopped. */
async function stopped(dir: string, keys?: RendererKeys): Promise<FrozenRenderer> {
  const program = new URL("./support/test-renderer.ts", import.meta.url);
  const renderer = startNode(program, [dir, ...(keys ? [JSON.stringify(keys)] : [])]);
  onTestFinished(() => renderer[Symbol.asyncDispose]());
  await renderer.waitForLine("serving");
  renderer.child.kill("SIGSTOP");
  return { thaw: () => void renderer.child.kill("SIGCONT") };
}

interface Fixture {
  readonly daemon: Daemon;
  readonly reports: RunReport[];
  readonly changes: ConditionChange[];
  /** Returns the number of `gvpie` runs in progress. */
  open(): number;
  /** Returns the number of finished runs in the other language. */
  locals(): number;
}

/** Runs a `pixel` script and four `gvpie` scripts with these options. */
async function startLoop(dir: string, keys?: RendererKeys, options: ScriptOptions = {}): Promise<Fixture> {
  const { store } = await openTestStore();
  const client = createFileSocketClient({ dir });
  onTestFinished(() => client.close());
  for (const name of ["a", "b", "c", "d"]) {
    await store.addScript({ name, lang: "gvpie", code: "PIX 1 1", options });
  }
  await store.addScript({ name: "local", lang: "pixel", code: "HALT" });
  const reports: RunReport[] = [];
  const changes: ConditionChange[] = [];
  const gvpie = await capabilities.issue({ audience: [await thumbprintOf(server)] });
  const pixel = await capabilities.issue();
  const runner = createGvpieRunner({ client });
  let open = 0;
  const daemon = createDaemon({
    store,
    cartridges: temporaryDirectory(),
    runners: {
      gvpie: {
        async run(script, context) {
          open++;
          try {
            return await runner.run(script, context);
          } finally {
            open--;
          }
        },
      },
      pixel: { run: async () => ({ drawing: undefined, stdout: "", stderr: "" }) },
    },
    capabilities: keys && (await capabilities.open({ defaults: { gvpie, pixel } })),
    concurrency: 4,
    intervalMs: 20,
    onRun: (report) => reports.push(report),
    onCondition: (change) => changes.push(change),
  });
  onTestFinished(() => daemon.close());
  void daemon.run();
  return {
    daemon,
    reports,
    changes,
    open: () => open,
    locals: () => reports.filter(({ lang }) => lang === "pixel").length,
  };
}

async function untilAllSucceed({ reports }: Fixture): Promise<void> {
  const from = reports.length;
  await waitUntil(
    () => new Set(reports.slice(from).flatMap((run) => (run.success ? [run.name] : []))).size === 5,
    { timeoutMs: 30_000 },
  );
}

test.each([
  { kind: "hangs", freeze: hanging, keys: undefined },
  { kind: "hangs and requires capabilities", freeze: hanging, keys: KEYS },
  { kind: "is stopped", freeze: stopped, keys: undefined },
  { kind: "is stopped and requires capabilities", freeze: stopped, keys: KEYS },
])("a renderer that $kind holds at most one slot", async ({ freeze, keys }) => {
  const dir = join(temporaryDirectory(), "socket");
  const renderer = await freeze(dir, keys);
  const loop = await startLoop(dir, keys);
  await waitUntil(() => loop.open() === 4);
  const before = loop.locals();
  await waitUntil(() => loop.locals() >= before + 20);
  expect(loop.open()).toBe(4);
  // The `pixel` script may run now.
  expect(loop.daemon.status().busy).toBeLessThanOrEqual(2);
  renderer.thaw();
  await untilAllSucceed(loop);
  expect(loop.reports.filter(({ success }) => !success)).toEqual([]);
  expect(loop.daemon.status()).toMatchObject({ waiting: [], conditions: [] });
});

test("after three timeouts in succession, one run at a time is tried until one succeeds", async () => {
  const dir = join(temporaryDirectory(), "socket");
  const renderer = await hanging(dir, KEYS);
  // Long enough for three runs to give their slots back, so that no other begins before all four have ended.
  const loop = await startLoop(dir, KEYS, { timeoutMs: 1_500 });
  const failed = (): number => loop.reports.filter(({ stderr }) => stderr.startsWith("RUN_TIMEOUT")).length;
  await waitUntil(() => loop.changes.length > 0);
  expect(loop.changes).toMatchObject([
    { type: "raised", subject: "gvpie", condition: { code: "RENDERER_STUCK", level: "error" } },
  ]);
  expect(loop.daemon.status().waiting).toMatchObject([
    { lang: "gvpie", reason: "the renderer does not reply" },
  ]);
  // Runs that began before.
  await waitUntil(() => loop.open() <= 1 && failed() >= 4);
  const before = failed();
  await waitUntil(() => {
    expect(loop.open()).toBeLessThanOrEqual(1);
    return failed() > before;
  });
  renderer.thaw();
  await untilAllSucceed(loop);
  expect(loop.changes.map(({ type }) => type)).toEqual(["raised", "cleared"]);
  expect(loop.daemon.status()).toMatchObject({ waiting: [], conditions: [] });
});
