import { expect, test, type TestContext } from "vitest";
import { pages } from "../bench/ocr-pages.ts";
import { readPage, tesseractVersion } from "../bench/ocr.ts";

/** Skips the running test, saying why, where there is no tesseract; under CI=true it fails instead. */
function requireTesseract(context: TestContext): void {
  if (tesseractVersion() !== undefined) return;
  const reason = "no tesseract with its English model: install it (Debian: apt-get install tesseract-ocr)";
  if (process.env["CI"] === "true") throw new Error(reason);
  context.skip(reason);
}

for (const [i, lines] of pages.entries()) {
  test(`tesseract reads at least 98 % of page ${i + 1}`, async (context) => {
    requireTesseract(context);
    const { accuracy, read } = await readPage(lines);
    await context.annotate(`${(100 * accuracy).toFixed(2)} %, read as:\n${read}`);
    expect(accuracy).toBeGreaterThanOrEqual(0.98);
  });
}

test("a font with holes is not read: the measure can fail", async (context) => {
  requireTesseract(context);
  const { accuracy } = await readPage(pages[0]?.map((line) => line.replaceAll(/[aeiou]/g, "\u4E00")) ?? []);
  expect(accuracy).toBeLessThan(0.9);
});
