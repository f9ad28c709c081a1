/**
 * Prints a font as it is published, for implementations of the language that do not use this package.
 *
 * Run: `node --conditions=@gvpie/source packages/glyph-rom/examples/publish-font.ts 3x5 > docs/font-3x5.json`
 */
import { type Font, FONTS } from "@gvpie/glyph-rom";

const NUMBERS: Readonly<Record<number, string>> = {
  3: "three",
  5: "five",
  7: "seven",
  8: "eight",
  13: "thirteen",
};

/** Returns the published form of a font of language version 2. */
export function publishFont(font: Font): string {
  const { name, width, height, advance, pitch } = font;
  const rows = (codePoint: number) =>
    font
      .glyphFor(codePoint)
      .rows.map((row) => row.toString(16).padStart(2, "0"))
      .join(" ");
  const glyphs: Record<string, string> = {};
  for (let codePoint = 0; codePoint <= 0x10_ff_ff; codePoint++) {
    if (!font.hasGlyph(codePoint)) continue;
    glyphs[`U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}`] = rows(codePoint);
  }
  const about = `The glyphs of the font ${name} of PXL language version 2, frozen: no later release changes one, adds one or removes one. A glyph is ${NUMBERS[height]} rows of ${NUMBERS[width]} pixels from the top, each a hexadecimal number whose bit ${width - 1} is the leftmost pixel. Every code point that is not listed draws the replacement, which is also the glyph of U+FFFD.`;
  const published = {
    about,
    language: "2",
    width,
    height,
    advance,
    pitch,
    replacement: rows(0xfffd),
    glyphs,
  };
  return `${JSON.stringify(published, null, 2)}\n`;
}

if (import.meta.main) {
  const font = FONTS.find(({ name }) => name === process.argv[2]);
  if (font === undefined) throw new Error(`expected one of ${FONTS.map(({ name }) => name).join(", ")}`);
  process.stdout.write(publishFont(font));
}
