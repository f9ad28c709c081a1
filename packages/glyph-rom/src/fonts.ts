import { tiny } from "./font/3x5.ts";
import { ascii as ascii5x7 } from "./font/5x7/ascii.ts";
import { cyrillic as cyrillic5x7 } from "./font/5x7/cyrillic.ts";
import { greek as greek5x7 } from "./font/5x7/greek.ts";
import { latin1 as latin5x7 } from "./font/5x7/latin1.ts";
import { symbols as symbols5x7 } from "./font/5x7/symbols.ts";
import { ascii as ascii8x13 } from "./font/8x13/ascii.ts";
import { cyrillic as cyrillic8x13 } from "./font/8x13/cyrillic.ts";
import { greek as greek8x13 } from "./font/8x13/greek.ts";
import { latin1 as latin8x13 } from "./font/8x13/latin1.ts";
import { symbols as symbols8x13 } from "./font/8x13/symbols.ts";
import { glyphIn, indexIn, isIn } from "./lookup.ts";
import { type PackedFont, packFont } from "./pack.ts";
import { packed } from "./rom.ts";
import type { Font, FontName } from "./types.ts";

// The first sheet of a font begins with its replacement glyph.
const SHEETS_5X7 = [symbols5x7, ascii5x7, latin5x7];
const SHEETS_8X13 = [symbols8x13, ascii8x13, latin8x13];

/**
 * All fonts. An extended font, `-intl`, has the glyphs of the font it is named after, with the same indexes, and Greek and
 * Cyrillic. The sheets of a font are packed when one of its functions is first called.
 */
export const FONTS: readonly Font[] = [
  createFont("3x5", { width: 3, height: 5, advance: 4, pitch: 6 }, () => packFont([tiny], 3, 5)),
  createFont("5x7", { width: 5, height: 7, advance: 6, pitch: 8 }, () => packed),
  createFont("5x7-intl", { width: 5, height: 7, advance: 6, pitch: 8 }, () =>
    packFont([...SHEETS_5X7, greek5x7, cyrillic5x7], 5, 7),
  ),
  createFont("8x13", { width: 8, height: 13, advance: 8, pitch: 14 }, () => packFont(SHEETS_8X13, 8, 13)),
  createFont("8x13-intl", { width: 8, height: 13, advance: 8, pitch: 14 }, () =>
    packFont([...SHEETS_8X13, greek8x13, cyrillic8x13], 8, 13),
  ),
];

/**
 * Returns the font of a name.
 *
 * @throws {RangeError} for another name.
 */
export function fontOf(name: FontName): Font {
  const font = FONTS.find((font) => font.name === name);
  if (font !== undefined) return font;
  const names = FONTS.map((font) => font.name).join(", ");
  throw new RangeError(`expected the name of a font (${names}), got ${name as string}`);
}

function createFont(
  name: FontName,
  metrics: Pick<Font, "width" | "height" | "advance" | "pitch">,
  pack: () => PackedFont,
): Font {
  let font: PackedFont | undefined;
  const use = () => (font ??= pack());
  return Object.freeze({
    name,
    ...metrics,
    glyphIndex: (codePoint) => indexIn(use(), codePoint),
    hasGlyph: (codePoint) => isIn(use(), codePoint),
    glyphFor: (codePoint) => glyphIn(use(), metrics.height, codePoint),
  } satisfies Font);
}
