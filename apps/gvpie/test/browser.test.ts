// A browser plays what `render` writes: an `img` shows one frame after another.
import { fileURLToPath } from "node:url";
import { openTestPage, requireChromium } from "@gvpie/testing/browser";
import { decodePng } from "@gvpie/cartridge";
import { waitUntil } from "@gvpie/testing";
import { expect, test } from "vitest";
import { gvpie } from "./support/gvpie.ts";

const ANIMATION = "CANVAS 30 10\nFRAMES 3 100\nCOLOR #0f0\nRECT {frame*10} 0 10 10\n";
const BLANK = fileURLToPath(new URL("support/blank-page.ts", import.meta.url));

test.for([
  ["png", "image/png"],
  ["gif", "image/gif"],
  ["webp", "image/webp"],
])("Chromium plays a %s", { timeout: 120_000 }, async ([format = "", type = ""], context) => {
  const { bytes } = await gvpie(["render", "-", "-o", "-", "--format", format], { input: ANIMATION });
  const executable = requireChromium(context);
  await using browser = await openTestPage(executable, BLANK);
  const { page } = browser;
  await page.setContent(
    `<body style="margin: 0"><img style="display: block" src="data:${type};base64,${bytes.toString("base64")}">`,
  );
  const image = page.locator("img");
  const seen = new Set<number>();
  await waitUntil(async () => {
    const { data, width } = await decodePng(await image.screenshot());
    // Green is the second byte of a pixel.
    const green = data.findIndex((byte, i) => i % 4 === 1 && byte === 255);
    seen.add(((green - 1) / 4) % width);
    return seen.size === 3;
  });
  expect(seen).toEqual(new Set([0, 10, 20]));
});
