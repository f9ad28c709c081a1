// Programs whose texts are long, or drawn and measured many times: glyphs are the limit, and errors have their place.
import { fontOf, FONTS } from "@gvpie/glyph-rom";
import { describe, expect, test } from "vitest";

import { lowerProgram, RasterError, type RenderOptions } from "../src/index.ts";
import { outlineOf } from "./support/outline.ts";

function failureOf(source: string, options: RenderOptions): RasterError | undefined {
  try {
    lowerProgram(source, options);
    return undefined;
  } catch (error) {
    if (error instanceof RasterError) return error;
    throw error;
  }
}

const LONG = "word ".repeat(13_107);

describe("a parameter of 64 KiB", () => {
  const params = { t: LONG };

  test("is wrapped in any rectangle", () => {
    for (const size of ["128 64", "4294967295 4294967295", "0 4294967295", "5 4294967295", "4294967295 7"]) {
      const source = `PARAM t\nWRAP 0 0 ${size} {t}\nFONT 8x13-intl\nWRAP -9 -900 ${size} {t}`;
      expect(failureOf(source, { params })).toBeUndefined();
    }
  });

  test.each([
    ["WRAP 0 0 128 64 {t}", "RASTER_LIMIT_GLYPHS"],
    ["WRAP 0 9999 128 64 {t}", "RASTER_LIMIT_GLYPHS"],
    ["WRAP 0 0 0 0 {t}", "RASTER_LIMIT_GLYPHS"],
    ["PRINT 0 9999 {t}{t}", "RASTER_LIMIT_GLYPHS"],
    ["SET n textlines(t, 30)", "RASTER_LIMIT_GLYPHS"],
    ['SET n textwidth("{t}{t}")', "RASTER_LIMIT_GLYPHS"],
  ])("%s, again and again, ends with %s and its place", (line, code) => {
    const error = failureOf(`PARAM t\nl:\n${line}\nJMP l`, { params });
    expect(error).toMatchObject({ code, line: 3 });
  });
});

test("the glyphs of a text are counted before it is joined", () => {
  const source = `PARAM t\nPRINT 0 0 ${"{t}".repeat(100)}`;
  const error = failureOf(source, { params: { t: LONG }, limits: { glyphs: 1_000_000 } });
  expect(error).toMatchObject({ code: "RASTER_LIMIT_GLYPHS", line: 2 });
});

describe("FONT", () => {
  const texts = "TXT 1 2 Größe\nPRINT 9 1 {1+1}\nALIGN right\nWRAP 0 9 40 40 one two three";

  test("5x7 is the font of a program without FONT", () => {
    const plain = outlineOf(lowerProgram(texts));
    expect(outlineOf(lowerProgram(`FONT 5x7\n${texts}`))).toEqual(plain);
    expect(outlineOf(lowerProgram(`FONT 3x5\nFONT 5X7\n${texts}`))).toEqual(plain);
  });

  test.each(FONTS)("$name sets textwidth and pitch, also enlarged", ({ name }) => {
    const { advance, width, pitch } = fontOf(name);
    const source = `FONT ${name}\nSCALE 3\nRECT 0 0 textwidth("abc") pitch`;
    const { commands } = lowerProgram(source, { width: 200, height: 200 });
    expect(Array.from(commands.slice(2, 6))).toEqual([0, 0, 3 * (2 * advance + width), 3 * pitch]);
  });

  test("a width beyond 32 bits overflows, with its place", () => {
    const params = { t: LONG };
    const measure = `textwidth("${"{t}".repeat(70)}")`;
    const source = `PARAM t\nSCALE 64\nFONT 8x13\nRECT 0 0 1 ${measure}`;
    for (const program of [source, `${source}\nJMP l\nl:`]) {
      const error = failureOf(program, { params, limits: { glyphs: 10_000_000 } });
      expect(error).toMatchObject({ code: "RASTER_OVERFLOW", line: 4, column: 12, length: measure.length });
      expect(error?.reason).toMatch(/^expected a result from -2147483648 to 2147483647, got textwidth/);
    }
    expect(failureOf(source, { params })).toMatchObject({ code: "RASTER_LIMIT_GLYPHS", line: 4 });
  });
});
