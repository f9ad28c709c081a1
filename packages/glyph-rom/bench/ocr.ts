/**
 * Measures the accuracy with which tesseract reads the font.
 *
 * A page is drawn black on white at the font's size, lines twelve pixels apart. It is enlarged five times with cubic
 * interpolation and blurred with a standard deviation of two enlarged pixels, less than half a pixel of the font.
 * Tesseract reads it as one block of English text. Only blank lines are removed from its output.
 *
 * Run: `node --conditions=@gvpie/source packages/glyph-rom/bench/ocr.ts`
 */
import { spawnSync } from "node:child_process";
import { GLYPH_ADVANCE, GLYPH_WIDTH, glyphFor, measureText } from "@gvpie/glyph-rom";
import sharp from "sharp";
import { pages } from "./ocr-pages.ts";

const LINE_PITCH = 12;
const MARGIN = 4;
const ENLARGE = 5;
const BLUR_SIGMA = 2;

/** The text that tesseract read on one page. */
export interface Reading {
  readonly expected: string;
  readonly read: string;
  /** Characters to insert, delete or replace to turn `read` into `expected`. */
  readonly errors: number;
  /** 1 − errors / characters of `expected`, line ends included. */
  readonly accuracy: number;
}

/** Returns the version of tesseract, or undefined if it or its English model is missing. */
export function tesseractVersion(): string | undefined {
  const languages = spawnSync("tesseract", ["--list-langs"], { encoding: "utf8" });
  if (languages.error || !languages.stdout.split("\n").includes("eng")) return undefined;
  return spawnSync("tesseract", ["--version"], { encoding: "utf8" }).stdout.split("\n")[0];
}

/** Draws the lines and reads them with tesseract. */
export async function readPage(lines: readonly string[]): Promise<Reading> {
  const width = Math.max(...lines.map((line) => measureText(line).width)) + 2 * MARGIN;
  const height = lines.length * LINE_PITCH + 2 * MARGIN;
  const png = await sharp(drawPage(lines, width, height), { raw: { width, height, channels: 1 } })
    .resize(width * ENLARGE, height * ENLARGE, { kernel: "cubic" })
    .blur(BLUR_SIGMA)
    .png()
    .toBuffer();
  const tesseract = spawnSync("tesseract", ["-", "-", "-l", "eng", "--psm", "6", "--dpi", "150"], {
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

function drawPage(lines: readonly string[], width: number, height: number): Uint8Array {
  const pixels = new Uint8Array(width * height).fill(255);
  for (const [row, line] of lines.entries()) {
    for (const [column, character] of Array.from(line).entries()) {
      const left = MARGIN + column * GLYPH_ADVANCE;
      const top = MARGIN + row * LINE_PITCH;
      for (const [y, bits] of glyphFor(character.codePointAt(0) ?? 0).rows.entries()) {
        for (let x = 0; x < GLYPH_WIDTH; x++) {
          if ((bits >> (GLYPH_WIDTH - 1 - x)) & 1) pixels[(top + y) * width + left + x] = 0;
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
  console.log(
    tesseractVersion() ?? "tesseract or its English model is missing: apt-get install tesseract-ocr",
  );
  for (const [i, lines] of pages.entries()) {
    const { expected, read, errors, accuracy } = await readPage(lines);
    console.log(
      `page ${i + 1}: ${(100 * accuracy).toFixed(2)} % (${errors} errors in ${expected.length} characters)`,
    );
    for (const line of read.split("\n")) if (!lines.includes(line)) console.log(`  read: ${line}`);
  }
}
