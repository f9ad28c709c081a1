/** Longest excerpt of a text in a message, in UTF-16 code units. */
const EXCERPT_LENGTH = 64;

/** Returns an untrusted value for a message: short, on one line, with invisible characters escaped. */
export function shown(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value === undefined) return "nothing";
  if (value === null || typeof value === "number" || typeof value === "boolean") return `${value}`;
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function quoted(text: string): string {
  const excerpt = text.slice(0, EXCERPT_LENGTH);
  const visible = excerpt.replaceAll(/["\\]|(?! )[\p{C}\p{Z}]/gu, (character) =>
    character === '"' || character === "\\"
      ? `\\${character}`
      : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return `"${visible}"${text.length > EXCERPT_LENGTH ? `… (${text.length} characters)` : ""}`;
}

/** Returns seconds since 1970 as a date for a message, or the number if it is beyond the dates that JavaScript has. */
export function shownTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString().replace(/\.\d+/, "");
}
