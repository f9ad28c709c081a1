import { expect, test, type TestContext, vi } from "vitest";

import { type DriverName, noDriver, requireDriver } from "@gvpie/testing/gpu-drivers";
import { IS_FULL, outcomeOf } from "./support/outcome.ts";

// Other tests may share the machine.
vi.setConfig({ testTimeout: 240_000 });

const DRIVERS: DriverName[] = ["swiftshader", "lavapipe"];

// A short run detects a leaked frame, of 32 KiB, although an allocator may grow by tens of MiB at once; only a long run
// detects a leaked KiB a frame.
const MAX_BYTES_PER_FRAME = IS_FULL ? 1024 : 16_384;

async function outcome(scenario: string, driver: DriverName, context: TestContext): Promise<unknown> {
  return outcomeOf("scenarios.ts", requireDriver(context, driver), [scenario]);
}

test.concurrent.for(DRIVERS)(
  "a process that has rendered exits by itself, on %s",
  async (driver, context) => {
    const { info, bytes, at } = (await outcome("exit", driver, context)) as Record<
      "info" | "bytes" | "at",
      unknown
    >;
    expect(Date.now() - Number(at)).toBeLessThan(10_000);
    expect(info).toMatchObject({ backend: "webgpu", fallback: true });
    expect(bytes).toBe(128 * 64 * 4);
  },
);

test.concurrent.for(DRIVERS)("adapters are listed by name, on %s", async (driver, context) => {
  const expected = driver === "swiftshader" ? "SwiftShader" : "llvmpipe";
  expect(await outcome("adapters", driver, context)).toEqual([
    { name: expect.stringContaining(expected), driver: expect.stringContaining(expected), fallback: true },
  ]);
});

test.concurrent("without an adapter the error names what to install", async () => {
  const errors = await outcomeOf("scenarios.ts", noDriver(), ["noAdapter"]);
  const expected = { code: "RASTER_NO_ADAPTER", message: expect.stringMatching(/install/) };
  expect(errors).toEqual([expected, expected, expected, expected]);
});

test.concurrent("the error for an unknown adapter lists the available ones", async (context) => {
  expect(await outcome("noAdapter", "swiftshader", context)).toEqual([
    { code: "RASTER_NO_ADAPTER", message: expect.stringMatching(/"nonesuch", got SwiftShader/) },
  ]);
});

test.concurrent.for(DRIVERS)(
  "a lost device is an error, and the next render opens a new one, on %s",
  async (driver, context) => {
    expect(await outcome("loss", driver, context)).toEqual({
      lost: Array(5).fill("RASTER_DEVICE_LOST"),
      recovered: [true, true, true],
      devices: 2,
    });
  },
);

test.concurrent.for(DRIVERS)(
  "a caller's device is neither destroyed nor replaced, on %s",
  async (driver, context) => {
    expect(await outcome("callersDevice", driver, context)).toEqual({
      before: true,
      closed: "RASTER_CLOSED",
      after: true,
      lost: ["RASTER_DEVICE_LOST", "RASTER_DEVICE_LOST"],
      late: "RASTER_DEVICE_LOST",
      info: { backend: "webgpu", adapter: expect.stringMatching(/swiftshader|llvmpipe/), fallback: true },
    });
  },
);

test.concurrent("a refusal by the device is an error, and the device stays usable", async (context) => {
  expect(await outcome("refusals", "swiftshader", context)).toEqual({
    memory: "RASTER_OUT_OF_MEMORY",
    memoryAfter: true,
    backend: "RASTER_BACKEND",
    backendAfter: true,
  });
});

test.concurrent.for(DRIVERS)("many frames are in flight at once, on %s", async (driver, context) => {
  expect(await outcome("inFlight", driver, context)).toEqual({
    right: 60,
    finished: 128 * 64 * 4,
    refused: "RASTER_CLOSED",
  });
});

test.concurrent("canvases of 8192 × 8192 and of extreme shapes match", async (context) => {
  expect(await outcome("large", "lavapipe", context)).toEqual([true, true, true, true]);
});

test.concurrent("the self-test detects one wrong bit", async (context) => {
  expect(await outcome("selfTest", "lavapipe", context)).toBe("RASTER_BACKEND");
});

test.concurrent.for(DRIVERS)("many frames leak no memory, on %s", async (driver, context) => {
  const grown = await outcome(IS_FULL ? "memory" : "briefMemory", driver, context);
  const { frames, bytesPerFrame } = grown as { frames: number; bytesPerFrame: number };
  console.log(`${driver}: ${bytesPerFrame} bytes a frame in the second half of ${frames}`);
  expect(bytesPerFrame).toBeLessThan(MAX_BYTES_PER_FRAME);
});
