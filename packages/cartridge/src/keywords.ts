/** Keywords of the texts of a cartridge. */
export const KEYWORDS = {
  type: "cartridge_type",
  checksum: "checksum",
  createdAt: "created_at",
  software: "Software",
  record: "gvpie",
} as const;

const KEYWORD_LIST: readonly string[] = Object.values(KEYWORDS);

/** Returns the character code of a letter in lower case; other codes as they are. */
function lowerCase(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code;
}

/**
 * Returns the keyword of a cartridge with which the text chunk in these bytes begins, upper and lower case alike;
 * undefined for all other texts. Allocates nothing: a file may hold millions of texts.
 */
export function keywordAt(bytes: Uint8Array, start: number, end: number): string | undefined {
  for (const keyword of KEYWORD_LIST) {
    const { length } = keyword;
    if (start + length >= end || bytes[start + length] !== 0) continue;
    let i = 0;
    while (i < length && lowerCase(bytes[start + i] as number) === lowerCase(keyword.charCodeAt(i))) i++;
    if (i === length) return keyword;
  }
  return undefined;
}
