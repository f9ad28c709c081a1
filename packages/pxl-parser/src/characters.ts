export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const HASH = 0x23;
export const MINUS = 0x2d;
export const DIGIT_0 = 0x30;
export const BYTE_ORDER_MARK = 0xfeff;

/** Returns the code unit at `index`. After the end of the source it is a line feed, so that every line has an end. */
export function codeUnitAt(source: string, index: number): number {
  return index < source.length ? source.charCodeAt(index) : LF;
}

/** True for space and tab, which separate operands. */
export function isBlank(codeUnit: number): boolean {
  return codeUnit === SPACE || codeUnit === TAB;
}

/** Returns the index of the first code unit at or after `index` that is not blank. */
export function skipBlanks(source: string, index: number): number {
  let end = index;
  while (isBlank(codeUnitAt(source, end))) end++;
  return end;
}

/** Returns the index after the last code unit before `end` that is not blank; `start` if there is none. */
export function trimBlanks(source: string, start: number, end: number): number {
  let trimmed = end;
  while (trimmed > start && isBlank(source.charCodeAt(trimmed - 1))) trimmed--;
  return trimmed;
}

/** Returns the index of the first blank after `start`; `end` if there is none before it. */
export function findWordEnd(source: string, start: number, end: number): number {
  let index = start;
  while (index < end && !isBlank(source.charCodeAt(index))) index++;
  return index;
}

/** Returns the index of the terminator of the line that contains `start`. */
export function findLineEnd(source: string, start: number): number {
  const lineFeed = source.indexOf("\n", start);
  const end = lineFeed < 0 ? source.length : lineFeed;
  return end > start && source.charCodeAt(end - 1) === CR ? end - 1 : end;
}

/** Returns the index after the terminator at `lineEnd`; greater than the source's length after an unterminated line. */
export function findNextLine(source: string, lineEnd: number): number {
  return lineEnd + (codeUnitAt(source, lineEnd) === CR ? 2 : 1);
}

/** True for a high surrogate that a low surrogate follows. */
export function isPair(source: string, index: number): boolean {
  return (source.charCodeAt(index) & 0xfc00) === 0xd800 && (source.charCodeAt(index + 1) & 0xfc00) === 0xdc00;
}

/** True for Unicode's general category Cc: U+0000–U+001F and U+007F–U+009F. */
export function isControl(codeUnit: number): boolean {
  return codeUnit < 0x20 || (codeUnit >= 0x7f && codeUnit < 0xa0);
}

export function isSurrogate(codeUnit: number): boolean {
  return (codeUnit & 0xf800) === 0xd800;
}

/** Counts the code points from `start` to `end`, exclusive; a lone surrogate is one. */
export function countCodePoints(source: string, start: number, end: number): number {
  let count = 0;
  for (let index = start; index < end; index++) {
    if (isPair(source, index)) index++;
    count++;
  }
  return count;
}
