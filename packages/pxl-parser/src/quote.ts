import { isPair } from "./characters.ts";

/** Longest excerpt of a source that a message repeats, in code units. */
const EXCERPT_LENGTH = 40;

/** A piece of source for a message: in double quotes, shortened, and with everything invisible spelled out. */
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

/** A code point as Unicode writes it: `U+000D`. */
export function codePointName(codePoint: number): string {
  return `U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}`;
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16);
}
