// The package, bundled for browsers, in headless Chromium, on a page that may share memory.
import { openTestPage, requireChromium } from "@gvpie/testing/browser";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

import type { Page } from "./support/page.ts";

declare const door: Page;

const ENTRY = fileURLToPath(new URL("./support/page.ts", import.meta.url));

test("in a browser: renders into memory of every kind, shared and resizable, and refuses the same arguments in words", async (context) => {
  await using opened = await openTestPage(requireChromium(context), ENTRY, { isIsolated: true });
  expect(await opened.page.evaluate(() => globalThis.crossOriginIsolated)).toBe(true);
  expect(await opened.page.evaluate(() => door.renderIntoAll())).toEqual([]);
  const refusals = await opened.page.evaluate(() => door.refusals());
  const expected = [
    "expected options as a plain object, got an ImageData object",
    "expected into as a Uint8ClampedArray of 32 bytes, got a Float32Array object",
    "expected params as a plain object, got a URLSearchParams object",
    "expected params as a plain object, got a FormData object",
    'got "widht"; did you mean width?',
    "accepted",
    "(RECT).w: expected an integer from 0 to 4294967295, got -5",
    "accepted",
  ];
  expect(
    refusals.map((refusal, i) => (refusal.includes(expected[i] as string) ? expected[i] : refusal)),
  ).toEqual(expected);
  expect(opened.errors).toEqual([]);
});
