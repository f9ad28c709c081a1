import { expect, test, type TestContext, vi } from "vitest";

import { type DriverName, noDriver, requireDriver } from "@gvpie/testing/gpu-drivers";
import { type Ended, IS_FULL, lastLine, runNode } from "./support/run-node.ts";

// Much may run at the same time.
vi.setConfig({ testTimeout: 240_000 });

const DRIVERS: DriverName[] = ["swiftshader", "lavapipe"];

// A short run tells a leaked frame, of 32 KiB, from the tens of MiB by which an allocator may grow at once; only a long
// one tells a leaked kibibyte.
const MOST_BYTES_PER_FRAME = IS_FULL ? 1024 : 16_384;

async function run(scenario: string, driver: DriverName, context: TestContext): Promise<Ended> {
  return runNode("./scenarios.ts", requireDriver(context, driver), [scenario]);
}

async function outcome(scenario: string, driver: DriverName, context: TestContext): Promise<unknown> {
  return lastLine(await run(scenario, driver, context));
}

test.concurrent.for(DRIVERS)(
  "a process that has rendered exits by itself, on %s",
  async (driver, context) => {
    const ended = await run("exit", driver, context);
    const { info, bytes, at } = lastLine(ended) as { info: unknown; bytes: number; at: number };
    expect(info).toMatchObject({ backend: "webgpu", fallback: true });
    expect(bytes).toBe(128 * 64 * 4);
    expect(ended.endedAt - at).toBeLessThan(10_000);
  },
);

test.concurrent.for(DRIVERS)("adapters are listed by name, on %s", async (driver, context) => {
  const expected = driver === "swiftshader" ? "SwiftShader" : "llvmpipe";
  expect(await outcome("adapters", driver, context)).toEqual([
    { name: expect.stringContaining(expected), driver: expect.stringContaining(expected), fallback: true },
  ]);
});

test.concurrent("without an adapter the error names what to install", async () => {
  const errors = lastLine(await runNode("./scenarios.ts", noDriver(), ["noAdapter"]));
  const expected = { code: "RASTER_NO_ADAPTER", message: expect.stringMatching(/install/) };
  expect(errors).toEqual([expected, expected, expected, expected]);
});

test.concurrent("an adapter that is not there is answered with those that are", async (context) => {
  expect(await outcome("noAdapter", "swiftshader", context)).toEqual([
    { code: "RASTER_NO_ADAPTER", message: expect.stringMatching(/"nonesuch", found: SwiftShader/) },
  ]);
});

test.concurrent.for(DRIVERS)(
  "a lost device is an error, and the next render has a new one, on %s",
  async (driver, context) => {
    expect(await outcome("loss", driver, context)).toEqual({
      lost: Array(5).fill("RASTER_DEVICE_LOST"),
      recovered: [true, true, true],
      devices: 2,
    });
  },
);

test.concurrent.for(DRIVERS)("a caller's device stays the caller's, on %s", async (driver, context) => {
  expect(await outcome("callersDevice", driver, context)).toEqual({
    before: true,
    closed: "RASTER_CLOSED",
    after: true,
    lost: ["RASTER_DEVICE_LOST", "RASTER_DEVICE_LOST"],
    late: "RASTER_DEVICE_LOST",
    info: { backend: "webgpu", adapter: expect.stringMatching(/swiftshader|llvmpipe/), fallback: true },
  });
});

test.concurrent("what the device refuses is an error, and the device stays usable", async (context) => {
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

test.concurrent("canvases of 8192 × 8192 and of odd shapes are right", async (context) => {
  expect(await outcome("large", "lavapipe", context)).toEqual([true, true, true, true]);
});

test.concurrent("the self-test finds one wrong bit", async (context) => {
  expect(await outcome("selfTest", "lavapipe", context)).toBe("RASTER_BACKEND");
});

test.concurrent.for(DRIVERS)("many frames leave no memory behind, on %s", async (driver, context) => {
  const grown = await outcome(IS_FULL ? "memory" : "briefMemory", driver, context);
  const { frames, bytesPerFrame } = grown as { frames: number; bytesPerFrame: number };
  console.log(`${driver}: ${bytesPerFrame} bytes a frame in the second half of ${frames}`);
  expect(bytesPerFrame).toBeLessThan(MOST_BYTES_PER_FRAME);
});
