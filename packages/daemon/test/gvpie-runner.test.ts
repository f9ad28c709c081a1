import { createDaemon, createGvpieRunner, type DaemonEvent, type RunReport } from "@gvpie/daemon";
import {
  createFileSocketClient,
  createFileSocketServer,
  FileSocketError,
  RequestError,
  type FileSocketClient,
  type FileSocketServer,
  type RenderHandler,
} from "@gvpie/file-socket";
import { PxlError } from "@gvpie/pxl-parser";
import { renderProgram } from "@gvpie/raster-cpu";
import { waitUntil } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { expectCountersToMatch, openTestStore } from "./support/test-store.ts";

const render: RenderHandler = ({ code, width, height, background }) => {
  try {
    return { ...renderProgram(code, { width, height, background }), backend: "cpu", adapter: "cpu" };
  } catch (error) {
    if (!(error instanceof PxlError)) throw error;
    const { code, message, diagnostics } = error;
    throw new RequestError({ status: "bad_program", code, message, diagnostics });
  }
};

async function serve(dir: string, handler: RenderHandler = render): Promise<FileSocketServer> {
  const server = await createFileSocketServer({ dir, render: handler });
  onTestFinished(() => server.close());
  return server;
}

function connect(dir: string): FileSocketClient {
  const client = createFileSocketClient({ dir });
  onTestFinished(() => client.close());
  return client;
}

describe("with a renderer", () => {
  test("renders hello_gpu of a new database to a cartridge", async () => {
    const { store } = await openTestStore({ keepSeed: true });
    const dir = join(temporaryDirectory(), "socket");
    await serve(dir);
    const runners = { gvpie: createGvpieRunner({ client: connect(dir) }) };
    const reports = await createDaemon({ store, cartridges: temporaryDirectory(), runners }).runOnce();
    expect(reports).toMatchObject([
      {
        name: "hello_gpu",
        success: true,
        stdout: "drew 128×64 pixels",
        backend: "cpu",
        cartridgePath: expect.stringMatching(/hello_gpu_\d+_1\.png$/),
      },
    ]);
  });

  test("sends the options, records the adapter, and reports errors with line and column", async () => {
    const { store } = await openTestStore();
    const dir = join(temporaryDirectory(), "socket");
    await serve(dir, (request, context) => {
      if (request.code.includes("#limit")) {
        throw new RequestError({
          status: "too_large",
          code: "RASTER_LIMIT_PIXELS",
          message: "too many pixels",
        });
      }
      return Promise.resolve(render(request, context)).then((reply) => ({
        ...reply,
        backend: "webgpu",
        adapter: "SwiftShader",
      }));
    });
    const options = { width: 7, height: 5, background: "#336699" };
    await store.addScript({ name: "good", lang: "gvpie", code: "RECT 1 1 1 1", options });
    await store.addScript({ name: "bad", lang: "gvpie", code: "TXT 1\nFOO" });
    await store.addScript({ name: "limit", lang: "gvpie", code: "#limit" });
    const runners = { gvpie: createGvpieRunner({ client: connect(dir) }) };
    const reports = await createDaemon({ store, cartridges: temporaryDirectory(), runners }).runOnce();
    const byName = new Map(reports.map((run) => [run.name, run]));
    expect(byName.get("good")).toMatchObject({ stdout: "drew 7×5 pixels", backend: "webgpu (SwiftShader)" });
    expect(byName.get("bad")?.stderr).toMatch(
      /^PXL_MISSING_OPERAND: line 1, column 6: .*\nPXL_UNKNOWN_OPCODE: line 2, column 1: /,
    );
    expect(byName.get("limit")?.stderr).toBe("RASTER_LIMIT_PIXELS: too many pixels");
  });
});

describe("without a renderer", () => {
  test("run() waits for one", async () => {
    const { store, path } = await openTestStore();
    const dir = join(temporaryDirectory(), "socket");
    for (const name of ["a", "b", "c", "d", "e", "f"]) {
      await store.addScript({ name, lang: "gvpie", code: `TXT 1 1 ${name}` });
    }
    const reports: RunReport[] = [];
    const events: DaemonEvent[] = [];
    const daemon = createDaemon({
      store,
      cartridges: temporaryDirectory(),
      runners: { gvpie: createGvpieRunner({ client: connect(dir) }) },
      onRun: (run) => reports.push(run),
      onEvent: (event) => events.push(event),
    });
    onTestFinished(() => daemon.close());
    void daemon.run();
    await waitUntil(() => events.filter((event) => event.type === "waiting").length === 4);
    await sleep(500);
    expect(await store.listRuns()).toHaveLength(4);
    await serve(dir);
    await waitUntil(() => reports.length === 6);
    expect(reports.every((run) => run.success)).toBe(true);
    expectCountersToMatch(path);
  });

  test(
    "runOnce() fails all scripts after 10 s, and succeeds once a renderer is back",
    { timeout: 30_000 },
    async () => {
      const { store } = await openTestStore();
      const dir = join(temporaryDirectory(), "socket");
      for (const name of ["a", "b", "c", "d", "e", "f"]) {
        await store.addScript({ name, lang: "gvpie", code: `TXT 1 1 ${name}` });
      }
      const runners = { gvpie: createGvpieRunner({ client: connect(dir) }) };
      const startedAt = performance.now();
      const reports = await createDaemon({ store, cartridges: temporaryDirectory(), runners }).runOnce();
      expect(performance.now() - startedAt).toBeGreaterThan(9_900);
      expect(performance.now() - startedAt).toBeLessThan(12_500);
      expect(reports).toHaveLength(6);
      for (const { stderr } of reports) expect(stderr).toMatch(/^NO_RENDERER: .*is gvpie-daemon running/);

      // Slower than the shortened timeout of a request without a renderer.
      await serve(dir, async (request, context) => {
        await sleep(400);
        return render(request, context);
      });
      const again = await createDaemon({ store, cartridges: temporaryDirectory(), runners }).runOnce();
      expect(again.map((run) => run.stderr)).toEqual(["", "", "", "", "", ""]);
    },
  );
});

test.each(["FSOCK_FORBIDDEN", "FSOCK_BUSY"] as const)(
  "a renderer that answers pings with %s is not silent",
  async (code) => {
    let pings = 0;
    const waits: boolean[] = [];
    const runner = createGvpieRunner({
      client: {
        ping: () => {
          pings++;
          return Promise.reject(new FileSocketError(code, "no pings", { replyCode: "CAP_LIMIT_OPERATIONS" }));
        },
        render: async (source, options) => {
          await waitUntil(() => pings === 2);
          const frame = renderProgram(source, { width: options?.width, height: options?.height });
          return { ...frame, backend: "cpu", adapter: "cpu", queuedMs: 0, renderMs: 0 };
        },
        renderFrames: () => Promise.reject(new Error("not an animation")),
      },
    });
    await runner.run(
      { id: 1, name: "a", lang: "gvpie", code: "HALT\n", options: {} },
      {
        capability: undefined,
        signal: new AbortController().signal,
        patienceMs: 5_000,
        waiting: (isWaiting) => waits.push(isWaiting),
        holdSlot: () => {},
        timeLeftMs: () => 60_000,
      },
    );
    expect(waits).not.toContain(true);
  },
);
