// The glyphs of the fonts beside 5x7: distinct, inside their box by the sheets' format, on common lines.
import { describe, expect, test } from "vitest";
import { type Font, fontOf } from "../src/index.ts";
import { codePointsOf, difference, picture } from "./support/glyphs.ts";

const charactersOf = (font: Font) => codePointsOf(font).map((codePoint) => String.fromCodePoint(codePoint));

/** Pairs of different glyphs of which `keep` holds, both before and after, that differ by less than two pixels. */
function nearPairs(font: Font, keep: (character: string) => boolean): string[] {
  const characters = charactersOf(font).filter((character) => keep(character));
  return characters.flatMap((a, i) =>
    characters.slice(i + 1).flatMap((b) => (difference(a, b, font) < 2 ? [a + b] : [])),
  );
}

/** Pairs of a character of the base font, or of Greek, and a later one that have the same drawing. */
function samePairs(font: Font, first: RegExp, second: RegExp): string {
  const characters = charactersOf(font);
  return characters
    .filter((b) => second.test(b))
    .flatMap((b) => characters.filter((a) => first.test(a) && difference(a, b, font) === 0).map((a) => a + b))
    .join(" ");
}

describe("3x5", () => {
  const font = fontOf("3x5");

  test("has printable ASCII, the ellipsis, the degree sign and the replacement", () => {
    const ascii = Array.from({ length: 95 }, (_, i) => String.fromCodePoint(0x20 + i));
    expect(charactersOf(font)).toEqual([...ascii, "°", "…", "\uFFFD"]);
  });

  // With fifteen pixels a glyph, some marks are one pixel apart. No two letters and no two digits are.
  test("any two glyphs differ by two pixels or more, except these", () => {
    expect(nearPairs(font, () => true)).toEqual([" .", "!|", "#M", "#W", ",;", ":;", "_…"]);
  });

  test("capitals and digits fill all five rows", () => {
    for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") {
      expect([character, picture(character, font).includes("...")]).toEqual([character, false]);
    }
  });

  test("small letters stand on the last row and rise to the second, or with a stem to the first", () => {
    for (const letter of "abcdefghijklmnopqrstuvwxyz") {
      const rows = picture(letter, font);
      expect([letter, rows[4]?.includes("#")]).toEqual([letter, true]);
      expect([letter, rows[0]?.includes("#")]).toEqual([letter, "bdfhijklt".includes(letter)]);
      expect([letter, rows[1]?.includes("#")]).toEqual([letter, letter !== "i" && letter !== "j"]);
    }
  });
});

describe.each([
  ["5x7", "5x7-intl"],
  ["8x13", "8x13-intl"],
] as const)("%s and %s", (name, extended) => {
  const base = fontOf(name);
  const font = fontOf(extended);

  test("has Greek, U+0386–U+03CE, Cyrillic, U+0400–U+045F, and Ґ ґ beside the glyphs of the base font", () => {
    const assigned = Array.from({ length: 0x3cf - 0x386 }, (_, i) => String.fromCodePoint(0x386 + i)).filter(
      (character) => !/\p{Cn}/u.test(character),
    );
    const cyrillic = Array.from({ length: 0x60 }, (_, i) => String.fromCodePoint(0x400 + i));
    const added = charactersOf(font).filter((character) => !base.hasGlyph(character.codePointAt(0) ?? 0));
    expect(added).toEqual([...assigned, ...cyrillic, "Ґ", "ґ"]);
  });

  test("any two letters of a script differ by two pixels or more", () => {
    expect(nearPairs(font, (character) => /\p{Script=Greek}/u.test(character))).toEqual([]);
    expect(nearPairs(font, (character) => /\p{Script=Cyrillic}/u.test(character))).toEqual([]);
  });
});

// A letter that has the shape of a letter of another script shares its drawing; no other two letters are alike.
describe("letters of two scripts with the same drawing", () => {
  const font = fontOf("5x7-intl");
  const latin = /[ -~\u00A0-\u00FF]/;
  const greek = /\p{Script=Greek}|\u0387/u;
  const cyrillic = /\p{Script=Cyrillic}/u;

  test("Latin and Greek", () => {
    expect(samePairs(font, latin, greek)).toBe(
      "ÁΆ ·· ÉΈ ÍΊ ÓΌ ÝΎ AΑ BΒ EΕ ZΖ HΗ IΙ KΚ MΜ NΝ OΟ PΡ TΤ YΥ XΧ ÏΪ µμ vν oο xχ óό".replace(
        "··",
        "·\u0387",
      ),
    );
  });

  test("Latin and Cyrillic", () => {
    expect(samePairs(font, latin, cyrillic)).toBe(
      "ÈЀ ËЁ SЅ IІ ÏЇ JЈ AА BВ EЕ KК MМ HН OО PР CС TТ XХ aа eе oо pр cс xх èѐ ëё sѕ iі ïї jј",
    );
  });

  test("Greek and Cyrillic", () => {
    expect(samePairs(font, greek, cyrillic)).toBe("ΙІ ΪЇ ΑА ΒВ ΓГ ΕЕ ΚК ΜМ ΗН ΟО ΠП ΡР ΤТ ΦФ ΧХ κк οо χх");
  });
});

describe("5x7-intl", () => {
  const font = fontOf("5x7-intl");

  test("capitals fill all seven rows, those with a diaeresis all but the second, Ξ four", () => {
    const withGap = new Set(Array.from("ЁЇΪΫ"));
    for (const character of charactersOf(font).filter(
      (c) => /[\u0386-\u045F\u0490]/.test(c) && /\p{Lu}/u.test(c),
    )) {
      const empty = picture(character, font).flatMap((row, y) => (row === "....." ? [y] : []));
      const expected = withGap.has(character) ? [1] : character === "Ξ" ? [1, 2, 4, 5] : [];
      expect([character, empty]).toEqual([character, expected]);
    }
  });

  test("small letters stand on the last row and rise to the third at least", () => {
    for (const character of charactersOf(font).filter(
      (c) => /[\u0386-\u045F\u0491]/.test(c) && /\p{Ll}/u.test(c),
    )) {
      const rows = picture(character, font);
      expect([character, rows[6]?.includes("#")]).toEqual([character, true]);
      expect([character, rows.slice(0, 3).some((row) => row.includes("#"))]).toEqual([character, true]);
    }
  });

  test("letters without an ascender or an accent leave the two upper rows empty", () => {
    const low = "αγεηικμνοπρςστυχψωавгдежзиклмнопрстухцчшщъыьэюяєѕљњџ";
    for (const character of low) {
      expect([character, picture(character, font).slice(0, 2)]).toEqual([character, [".....", "....."]]);
    }
  });
});
