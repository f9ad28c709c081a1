import { expect, test, type TestContext } from "vitest";

import { type DriverName, type Ended, lastLine, noDriver, requireDriver, runNode } from "./drivers.ts";

const DRIVERS: DriverName[] = ["swiftshader", "lavapipe"];

async function run(scenario: string, driver: DriverName, context: TestContext): Promise<Ended> {
  return runNode("./scenarios.ts", requireDriver(context, driver), [scenario]);
}

async function outcome(scenario: string, driver: DriverName, context: TestContext): Promise<unknown> {
  return lastLine(await run(scenario, driver, context));
}

test.for(DRIVERS)("a process that has rendered exits by itself, on %s", async (driver, context) => {
  const ended = await run("exit", driver, context);
  const { info, bytes, at } = lastLine(ended) as { info: unknown; bytes: number; at: number };
  expect(info).toMatchObject({ backend: "webgpu", fallback: true });
  expect(bytes).toBe(128 * 64 * 4);
  expect(ended.endedAt - at).toBeLessThan(1000);
});

test.for(DRIVERS)("adapters are listed by name, on %s", async (driver, context) => {
  const expected = driver === "swiftshader" ? "SwiftShader" : "llvmpipe";
  expect(await outcome("adapters", driver, context)).toEqual([
    { name: expect.stringContaining(expected), driver: expect.stringContaining(expected), fallback: true },
  ]);
});

test("without an adapter the error names what to install", async () => {
  const errors = lastLine(await runNode("./scenarios.ts", noDriver(), ["noAdapter"]));
  const expected = { code: "RASTER_NO_ADAPTER", message: expect.stringMatching(/install/) };
  expect(errors).toEqual([expected, expected, expected, expected]);
});

test("an adapter that is not there is answered with those that are", async (context) => {
  expect(await outcome("noAdapter", "swiftshader", context)).toEqual([
    { code: "RASTER_NO_ADAPTER", message: expect.stringMatching(/"nonesuch"; there are: SwiftShader/) },
  ]);
});

test.for(DRIVERS)(
  "a lost device is an error, and the next render has a new one, on %s",
  async (driver, context) => {
    expect(await outcome("loss", driver, context)).toEqual({
      lost: Array(5).fill("RASTER_DEVICE_LOST"),
      recovered: [true, true, true],
      devices: 2,
    });
  },
);

test.for(DRIVERS)("a caller's device stays the caller's, on %s", async (driver, context) => {
  expect(await outcome("callersDevice", driver, context)).toEqual({
    before: true,
    closed: "RASTER_CLOSED",
    after: true,
    lost: ["RASTER_DEVICE_LOST", "RASTER_DEVICE_LOST"],
    late: "RASTER_DEVICE_LOST",
    info: { backend: "webgpu", adapter: expect.stringMatching(/swiftshader|llvmpipe/), fallback: true },
  });
});

test("what the device refuses is an error, and the device stays usable", async (context) => {
  expect(await outcome("refusals", "swiftshader", context)).toEqual({
    memory: "RASTER_OUT_OF_MEMORY",
    memoryAfter: true,
    backend: "RASTER_BACKEND",
    backendAfter: true,
  });
});

test.for(DRIVERS)("many frames are in flight at once, on %s", async (driver, context) => {
  expect(await outcome("inFlight", driver, context)).toEqual({
    right: 60,
    finished: 128 * 64 * 4,
    refused: "RASTER_CLOSED",
  });
});

test("canvases of 8192 × 8192 and of odd shapes are right", async (context) => {
  expect(await outcome("large", "lavapipe", context)).toEqual([true, true, true, true]);
});

test("the self-test finds one wrong bit", async (context) => {
  expect(await outcome("selfTest", "lavapipe", context)).toBe("RASTER_BACKEND");
});

test.for(DRIVERS)("20,000 frames leave no memory behind, on %s", async (driver, context) => {
  const { bytesPerFrame } = (await outcome("memory", driver, context)) as { bytesPerFrame: number };
  console.log(`${driver}: ${bytesPerFrame} bytes a frame over the last 5,000 of 20,000`);
  expect(bytesPerFrame).toBeLessThan(1024);
});
