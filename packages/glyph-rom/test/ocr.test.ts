import { skipVisibly } from "@gvpie/testing";
import { expect, test, type TestContext } from "vitest";
import { pages } from "../bench/ocr-pages.ts";
import { readPage, tesseractVersion } from "../bench/ocr.ts";

function requireTesseract(context: TestContext): void {
  if (tesseractVersion() !== undefined) return;
  skipVisibly(context, "tesseract with its English model is missing (Debian: apt-get install tesseract-ocr)");
}

for (const [i, lines] of pages.entries()) {
  test(`tesseract reads at least 98 % of page ${i + 1}`, async (context) => {
    requireTesseract(context);
    const { accuracy, read } = await readPage(lines);
    await context.annotate(`${(100 * accuracy).toFixed(2)} %, read as:\n${read}`);
    expect(accuracy).toBeGreaterThanOrEqual(0.98);
  });
}

test("a font without vowels is read with less than 90 % accuracy", async (context) => {
  requireTesseract(context);
  const { accuracy } = await readPage(pages[0]?.map((line) => line.replaceAll(/[aeiou]/g, "\u4E00")) ?? []);
  expect(accuracy).toBeLessThan(0.9);
});
