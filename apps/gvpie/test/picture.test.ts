import { stripVTControlCharacters } from "node:util";
import type { Frame } from "@gvpie/raster";
import { describe, expect, test } from "vitest";
import { drawPicture, type Terminal } from "../src/picture.ts";

const ESC = "\u001b";
const PLAIN: Terminal = { columns: 80, colors: "none", unicode: true };

/** Returns a frame from text: `.` is black, `#` white, and a letter a colour of the palette. */
function frameOf(rows: readonly string[]): Frame {
  const palette: Record<string, readonly number[]> = {
    ".": [0, 0, 0, 255],
    "#": [255, 255, 255, 255],
    r: [255, 0, 0, 255],
    g: [128, 128, 128, 255],
    t: [255, 255, 255, 128],
  };
  const width = rows[0]?.length ?? 0;
  const data = new Uint8ClampedArray(rows.flatMap((row) => Array.from(row).flatMap((c) => palette[c] ?? [])));
  return { width, height: rows.length, data };
}

const SMILE = [
  "..####..", //
  ".#....#.",
  "#.#..#.#",
  "#......#",
  "#.#..#.#",
  "#..##..#",
  ".#....#.",
  "..####..",
];

describe("drawPicture", () => {
  test("without colour codes, two colours become half blocks", () => {
    expect(drawPicture(frameOf(SMILE), PLAIN).split("\n")).toEqual([
      " ▄▀▀▀▀▄", //
      "█ ▀  ▀ █",
      "█ ▀▄▄▀ █",
      " ▀▄▄▄▄▀",
      "",
    ]);
  });

  test("the lighter colour is the foreground on any background", () => {
    expect(drawPicture(frameOf(["#.", "#."]), PLAIN)).toBe("█\n");
    expect(drawPicture(frameOf([".#", ".#"]), PLAIN)).toBe(" █\n");
  });

  test("an all-black and an all-white picture differ", () => {
    expect(drawPicture(frameOf(["..", ".."]), PLAIN)).toBe("\n");
    expect(drawPicture(frameOf(["##", "##"]), PLAIN)).toBe("██\n");
  });

  test("an odd last row leaves the lower half empty", () => {
    expect(drawPicture(frameOf(["##", "##", "##"]), PLAIN)).toBe("██\n▀▀\n");
  });

  test("truecolor sets both colours of a cell, and repeats none that is unchanged", () => {
    const text = drawPicture(frameOf(["rr#", "..#"]), { ...PLAIN, colors: "truecolor" });
    expect(text).toBe(`${ESC}[38;2;255;0;0m${ESC}[48;2;0;0;0m▀▀${ESC}[48;2;255;255;255m ${ESC}[0m\n`);
  });

  test("256 colours use the nearest of the cube and the greys", () => {
    const text = drawPicture(frameOf(["r#g.", "r#g."]), { ...PLAIN, colors: "256" });
    expect(text).toBe(`${ESC}[48;5;196m ${ESC}[48;5;231m ${ESC}[48;5;244m ${ESC}[48;5;16m ${ESC}[0m\n`);
  });

  test("translucent pixels are blended over black", () => {
    const text = drawPicture(frameOf(["t", "t"]), { ...PLAIN, colors: "truecolor" });
    expect(text).toBe(`${ESC}[48;2;128;128;128m ${ESC}[0m\n`);
  });

  test("two colours that are too wide become Braille, one dot per pixel", () => {
    expect(drawPicture(frameOf(SMILE), { ...PLAIN, columns: 4 })).toBe("⡔⠍⠩⢢\n⠣⣑⣊⠜\n");
  });

  test("without colour codes, more than two colours become shades", () => {
    expect(drawPicture(frameOf([".g#", ".g#", "rrr"]), PLAIN)).toBe(" +@\n...\n");
  });

  test("a terminal without Unicode gets ASCII", () => {
    const text = drawPicture(frameOf(SMILE), { ...PLAIN, unicode: false });
    expect(text).toMatch(/^[ -~\n]+$/);
    expect(text.split("\n")).toHaveLength(5);
  });

  test.each(["truecolor", "none"] as const)(
    "with colours %s no line is wider than the terminal",
    (colors) => {
      const rows = Array.from({ length: 50 }, (_, y) => "#rg.".repeat(100).slice(y % 4, 300 + (y % 4)));
      const lines = drawPicture(frameOf(rows), { columns: 37, colors, unicode: true }).trimEnd().split("\n");
      for (const line of lines) {
        expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(37);
      }
      expect(lines).toHaveLength(3);
    },
  );
});
