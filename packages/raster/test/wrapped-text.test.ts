import { fontOf, type FontName, FONTS } from "@gvpie/glyph-rom";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { allocateList, type ClipBox, DrawListBuilder } from "../src/draw-list.ts";
import { DEFAULT_LIMITS } from "../src/limits.ts";
import { INITIAL_PEN, type Pen } from "../src/pen.ts";
import { breakLines } from "../src/shapes/break-lines.ts";
import { drawText, drawWrapped, textLines, textPitch, textWidth } from "../src/shapes/text.ts";
import { countPainted } from "./support/paint-list.ts";

/** The lines of a text by the specification of WRAP, on an array of code points. */
function linesOf(text: string, columns: number, rows: number): string[] {
  const all = Array.from(text);
  const lines: string[] = [];
  if (columns < 1) return lines;
  let start = 0;
  while (start < all.length && lines.length < rows) {
    let end = all.length;
    let next = all.length;
    if (all.length - start > columns) {
      const breaks = all.flatMap((_, b) =>
        b > start && b <= start + columns && all[b] === " " && all[b - 1] !== " " ? [b] : [],
      );
      end = next = breaks.at(-1) ?? start + columns;
      if (breaks.length > 0) while (all[next] === " ") next++;
    }
    const isCut = lines.length === rows - 1 && next < all.length;
    const cut = `${all
      .slice(start, start + columns - 1)
      .join("")
      .replace(/ +$/, "")}…`;
    lines.push(isCut ? cut : all.slice(start, end).join(""));
    start = next;
  }
  return lines;
}

function broken(text: string, columns: number, rows: number): string[] {
  const lines: string[] = [];
  const count = breakLines(text, columns, rows, ({ start, end, isCut }, number) => {
    expect(number).toBe(lines.length);
    return lines.push(text.slice(start, end) + (isCut ? "…" : "")) > 0;
  });
  expect(count).toBe(lines.length);
  return lines;
}

describe("lines of a text", () => {
  test.each<[text: string, columns: number, rows: number, lines: string[]]>([
    ["", 5, 5, []],
    ["one two three", 13, 1, ["one two three"]],
    ["one two three", 7, 9, ["one two", "three"]],
    ["one two three", 8, 9, ["one two", "three"]],
    ["one two three", 6, 9, ["one", "two", "three"]],
    ["one two three", 5, 9, ["one", "two", "three"]],
    ["one two three", 4, 9, ["one", "two", "thre", "e"]],
    ["one  two", 3, 9, ["one", "two"]], // both spaces of a break are dropped
    ["one  two", 5, 9, ["one", "two"]],
    ["a  b  c", 4, 9, ["a  b", "c"]], // other spaces stay
    ["  one two", 5, 9, ["  one", "two"]],
    ["  three", 5, 9, ["  thr", "ee"]], // a break is behind a character of the line
    ["       a", 3, 9, ["   ", "   ", " a"]],
    ["abcdefgh", 3, 9, ["abc", "def", "gh"]],
    ["abc def", 3, 9, ["abc", "def"]],
    ["abcd ef", 3, 9, ["abc", "d", "ef"]],
    ["one   ", 3, 9, ["one"]],
    ["one   ", 3, 1, ["one"]], // only spaces are left over
    ["one ", 4, 1, ["one "]],
    ["one two", 3, 1, ["on…"]],
    ["one two three", 7, 1, ["one tw…"]],
    ["one two three", 9, 1, ["one two…"]],
    ["one two three", 5, 2, ["one", "two…"]], // the space before … is dropped
    ["abcdefgh", 3, 2, ["abc", "de…"]],
    ["abcdefgh", 1, 2, ["a", "…"]],
    ["   abc", 2, 1, ["…"]],
    ["abc", 0, 9, []],
    ["abc", -1, 9, []],
    ["abc", 3, 0, []],
    ["😀😀😀 😀", 3, 9, ["😀😀😀", "😀"]],
    ["😀😀😀😀", 3, 1, ["😀😀…"]],
    ["a\u00A0b\tc d", 5, 9, ["a\u00A0b\tc", "d"]], // only U+0020 breaks a line
  ])("%j in %d columns and %d rows", (text, columns, rows, lines) => {
    expect(broken(text, columns, rows)).toEqual(lines);
    expect(linesOf(text, columns, rows)).toEqual(lines);
  });

  test("are those of the definition", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", " ", " ", "😀"), maxLength: 30 });
    fc.assert(
      fc.property(
        text,
        fc.integer({ min: -1, max: 12 }),
        fc.integer({ min: 0, max: 6 }),
        (text, columns, rows) => {
          expect(broken(text, columns, rows)).toEqual(linesOf(text, columns, rows));
          expect(broken(text, columns, Infinity)).toEqual(linesOf(text, columns, Infinity));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("each code unit is read at most three times", () => {
    for (const words of ["a ", "abcdefgh ", "abcdefghijklmno ", "a bbbbbbbbbb", " ", "a", "😀"]) {
      const text = words.repeat(Math.ceil(20_000 / words.length));
      let reads = 0;
      const counting = {
        length: text.length,
        charCodeAt: (unit: number) => (reads++, text.charCodeAt(unit)),
        codePointAt: (unit: number) => text.codePointAt(unit),
      } as unknown as string;
      for (const columns of [1, 2, 10, 11, 12, 5000, 100_000]) {
        reads = 0;
        breakLines(counting, columns, Infinity, () => true);
        expect(reads).toBeLessThanOrEqual(3 * text.length);
      }
    }
  });
});

const CANVAS = { width: 64, height: 40, background: 0 };

function listOf(
  draw: (list: DrawListBuilder) => void,
  clip?: ClipBox,
  limits = DEFAULT_LIMITS,
): DrawListBuilder {
  const list = new DrawListBuilder(CANVAS, limits, allocateList(0, 0));
  list.clip(clip);
  draw(list);
  return list;
}

/** The pixels of one line of text by the definition: `#` where its glyphs have one, inside the canvas and the clip box. */
function paintLine(counts: number[], x: number, y: number, text: string, pen: Pen): void {
  const font = fontOf(pen.font);
  const characters = Array.from(text);
  const length =
    characters.length === 0 ? 0 : (font.advance * (characters.length - 1) + font.width) * pen.scale;
  const left = { left: x, center: x - Math.floor(length / 2), right: x - length }[pen.align];
  for (const [i, character] of characters.entries()) {
    const rows = font.glyphFor(character.codePointAt(0) ?? 0).rows;
    for (let row = 0; row < font.height * pen.scale; row++) {
      for (let column = 0; column < font.width * pen.scale; column++) {
        const bit = font.width - 1 - Math.floor(column / pen.scale);
        if ((((rows[Math.floor(row / pen.scale)] ?? 0) >> bit) & 1) === 0) continue;
        const [px, py] = [left + i * font.advance * pen.scale + column, y + row];
        const clip = pen.clip ?? { left: 0, top: 0, right: CANVAS.width, bottom: CANVAS.height };
        if (px < Math.max(clip.left, 0) || px >= Math.min(clip.right, CANVAS.width)) continue;
        if (py < Math.max(clip.top, 0) || py >= Math.min(clip.bottom, CANVAS.height)) continue;
        counts[py * CANVAS.width + px] = (counts[py * CANVAS.width + px] ?? 0) + 1;
      }
    }
  }
}

const NOTHING = () => Array.from({ length: CANVAS.width * CANVAS.height }, () => 0);

const pens = fc.record({
  font: fc.constantFrom(...FONTS.map(({ name }) => name)),
  scale: fc.integer({ min: 1, max: 3 }),
  align: fc.constantFrom("left", "center", "right"),
  clip: fc.option(
    fc.record({
      left: fc.integer({ min: -5, max: 60 }),
      top: fc.integer({ min: -5, max: 30 }),
      right: fc.integer({ min: 10, max: 70 }),
      bottom: fc.integer({ min: 10, max: 50 }),
    }),
    { nil: undefined },
  ),
});
const texts = fc.string({
  unit: fc.constantFrom("a", "W", "ß", "Я", "…", "😀", " ", ".", "8"),
  maxLength: 12,
});

describe("drawn texts", () => {
  test("have the pixels of the definition, each once", () => {
    fc.assert(
      fc.property(
        pens,
        texts,
        fc.integer({ min: -80, max: 80 }),
        fc.integer({ min: -30, max: 45 }),
        (settings, text, x, y) => {
          const pen: Pen = { ...INITIAL_PEN, ...settings };
          const list = listOf((list) => drawText(list, x, y, text, pen), pen.clip);
          const expected = NOTHING();
          paintLine(expected, x, y, text, pen);
          expect(countPainted(list.finish())).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("in a rectangle have the pixels of the definition, each once", () => {
    fc.assert(
      fc.property(
        pens,
        fc.string({ unit: fc.constantFrom("a", "W", " ", " ", "Я", "😀"), maxLength: 40 }),
        fc.record({
          x: fc.integer({ min: -20, max: 50 }),
          y: fc.integer({ min: -60, max: 40 }),
          w: fc.nat(80),
          h: fc.nat(100),
        }),
        (settings, text, { x, y, w, h }) => {
          const pen: Pen = { ...INITIAL_PEN, ...settings };
          const { scale } = pen;
          const font = fontOf(pen.font);
          let columns = 0;
          while ((columns * font.advance + font.width) * scale <= w) columns++;
          let rows = 0;
          while ((rows * font.pitch + font.height) * scale <= h) rows++;
          const anchor = { left: x, center: x + Math.floor(w / 2), right: x + w }[pen.align];
          const expected = NOTHING();
          for (const [i, line] of linesOf(text, columns, rows).entries()) {
            paintLine(expected, anchor, y + i * font.pitch * scale, line, pen);
          }
          const list = listOf((list) => drawWrapped(list, { x, y, w, h }, text, pen), pen.clip);
          expect(countPainted(list.finish())).toEqual(expected);
          expect(textLines(text, w, pen)).toBe(linesOf(text, columns, Infinity).length);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("show the last row of a line above the canvas and the first row of one below it", () => {
    for (const y of [-6, 39]) {
      const list = listOf((list) => drawWrapped(list, { x: 0, y, w: 5, h: 7 }, "E", INITIAL_PEN));
      expect(countPainted(list.finish()).filter((count) => count === 1)).toHaveLength(5);
    }
  });

  test("in the font 5x7 are glyph runs, in the others rectangles", () => {
    const kinds = (font: FontName) => {
      const list = listOf((list) => drawText(list, 0, 0, "Il", { ...INITIAL_PEN, font })).finish();
      return Array.from({ length: list.count }, (_, i) => list.commands[i * 11]);
    };
    expect(kinds("5x7")).toEqual([1]);
    expect(kinds("5x7-intl").length).toBeGreaterThan(1);
    expect(new Set(kinds("5x7-intl"))).toEqual(new Set([0]));
  });

  test("outside the clip box add no commands", () => {
    const pen: Pen = { ...INITIAL_PEN, font: "3x5", scale: 2 };
    const places = [
      [64, 0],
      [-80, 0],
      [0, 40],
      [0, -10],
      [2 ** 33, 0],
      [-(2 ** 33), 2 ** 33],
    ] as const;
    for (const [x, y] of places) {
      const list = listOf((list) => drawText(list, x, y, "HHHHHHHHHH", pen));
      expect([x, y, list.count]).toEqual([x, y, 0]);
    }
    const [one, many] = [1, 1000].map((length) =>
      listOf((list) => drawText(list, 60, 0, "H".repeat(length), pen)),
    );
    expect(many?.count).toBe(one?.count);
  });
});

describe("limits", () => {
  const pen: Pen = { ...INITIAL_PEN, font: "3x5" };

  test.each<FontName>(["3x5", "5x7"])("every code point is a glyph in %s, visible or not", (font) => {
    const draw = (limit: number) =>
      listOf(
        (list) => {
          drawText(list, 999, 999, "aä😀", { ...pen, font });
          drawWrapped(list, { x: 0, y: 0, w: 30, h: 8 }, "aa bb cc dd ee ff gg hh", { ...pen, font });
        },
        undefined,
        { ...DEFAULT_LIMITS, glyphs: limit },
      );
    expect(() => draw(3 + 23)).not.toThrow();
    expect(() => draw(3 + 22)).toThrow(/expected at most 25 glyphs \(limits.glyphs\), got at least 26/);
  });

  test("painted pixels are those of the box around the visible glyphs", () => {
    const draw = (limit: number) =>
      listOf((list) => drawText(list, -1, 0, "aa", pen), undefined, {
        ...DEFAULT_LIMITS,
        paintedPixels: limit,
      });
    expect(() => draw(6 * 5)).not.toThrow();
    expect(() => draw(6 * 5 - 1)).toThrow(/painted pixels/);
  });

  test("a wrapped text is laid out down to the bottom of the clip box only", () => {
    const text = "word ".repeat(13_000);
    let read = 0;
    const lines = Array.from({ length: 2 }, () => {
      read = 0;
      return breakLines(text, 10, Infinity, (line) => {
        read = line.end;
        return line.start < 100;
      });
    });
    expect(lines[0]).toBe(11);
    expect(read).toBeLessThan(120);
    const list = listOf((list) => drawWrapped(list, { x: 0, y: 0, w: 64, h: 2 ** 32 - 1 }, text, pen));
    expect(list.count).toBeLessThan(7 * 16 * 8);
  });

  test("a text of 64 KiB, spaces only, one word or astral, wraps in any size", () => {
    for (const text of [" ".repeat(65_536), "a".repeat(65_536), "😀".repeat(32_768)]) {
      for (const [w, h] of [
        [0, 0],
        [3, 5],
        [2 ** 32 - 1, 2 ** 32 - 1],
        [1, 2 ** 32 - 1],
        [2 ** 32 - 1, 5],
      ] as const) {
        expect(() =>
          listOf((list) => drawWrapped(list, { x: -(2 ** 31), y: -(2 ** 31), w, h }, text, pen)),
        ).not.toThrow();
      }
    }
  });
});

describe("measures", () => {
  test.each<[text: string, font: FontName, scale: number, width: number]>([
    ["", "5x7", 3, 0],
    ["a", "5x7", 1, 5],
    ["ab", "5x7", 2, 22],
    ["a😀", "3x5", 1, 7],
    ["ab", "3x5", 64, 448],
    ["ab", "8x13", 1, 16],
    ["ab", "8x13-intl", 3, 48],
  ])("%j in %s at scale %d is %d wide", (text, font, scale, width) => {
    expect(textWidth(text, { font, scale })).toBe(width);
  });

  test.each<[font: FontName, scale: number, pitch: number]>([
    ["3x5", 1, 6],
    ["5x7", 2, 16],
    ["5x7-intl", 1, 8],
    ["8x13", 64, 896],
  ])("the pitch of %s at scale %d is %d", (font, scale, pitch) => {
    expect(textPitch({ font, scale })).toBe(pitch);
  });
});
