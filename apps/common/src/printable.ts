/**
 * Characters that could move the cursor, change colours, reorder the text or hide in it: controls (C0, DEL, C1), line and
 * paragraph separators, lone surrogates, and everything that is invisible by itself, such as zero-width, direction and tag
 * characters. A variation selector after an emoji stays.
 */
const UNSAFE =
  /(?!(?<=\p{Extended_Pictographic})[\ufe0e\ufe0f])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Returns one line of text, with unsafe characters made visible, line feeds and tabs included. */
export function printable(text: string): string {
  return text.replace(UNSAFE, visible);
}

/** Like `printable`, for several lines: line feeds and tabs are kept. */
export function printableLines(text: string): string {
  return text.replace(UNSAFE, (character) =>
    character === "\n" || character === "\t" ? character : visible(character),
  );
}

/** Returns JSON text that has the same value and contains no unsafe character: in strings, they become `\u` escapes. */
export function printableJson(json: string): string {
  return json.replace(UNSAFE, (character) =>
    // JSON has no raw line feed or tab inside a string, so these belong to the layout.
    character === "\n" || character === "\t"
      ? character
      : Array.from({ length: character.length }, (_, i) => unicodeEscape(character.charCodeAt(i))).join(""),
  );
}

function unicodeEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x24_00 + code);
  if (code === 0x7f) return "\u2421";
  return `\\u{${code.toString(16)}}`;
}
