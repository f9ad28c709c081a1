// The public boundary does not trust TypeScript, nor the caller's memory while a frame is drawn.
import { createCpuRasterizer } from "@gvpie/raster-cpu";
import { createProcessRasterizer } from "@gvpie/raster-webgpu/process";
import { openTestPage, requireChromium } from "@gvpie/testing/browser";
import { type DriverName, requireDriver } from "@gvpie/testing/gpu-drivers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

import type { DoorReport } from "./support/door.ts";
import { outcomeOf } from "./support/outcome.ts";

const DRIVERS: DriverName[] = ["swiftshader", "lavapipe"];

function check({ failures, taken, refusals }: DoorReport): void {
  expect(failures).toEqual([]);
  const isTaken = expect.stringMatching(
    /^RASTER_BAD_BUFFER: .* was transferred or resized during the render$/,
  );
  expect(taken).toEqual([isTaken, isTaken]);
  expect(refusals).toEqual(
    [
      'TypeError: expected options named .* got "widht"; did you mean width?',
      'TypeError: expected options named .* got "device"',
      'TypeError: expected limits named .* got "pixel"; did you mean pixels?',
      "TypeError: expected params as a plain object, got a Map object",
      "TypeError: expected device as a GPUDevice, got an object",
      'TypeError: expected options named .* got "devise"; did you mean device?',
      "TypeError: expected options as a plain object, got null",
      "TypeError: expected device as a GPUDevice, got null",
      'TypeError: expected options named adapter, hardwareOnly, got "adaptor"; did you mean adapter?',
      "TypeError: expected adapter as a string, got 5",
      'TypeError: expected hardwareOnly as a boolean, got the string "no"',
      "Error: aborted",
    ].map((pattern) => expect.stringMatching(new RegExp(`^${pattern.replaceAll("?", "\\?")}$`))),
  );
}

test.concurrent.for(DRIVERS)(
  "renders into memory of every kind, and refuses what it cannot use in words, in Node on %s",
  { timeout: 120_000 },
  async (driver, context) => {
    check((await outcomeOf("door-node.ts", requireDriver(context, driver))) as DoorReport);
  },
);

test.concurrent("the same in Chromium", { timeout: 120_000 }, async (context) => {
  const entry = fileURLToPath(new URL("./support/door-page.ts", import.meta.url));
  await using browser = await openTestPage(requireChromium(context), entry, { isIsolated: true });
  check(await browser.page.evaluate(async () => (globalThis as unknown as DoorPage).tryDoor()));
  expect(browser.errors).toEqual([]);
});

interface DoorPage {
  tryDoor(): Promise<DoorReport>;
}

test.each<[options: object, message: string]>([
  [{ minPixel: 5 }, 'got "minPixel"; did you mean minPixels?'],
  [{ cpu: undefined }, "expected cpu as a Rasterizer, got undefined"],
  [{ cpu: {} }, "expected cpu as a Rasterizer, got an object"],
  [{ minPixels: "5" }, 'expected minPixels as a number from 0 to Infinity, got the string "5"'],
  [{ minLayers: Number.NaN }, "got NaN"],
  [{ timeoutMs: 0 }, "expected timeoutMs as a number from 1 to 2147483647, got 0"],
  [{ startTimeoutMs: Infinity }, "got Infinity"],
  [{ restartDelayMs: 100 }, "expected restartDelayMs as a function, got 100"],
  [{ onEvent: "log" }, 'expected onEvent as a function, got the string "log"'],
  [{ signal: {} }, "expected signal as an AbortSignal, got an object"],
  [{ adapter: 5 }, "expected adapter as a string, got 5"],
])("createProcessRasterizer refuses %o before it starts a process", async (options, message) => {
  const cpu = createCpuRasterizer();
  await expect(createProcessRasterizer({ cpu, ...options })).rejects.toThrow(message);
});
