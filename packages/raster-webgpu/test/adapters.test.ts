import { fileURLToPath } from "node:url";
import { rasterCases } from "@gvpie/raster/conformance";
import { expect, test } from "vitest";

import { openTestPage, requireChromium } from "@gvpie/testing/browser";
import { requireDriver, type DriverName } from "@gvpie/testing/gpu-drivers";
import { outcomeOf } from "./support/outcome.ts";
import type { SuiteReport } from "./support/suite.ts";

const DRIVERS: DriverName[] = ["swiftshader", "lavapipe"];

function check(environment: string, { info, compared, opcodes, operators, failures }: SuiteReport): void {
  const counts = Object.entries(compared).map(([kind, count]) => `${count} ${kind}`);
  const kinds = `${Object.keys(opcodes).length} opcodes, ${Object.keys(operators).length} operators`;
  console.log(
    `${environment}, ${info.adapter}: ${counts.join(", ")}, ${kinds}; ${failures.length} mismatches`,
  );
  expect(failures.join("\n\n")).toBe("");
  expect(Object.entries({ ...opcodes, ...operators }).filter(([, count]) => count === 0)).toEqual([]);
  expect(compared["cases"]).toBe(rasterCases.length);
  expect(compared["random programs"]).toBeGreaterThanOrEqual(2000);
  expect(compared["random programs in bands"]).toBeGreaterThanOrEqual(500);
  expect(compared["frames of animations"]).toBe(3);
  expect(compared["random draw lists"]).toBeGreaterThanOrEqual(1000);
}

test.concurrent.for(DRIVERS)(
  "every byte matches in Node on %s",
  { timeout: 240_000 },
  async (driver, context) => {
    const report = (await outcomeOf("suite-node.ts", requireDriver(context, driver))) as SuiteReport;
    check("Node", report);
    expect(report.info.fallback).toBe(true);
  },
);

test.concurrent("every byte matches in Chromium", { timeout: 240_000 }, async (context) => {
  const entry = fileURLToPath(new URL("./support/suite-page.ts", import.meta.url));
  await using browser = await openTestPage(requireChromium(context), entry);
  const report = await browser.page.evaluate(async () => (globalThis as unknown as SuitePage).runSuite());
  check("Chromium", report);
  expect(browser.errors).toEqual([]);
});

interface SuitePage {
  runSuite(): Promise<SuiteReport>;
}
