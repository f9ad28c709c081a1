import { describe, expect, test } from "vitest";
import { hasGlyph } from "../src/index.ts";
import { difference, picture } from "./support/glyphs.ts";

const characters = Array.from({ length: 0x10000 }, (_, codePoint) => codePoint)
  .filter((codePoint) => hasGlyph(codePoint))
  .map((codePoint) => String.fromCodePoint(codePoint));

const pairs = characters.flatMap((a, i) => characters.slice(i + 1).map((b) => [a, b] as const));

/** Drawn alike on purpose: the no-break space and the soft hyphen. */
const alike = [
  ["\u0020", "\u00A0"],
  ["-", "\u00AD"],
] as const;

/** These differ only in length, by one pixel: 3, 4 and 5. */
const dashes = [
  ["-", "–"],
  ["\u00AD", "–"],
  ["–", "—"],
] as const;

describe("glyphs are distinguishable", () => {
  test("any two differ by two pixels or more, except the documented pairs", () => {
    const near = pairs.filter(([a, b]) => difference(a, b) < 2);
    expect(new Set(near)).toEqual(new Set([...alike, ...dashes]));
  });

  test.each(alike)("%j is drawn as %j", (a, b) => {
    expect(picture(b)).toEqual(picture(a));
  });

  test.each([
    ["0", "O"],
    ["1", "l"],
    ["1", "I"],
    ["l", "I"],
    ["5", "S"],
    ["8", "B"],
    [",", "."],
    ["'", "`"],
  ])("%s and %s", (a, b) => {
    expect(difference(a, b)).toBeGreaterThanOrEqual(2);
  });
});

describe("the shapes of glyphs", () => {
  test("only the space and the no-break space are empty", () => {
    const empty = characters.filter((character) => !picture(character).join("").includes("#"));
    expect(empty).toEqual(["\u0020", "\u00A0"]);
  });

  test("digits fill all seven rows", () => {
    const short = Array.from("0123456789").filter((digit) => picture(digit).includes("....."));
    expect(short).toEqual([]);
  });

  test.each(["p", "q", "y"])("%s is at most as tall as an x, and its tail ends in the last row", (letter) => {
    const rows = picture(letter);
    expect(rows.slice(0, 2)).toEqual(picture("x").slice(0, 2));
    expect(rows[2]).toContain("#");
    expect(rows[6]).toContain("#");
  });

  test.each([
    ["p", "b"],
    ["q", "d"],
    ["g", "q"],
    ["g", "9"],
    ["g", "s"],
    ["j", "i"],
    ["y", "v"],
    ["y", "g"],
    ["q", "a"],
    ["p", "P"],
  ])("%s differs from %s by four pixels or more", (a, b) => {
    expect(difference(a, b)).toBeGreaterThanOrEqual(4);
  });

  test.each(Array.from("ÀÁÂÃÄÅÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåèéêëìíîïñòóôõöùúûüýÿ"))(
    "%s has its accent on the two upper rows",
    (letter) => {
      const [first = "", second = ""] = picture(letter);
      const plain = picture(letter.normalize("NFD").charAt(0));
      expect(first).toContain("#");
      expect([first, second]).not.toEqual(plain.slice(0, 2));
    },
  );
});
