import { createHttpServer, type MainThread } from "@gvpie/app-common/http";
import { createDaemon, createPixelRunner } from "@gvpie/daemon";
import { type NewScript, openStore, type RunOutcome, type ScriptStore } from "@gvpie/daemon/store";
import { createCpuRasterizer } from "@gvpie/raster-cpu";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { createPage } from "../../../src/page/page.ts";

export const TOKEN = "a-token-of-the-tests-that-is-long-enough";

const MAIN: MainThread = {
  health: async () => ({ isHealthy: true }),
  metrics: async () => [],
  onEvent: () => () => {},
  log: (_level, message) => console.error(message),
};

/** A served page, with the database and the cartridges that it shows. */
export interface PageServer {
  readonly url: string;
  readonly store: ScriptStore;
  readonly path: string;
  readonly cartridges: string;
  /** Requests with the token, without a browser. */
  readonly send: (path: string, init?: RequestInit) => Promise<Response>;
  /** Runs every enabled script once, in a loop with its own connection to the database, as that of another process. */
  readonly runOnce: () => Promise<void>;
}

/** Serves the page of a new database with these scripts. */
export async function servePage(...scripts: readonly NewScript[]): Promise<PageServer> {
  const folder = temporaryDirectory();
  const path = join(folder, "daemon.db");
  const cartridges = join(folder, "cartridges");
  const store = await openStore({ path, synchronous: "normal" });
  await store.removeScript("hello_gpu");
  for (const script of scripts) await store.addScript(script);
  const app = createPage({ store });
  const server = await createHttpServer({ host: "127.0.0.1", port: 0, token: TOKEN, app, main: MAIN });
  onTestFinished(async () => {
    await server.close();
    await store.close();
  });
  const url = `http://127.0.0.1:${server.port}`;
  return {
    url,
    store,
    path,
    cartridges,
    send: (path, init = {}) =>
      fetch(url + path, { redirect: "manual", headers: { authorization: `Bearer ${TOKEN}` }, ...init }),
    async runOnce() {
      // The store of the page does not see its own writes as changes.
      const own = await openStore({ path, synchronous: "normal" });
      const rasterizer = createCpuRasterizer();
      const daemon = createDaemon({
        store: own,
        runners: { pixel: createPixelRunner({ rasterizer }) },
        cartridges,
      });
      await daemon.runOnce();
      await daemon.close();
      await own.close();
    },
  };
}

/** Records a run that failed. */
export async function failRun(store: ScriptStore, name: string, stderr: string): Promise<void> {
  const script = await store.getScript(name);
  const [run] = await store.claimScripts([Number(script.id)], { intervalMs: 10_000, leaseMs: 15_000 });
  const outcome: RunOutcome = { runId: run?.runId ?? 0, success: false, stdout: "", stderr, durationMs: 12 };
  await store.finishRuns([outcome], { intervalMs: 10_000 });
}
