import { isPair } from "./characters.ts";

/** Greatest length of an excerpt in a message, in code units. */
const EXCERPT_LENGTH = 40;

/** Returns an excerpt of the source for a message: in double quotes, shortened, with invisible characters escaped. */
export function quote(source: string, start: number, end: number): string {
  let excerptEnd = Math.min(end, start + EXCERPT_LENGTH);
  if (isPair(source, excerptEnd - 1)) excerptEnd--;
  const visible = source
    .slice(start, excerptEnd)
    .replace(/["\\]|(?! )[\p{C}\p{Z}]/gu, (character) =>
      character === '"' || character === "\\" ? `\\${character}` : `\\u{${hex(character)}}`,
    );
  return `"${visible}${excerptEnd < end ? "…" : ""}"`;
}

/** Returns a code point in Unicode notation: `U+000D`. */
export function codePointName(codePoint: number): string {
  return `U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}`;
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16);
}
