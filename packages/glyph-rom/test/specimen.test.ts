import { readFileSync } from "node:fs";
import { verifyCartridge } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { expect, test } from "vitest";
import { fileOf, sheetProgram, SHEETS } from "../examples/specimens.ts";
import { SPECIMEN_FILE, SPECIMEN_SIZE, specimenProgram } from "../examples/specimen.ts";

// If this fails after a change of the font: run examples/specimen.ts, look at the picture, and commit it.
test("the committed specimen sheet shows the current font", async () => {
  const { status, frame, metadata } = await verifyCartridge(readFileSync(SPECIMEN_FILE), {
    render: renderProgram,
  });
  expect(status).toBe("verified");
  const current = renderProgram(specimenProgram(), SPECIMEN_SIZE);
  expect(frame).toMatchObject(SPECIMEN_SIZE);
  const changed = frame.data.findIndex((value, i) => value !== current.data[i]);
  expect(changed).toBe(-1);
  expect(metadata?.gvpie?.program === specimenProgram()).toBe(true);
});

// If this fails after a change of a font: run examples/specimens.ts, look at the pictures, and commit them.
test.each(SHEETS)("the committed sheet of $name is drawn by its program", async (sheet) => {
  const { status, metadata } = await verifyCartridge(readFileSync(fileOf(sheet.name)), {
    render: renderProgram,
  });
  expect(status).toBe("verified");
  expect(metadata?.gvpie?.program).toBe(sheetProgram(sheet));
});

test("an enlarged sample equals the text drawn by TXT", () => {
  const text = "Sphinx of black quartz, judge my vow! 123";
  const sample = renderProgram(`TXT 0 0 ${text}`, { width: 246, height: 7 });
  const sheet = renderProgram(specimenProgram(), SPECIMEN_SIZE);
  const top = 24 + 54 + 13 * 33 + 3 * 12;
  for (let y = 0; y < sample.height; y++) {
    for (let x = 0; x < sample.width; x++) {
      const enlarged = sheet.data[((top + 2 * y + 1) * sheet.width + 24 + 2 * x + 1) * 4];
      expect(enlarged).toBe(sample.data[(y * sample.width + x) * 4]);
    }
  }
});
