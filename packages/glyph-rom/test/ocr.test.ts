import { skipVisibly } from "@gvpie/testing";
import { describe, expect, test, type TestContext } from "vitest";
import { type Measurement, MEASUREMENTS, readPage, tesseractVersion } from "../bench/ocr.ts";

function requireTesseract(context: TestContext, language: string): void {
  if (tesseractVersion(language) !== undefined) return;
  const packages = `tesseract-ocr tesseract-ocr-${language}`;
  skipVisibly(
    context,
    `tesseract with its model ${language} is missing (Debian: apt-get install ${packages})`,
  );
}

describe.each(MEASUREMENTS)("$font, $script", (measurement) => {
  const { pages, floor, language } = measurement;
  for (const [i, lines] of pages.entries()) {
    test(`tesseract reads at least ${100 * floor} % of page ${i + 1}`, async (context) => {
      requireTesseract(context, language);
      const { accuracy, read } = await readPage(lines, measurement);
      await context.annotate(`${(100 * accuracy).toFixed(2)} %, read as:\n${read}`);
      expect(accuracy).toBeGreaterThanOrEqual(floor);
    });
  }
});

test("a font without vowels is read with less than 90 % accuracy", async (context) => {
  requireTesseract(context, "eng");
  const { pages, ...measurement } = MEASUREMENTS.find(({ font }) => font === "5x7") as Measurement;
  const lines = pages[0]?.map((line) => line.replaceAll(/[aeiou]/g, "\u4E00")) ?? [];
  const { accuracy } = await readPage(lines, measurement);
  expect(accuracy).toBeLessThan(0.9);
});
