/**
 * Measures the accuracy with which tesseract reads the fonts.
 *
 * A page is drawn black on white at the font's size. Lines are five pixels further apart than the font is high. The page is
 * enlarged with cubic interpolation so that a glyph is about 35 pixels high, and blurred with a standard deviation of two
 * fifths of a pixel of the font. Tesseract reads it as one block of text. Only blank lines are removed from its output.
 *
 * Run: `node --conditions=@gvpie/source packages/glyph-rom/bench/ocr.ts`
 */
import { spawnSync } from "node:child_process";
import { type Font, fontOf, type FontName } from "@gvpie/glyph-rom";
import sharp from "sharp";
import { english, german, greek, russian } from "./ocr-pages.ts";

/** Pixels between two lines. */
const LEADING = 5;
const MARGIN = 4;

/** A font and the pages that it is measured with. */
export interface Measurement {
  readonly font: FontName;
  readonly script: string;
  /** Tesseract's name of the language. */
  readonly language: string;
  readonly pages: readonly (readonly string[])[];
  /** Least accuracy of each page. */
  readonly floor: number;
  /** Enlargement, in both directions. */
  readonly enlarge: number;
}

const LATIN = { script: "ASCII", language: "eng", pages: english };
/** The first page, and the one of letters with tails. */
const SOME_LATIN = { ...LATIN, pages: [english[0] ?? [], english[3] ?? []] };
const LATIN_1 = { script: "Latin-1", language: "deu", pages: german };
const GREEK = { script: "Greek", language: "ell", pages: greek };
const CYRILLIC = { script: "Cyrillic", language: "rus", pages: russian };

export const MEASUREMENTS: readonly Measurement[] = [
  { font: "3x5", ...SOME_LATIN, floor: 0.78, enlarge: 7 },
  { font: "5x7", ...LATIN, floor: 0.98, enlarge: 5 },
  { font: "5x7", ...LATIN_1, floor: 0.95, enlarge: 5 },
  { font: "5x7-intl", ...GREEK, floor: 0.94, enlarge: 5 },
  { font: "5x7-intl", ...CYRILLIC, floor: 0.94, enlarge: 5 },
  { font: "8x13", ...SOME_LATIN, floor: 0.99, enlarge: 3 },
  { font: "8x13", ...LATIN_1, floor: 0.99, enlarge: 3 },
  { font: "8x13-intl", ...GREEK, floor: 0.96, enlarge: 3 },
  { font: "8x13-intl", ...CYRILLIC, floor: 0.99, enlarge: 3 },
];

/** The text that tesseract read on one page. */
export interface Reading {
  readonly expected: string;
  readonly read: string;
  /** Characters to insert, delete or replace to turn `read` into `expected`. */
  readonly errors: number;
  /** 1 − errors / characters of `expected`, line ends included. */
  readonly accuracy: number;
}

/** Returns the version of tesseract, or undefined if it or its model of the language is missing. */
export function tesseractVersion(language: string): string | undefined {
  const languages = spawnSync("tesseract", ["--list-langs"], { encoding: "utf8" });
  if (languages.error || !languages.stdout.split("\n").includes(language)) return undefined;
  return spawnSync("tesseract", ["--version"], { encoding: "utf8" }).stdout.split("\n")[0];
}

/** Draws the lines and reads them with tesseract. */
export async function readPage(
  lines: readonly string[],
  { font: name, language, enlarge }: Pick<Measurement, "font" | "language" | "enlarge">,
): Promise<Reading> {
  const font = fontOf(name);
  const width = Math.max(...lines.map((line) => Array.from(line).length)) * font.advance + 2 * MARGIN;
  const height = lines.length * (font.height + LEADING) + 2 * MARGIN;
  const png = await sharp(drawPage(lines, font, width, height), { raw: { width, height, channels: 1 } })
    .resize(width * enlarge, height * enlarge, { kernel: "cubic" })
    .blur(0.4 * enlarge)
    .png()
    .toBuffer();
  const tesseract = spawnSync("tesseract", ["-", "-", "-l", language, "--psm", "6", "--dpi", "150"], {
    input: png,
    encoding: "utf8",
    env: { ...process.env, OMP_THREAD_LIMIT: "1" },
  });
  if (tesseract.status !== 0) throw new Error(`tesseract failed: ${tesseract.stderr}`);
  const expected = lines.join("\n");
  const read = tesseract.stdout
    .split("\n")
    .filter((line) => line.trim() !== "")
    .join("\n");
  const errors = editDistance(read, expected);
  return { expected, read, errors, accuracy: 1 - errors / expected.length };
}

function drawPage(lines: readonly string[], font: Font, width: number, height: number): Uint8Array {
  const pixels = new Uint8Array(width * height).fill(255);
  for (const [row, line] of lines.entries()) {
    for (const [column, character] of Array.from(line).entries()) {
      const left = MARGIN + column * font.advance;
      const top = MARGIN + row * (font.height + LEADING);
      for (const [y, bits] of font.glyphFor(character.codePointAt(0) ?? 0).rows.entries()) {
        for (let x = 0; x < font.width; x++) {
          if ((bits >> (font.width - 1 - x)) & 1) pixels[(top + y) * width + left + x] = 0;
        }
      }
    }
  }
  return pixels;
}

/** Returns the Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (above[j - 1] ?? 0) + Number(a[i - 1] !== b[j - 1]);
      row.push(Math.min(replaced, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    above = row;
  }
  return above[b.length] ?? 0;
}

if (import.meta.main) {
  for (const measurement of MEASUREMENTS) {
    const { font, script, language, pages } = measurement;
    const version = tesseractVersion(language);
    if (version === undefined) {
      console.log(`${font} ${script}: missing, apt-get install tesseract-ocr tesseract-ocr-${language}`);
      continue;
    }
    for (const [i, lines] of pages.entries()) {
      const { expected, read, errors, accuracy } = await readPage(lines, measurement);
      const percent = (100 * accuracy).toFixed(1);
      console.log(
        `${font} ${script}, page ${i + 1}: ${percent} % (${errors} errors in ${expected.length}), ${version}`,
      );
      for (const line of read.split("\n")) if (!lines.includes(line)) console.log(`  read: ${line}`);
    }
  }
}
