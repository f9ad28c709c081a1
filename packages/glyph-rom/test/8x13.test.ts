// The lines of the font 8x13: rows 0 and 1 for accents, 2–10 for capitals, 4–10 for small letters, 11 and 12 for tails.
import { describe, expect, test } from "vitest";
import { fontOf } from "../src/index.ts";
import { codePointsOf, difference, picture } from "./support/glyphs.ts";

const font = fontOf("8x13-intl");
const charactersOf = (name: "5x7" | "8x13" | "8x13-intl") =>
  codePointsOf(fontOf(name)).map((codePoint) => String.fromCodePoint(codePoint));

const characters = charactersOf("8x13-intl");
const letters = characters.filter((character) => /\p{L}/u.test(character) && !"ªº".includes(character));

/** The rows of a glyph that have a set pixel. */
const rowsOf = (character: string) =>
  picture(character, font).flatMap((row, y) => (row.includes("#") ? [y] : []));

/** The columns of a glyph that have a set pixel. */
const columnsOf = (character: string) =>
  Array.from({ length: 8 }, (_, x) => x).filter((x) =>
    picture(character, font).some((row) => row[x] === "#"),
  );

const isAccented = (letter: string) =>
  /^.[\u0300-\u0311\u0342]+$/u.test(letter.normalize("NFD")) && letter !== "i" && letter !== "j";

describe("8x13", () => {
  test("has the code points of 5x7", () => {
    expect(charactersOf("8x13")).toEqual(charactersOf("5x7"));
  });

  test("any two glyphs differ by two pixels or more, except spaces, hyphens and dashes", () => {
    const base = charactersOf("8x13");
    const near = base.flatMap((a, i) =>
      base.slice(i + 1).flatMap((b) => (difference(a, b, font) < 2 ? [a + b] : [])),
    );
    expect(near).toEqual([" \u00A0", "-\u00AD", "–—"]);
    expect(picture("\u00A0", font)).toEqual(picture(" ", font));
    expect(picture("\u00AD", font)).toEqual(picture("-", font));
  });

  test.each(["0O", "1l", "1I", "lI", "5S", "8B", "2Z", "6b", "9g", "cl", "uv", "VY", "UV", "DO", "QO"])(
    "the two of %s differ by four pixels or more",
    (pair) => {
      expect(difference(pair.charAt(0), pair.charAt(1), font)).toBeGreaterThanOrEqual(4);
    },
  );

  test("two empty columns separate the r and the n of rn; one separates an m from the next letter", () => {
    expect([columnsOf("r"), columnsOf("n")]).toEqual([
      [0, 1, 2, 3, 4, 5],
      [0, 1, 2, 3, 4, 5],
    ]);
    expect(columnsOf("m")).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test("the last column is empty, so that glyphs side by side do not touch", () => {
    expect(characters.filter((character) => columnsOf(character).includes(7))).toEqual([]);
  });

  test("capitals without an accent and digits have nine rows, 2–10, and some a tail", () => {
    const plain = [
      ...Array.from("0123456789"),
      ...letters.filter((c) => /\p{Lu}/u.test(c) && !isAccented(c)),
    ];
    const tails: string[] = [];
    for (const character of plain) {
      const rows = rowsOf(character);
      if (rows.some((y) => y > 10)) tails.push(character);
      const expected = character === "Ґ" ? 0 : 2;
      expect([character, rows[0], rows.includes(10)]).toEqual([character, expected, true]);
    }
    expect(tails.join("")).toBe("ÇЂЏДЦЩ");
  });

  test("small letters stand on row 10, and rise to row 4, or with a stem to row 2", () => {
    for (const letter of letters.filter((c) => /\p{Ll}/u.test(c) && !isAccented(c))) {
      const rows = rowsOf(letter).filter((y) => y >= 2);
      const tall = "bdfhklitþðßβδζθλξψфђћбґіјj".includes(letter);
      expect([letter, tall ? rows[0] === 2 || rows[0] === 3 : rows[0] === 4]).toEqual([letter, true]);
      expect([letter, rows.includes(10)]).toEqual([letter, true]);
    }
  });
});

describe("accents in 8x13", () => {
  const accented = letters.filter((letter) => isAccented(letter) && !"Çç".includes(letter));

  test("an empty row separates the accent from the letter, except under a ring", () => {
    const touching = accented.filter((letter) => {
      const gap = /\p{Lu}/u.test(letter) ? 2 : 3;
      return rowsOf(letter).includes(gap) || !rowsOf(letter).some((y) => y < gap);
    });
    expect(touching).toEqual(["Å"]);
  });

  test("a capital has eight rows under its accent", () => {
    for (const letter of accented.filter((c) => /\p{Lu}/u.test(c))) {
      const body = rowsOf(letter).filter((y) => y > 2 && y < 11);
      expect([letter, body]).toEqual([letter, [3, 4, 5, 6, 7, 8, 9, 10]]);
    }
  });

  test("an accent leaves a small letter as it is", () => {
    for (const letter of accented.filter((c) => /\p{Ll}/u.test(c))) {
      const plain = letter.normalize("NFD").charAt(0);
      expect([letter, picture(letter, font).slice(4)]).toEqual([letter, picture(plain, font).slice(4)]);
    }
  });

  test("letters with the same base and different accents differ by two pixels or more", () => {
    for (const family of [
      "aàáâãäå",
      "eèéêë",
      "iìíîï",
      "oòóôõö",
      "uùúûü",
      "AÀÁÂÃÄÅ",
      "EÈÉÊË",
      "IÌÍÎÏ",
      "OÒÓÔÕÖ",
    ]) {
      const members = Array.from(family);
      for (const [i, a] of members.entries()) {
        for (const b of members.slice(i + 1)) {
          expect([a, b, difference(a, b, font) >= 2]).toEqual([a, b, true]);
        }
      }
    }
  });
});

describe("look-alikes in 8x13-intl", () => {
  test.each(["её", "ИЙ", "ий", "ьъ", "ьы", "ъы", "лп", "зэ", "ЗЭ", "сє", "ґг", "ϊι", "υν", "ΟΘ", "ος", "βα"])(
    "the two of %s differ by two pixels or more",
    (pair) => {
      expect(difference(pair.charAt(0), pair.charAt(1), font)).toBeGreaterThanOrEqual(2);
    },
  );

  test("Ш and Щ differ by the tail of Щ", () => {
    const tail = picture("Щ", font).slice(11);
    expect(picture("Щ", font).slice(0, 11)).toEqual(picture("Ш", font).slice(0, 11));
    expect(tail).toEqual(["......#.", "......#."]);
  });
});
