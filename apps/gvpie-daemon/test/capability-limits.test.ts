import type { BackendName, CapabilityGrant, CapabilityLimits } from "@gvpie/capability";
import { RequestError, type RenderReply, type RenderRequest } from "@gvpie/file-socket";
import { DEFAULT_LIMITS } from "@gvpie/raster";
import { renderProgram } from "@gvpie/raster-cpu";
import { waitUntil } from "@gvpie/testing";
import { findDriver } from "@gvpie/testing/gpu-drivers";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBackend, type Backend } from "../src/backend.ts";
import type { Config } from "../src/config.ts";
import { createRenderHandler } from "../src/render-handler.ts";
import { BLOCK, grantOf } from "./support/grants.ts";

const { pixels, instructions, paintedPixels } = DEFAULT_LIMITS;
const DEFAULTS: Config["limits"] = { pixels, instructions, paintedPixels };

/** Each way in which a handler renders; absent without a Vulkan driver. */
type Mode = "cpu, main thread" | "cpu, worker" | "auto without a card" | "auto with a card" | "webgpu";
const MODES: readonly Mode[] = [
  "cpu, main thread",
  "cpu, worker",
  "auto without a card",
  "auto with a card",
  "webgpu",
];

const driver = findDriver("lavapipe");
const noGpu = "missing" in driver && driver.missing;
const events: { readonly drawingPid?: number; readonly backend?: string }[] = [];
const log = pino({}, { write: (line: string) => events.push(JSON.parse(line) as object) });
const opened: Backend[] = [];
const backends = new Map<Mode, Backend>();

beforeAll(async () => {
  if ("env" in driver) Object.assign(process.env, driver.env);
  const open = async (backend: Config["backend"]): Promise<Backend> => {
    const one = await openBackend({ backend, adapter: undefined }, log, new AbortController().signal);
    opened.push(one);
    return one;
  };
  const cpu = await open("cpu");
  backends.set("cpu, main thread", cpu);
  backends.set("cpu, worker", { ...cpu, allowsMainThread: false });
  const auto = await open("auto");
  backends.set("auto without a card", auto);
  if (noGpu === false) {
    const gpu = await open("webgpu");
    backends.set("webgpu", gpu);
    // As `auto` with a card, whose threshold every frame reaches.
    backends.set("auto with a card", Object.create(gpu, { allowsMainThread: { value: true } }) as Backend);
  }
  await waitUntil(() => auto.gpu === "absent");
});

afterAll(async () => {
  for (const backend of opened) await backend.close();
});

/** Returns the backend of a mode. Without a driver its tests fail in CI, as those of other files do. */
function backendOf(mode: Mode): Backend | undefined {
  const backend = backends.get(mode);
  if (backend === undefined && process.env["CI"] === "true") throw new Error(`no lavapipe: ${String(noGpu)}`);
  return backend;
}

type Asked = Partial<RenderRequest> & Pick<RenderRequest, "code">;

/** Renders with a handler; resolves to the refusal instead of rejecting with it. */
async function render(
  backend: Backend,
  asked: Asked,
  capability?: CapabilityLimits,
  server: Config["limits"] = DEFAULTS,
): Promise<RenderReply | RequestError> {
  const request: RenderRequest = {
    width: undefined,
    height: undefined,
    background: undefined,
    params: undefined,
    frames: undefined,
    ...asked,
  };
  const grant: CapabilityGrant | undefined = capability && (await grantOf(capability));
  const { signal } = new AbortController();
  try {
    return await createRenderHandler(backend, server)(request, {
      grant,
      signal,
      deadline: Infinity,
      via: "spool",
    });
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
}

/** Names of the limits that a render can exceed. */
type RenderLimit = "pixels" | "instructions" | "paintedPixels" | "fuel" | "frames";

/** A program that needs exactly so much of a limit, and the codes of its refusals. */
interface Need {
  readonly limit: RenderLimit;
  readonly needs: number;
  readonly asked: Asked;
  readonly codes: readonly [server: string, capability: string];
  /** A program beyond the server's limit, where no option changes that. */
  readonly beyond?: Asked;
}

const NO_BACKEND = expect.stringMatching(
  /^expected a picture from .* \(limit backends of block 2\)$/,
) as string;
const LOOP = (turns: number): string => `SET i 0\nl:\nADD i 1\nIF i < ${turns} l`;
const NEEDS: readonly Need[] = [
  {
    limit: "pixels",
    needs: 130,
    asked: { code: "RECT 0 0 2 2", width: 13, height: 10 },
    codes: ["RASTER_LIMIT_PIXELS", "CAP_LIMIT_PIXELS"],
  },
  {
    limit: "pixels",
    needs: 60,
    asked: { code: "CANVAS 5 4\nFRAMES 3 40", frames: "all" },
    codes: ["RASTER_LIMIT_PIXELS", "CAP_LIMIT_PIXELS"],
  },
  {
    limit: "instructions",
    needs: 9,
    asked: { code: "RECT 0 0 1 1\n".repeat(9) },
    codes: ["RASTER_LIMIT_INSTRUCTIONS", "CAP_LIMIT_INSTRUCTIONS"],
  },
  {
    limit: "paintedPixels",
    needs: 48,
    asked: { code: "RECT 0 0 4 4\n".repeat(3) },
    codes: ["RASTER_LIMIT_PAINTED", "CAP_LIMIT_PAINTED_PIXELS"],
  },
  {
    limit: "fuel",
    needs: 11,
    asked: { code: LOOP(5) },
    codes: ["RASTER_LIMIT_FUEL", "CAP_LIMIT_FUEL"],
    beyond: { code: LOOP(500_001) },
  },
  {
    limit: "frames",
    needs: 4,
    asked: { code: "CANVAS 3 2\nFRAMES 4 40", frames: "all" },
    codes: ["RASTER_LIMIT_FRAMES", "CAP_LIMIT_FRAMES"],
    beyond: { code: "CANVAS 3 2\nFRAMES 1001 40", frames: "all" },
  },
];

describe.each(MODES)("%s", (mode) => {
  describe.each(NEEDS)("$limit of $asked.code", ({ limit, needs, asked, codes, beyond }) => {
    test("a limit that is reached exactly allows the picture, in any combination", async ({ skip }) => {
      const backend = backendOf(mode) ?? skip("no lavapipe");
      const servers = limit in DEFAULTS ? [DEFAULTS, { ...DEFAULTS, [limit]: needs }] : [DEFAULTS];
      const plain = await render(backend, asked);
      for (const server of servers) {
        for (const capability of [undefined, {}, { [limit]: needs }, { [limit]: Number.MAX_SAFE_INTEGER }]) {
          expect(await render(backend, asked, capability, server)).toEqual(plain);
        }
      }
    });

    test("the capability's limit wins if it is lower, and the refusal names it and its block", async ({
      skip,
    }) => {
      const backend = backendOf(mode) ?? skip("no lavapipe");
      const lowest = limit in DEFAULTS ? { ...DEFAULTS, [limit]: 1 } : DEFAULTS;
      for (const [own, server] of [
        [needs - 1, DEFAULTS],
        [0, DEFAULTS],
        [0, lowest],
      ] as const) {
        const refused = await render(backend, asked, { [limit]: own }, server);
        const message = `expected .*\\b${own} .*, got .* \\(limit ${limit} of block ${BLOCK}\\)$`;
        expect(refused).toMatchObject({
          status: "forbidden",
          code: codes[1],
          message: expect.stringMatching(RegExp(message)) as string,
        });
      }
    });

    test("the server's limit wins if it is lower or the same", async ({ skip }) => {
      const backend = backendOf(mode) ?? skip("no lavapipe");
      const fixed = DEFAULT_LIMITS[limit];
      for (const own of beyond === undefined ? [needs - 1, needs, 2 ** 40] : [fixed, fixed + 1, 2 ** 40]) {
        const refused = await render(
          backend,
          beyond ?? asked,
          { [limit]: own },
          beyond === undefined ? { ...DEFAULTS, [limit]: needs - 1 } : DEFAULTS,
        );
        expect(refused).toMatchObject({ status: "too_large", code: codes[0] });
        expect(refused).toHaveProperty("message", expect.not.stringContaining("of block"));
      }
    });
  });

  const small = { code: "RECT 1 1 3 3", width: 9, height: 8 };
  const animation: Asked = { code: "CANVAS 9 8\nFRAMES 2 40\nRECT frame 1 3 3", frames: "all" };
  const gpu = mode === "webgpu" || mode === "auto with a card";
  const table: readonly [
    allowed: readonly BackendName[],
    still: BackendName | null,
    all: BackendName | null,
  ][] = [
    [["cpu"], "cpu", "cpu"],
    [["webgpu"], gpu ? "webgpu" : null, gpu ? "webgpu" : null],
    [["cpu", "webgpu"], mode === "webgpu" ? "webgpu" : "cpu", gpu ? "webgpu" : "cpu"],
    [[], null, null],
  ];

  test.for(table)("backends %j: %s, animation %s", async ([allowed, still, all], { skip }) => {
    const backend = backendOf(mode) ?? skip("no lavapipe");
    for (const [asked, name] of [
      [small, still],
      [animation, all],
    ] as const) {
      const { data } = (await render(backend, asked)) as RenderReply;
      const reply = await render(backend, asked, { backends: allowed });
      const refused = { status: "forbidden", code: "CAP_LIMIT_BACKENDS", message: NO_BACKEND };
      expect(reply).toMatchObject(name === null ? refused : { backend: name, data });
    }
  });

  test("a capability without frames allows no picture", async ({ skip }) => {
    const backend = backendOf(mode) ?? skip("no lavapipe");
    for (const asked of [small, animation]) {
      expect(await render(backend, asked, { frames: 0 })).toMatchObject({
        status: "forbidden",
        code: "CAP_LIMIT_FRAMES",
        message: expect.stringMatching(
          /^expected at most 0 frames.*, got .* \(limit frames of block 2\)$/,
        ) as string,
      });
    }
    expect(await render(backend, { ...animation, frames: undefined }, { frames: 1 })).toMatchObject({
      width: 9,
    });
  });

  test("a program with errors is a bad program under any capability", async ({ skip }) => {
    const backend = backendOf(mode) ?? skip("no lavapipe");
    for (const capability of [{ backends: ["cpu"] as const }, { fuel: 1 }, undefined]) {
      expect(await render(backend, { code: "RECTT 1" }, capability)).toMatchObject({ status: "bad_program" });
      expect(await render(backend, { code: "SET a 1\nDIV a 0" }, capability)).toMatchObject({
        status: "bad_program",
        code: "RASTER_DIVISION_BY_ZERO",
      });
    }
  });
});

describe("a GPU that dies", () => {
  test("a capability for webgpu gets no picture of the CPU, and one for cpu does not notice", async ({
    skip,
  }) => {
    const backend = backendOf("webgpu") ?? skip("no lavapipe");
    const pid = events.findLast((event) => event.backend === "webgpu")?.drawingPid ?? skip("no GPU process");
    const asked = { code: "RECT 1 1 3 3", width: 9, height: 8 };
    // The frame is in progress when its process dies.
    process.kill(pid, "SIGSTOP");
    const waiting = [
      render(backend, asked, { backends: ["webgpu"] }),
      render(backend, { code: "CANVAS 9 8\nFRAMES 2 40", frames: "all" }, { backends: ["webgpu"] }),
      render(backend, asked, { backends: ["cpu", "webgpu"] }),
    ] as const;
    expect(await render(backend, asked, { backends: ["cpu"] })).toMatchObject({ backend: "cpu" });
    process.kill(pid, "SIGKILL");
    const [only, frames, both] = await Promise.all(waiting);
    const busy = {
      status: "busy",
      code: "CAP_LIMIT_BACKENDS",
      message: "expected a picture from webgpu, got a GPU that is not ready yet (limit backends of block 2)",
      retryAfterMs: 500,
    };
    expect(only).toMatchObject(busy);
    expect(frames).toMatchObject(busy);
    expect(both).toMatchObject({
      backend: "cpu",
      data: renderProgram(asked.code, { width: 9, height: 8 }).data,
    });
    await waitUntil(() => backend.gpu === "ready", { timeoutMs: 60_000 });
    expect(await render(backend, asked, { backends: ["webgpu"] })).toMatchObject({ backend: "webgpu" });
  });
});
