/** One line of a text: a part of it, in UTF-16 code units. */
export interface TextLine {
  readonly start: number;
  readonly end: number;
  /** True if … follows, because this is the last line that fits and text is left over. */
  readonly isCut: boolean;
}

const SPACE = 0x20;

/**
 * Breaks a text into at most `rows` lines of at most `columns` code points, as the specification of WRAP says, and calls
 * `visit` for each line until it returns false. Returns the number of lines visited.
 *
 * A line that does not hold the rest of the text ends before the last run of spaces that begins after the line's start and
 * at most `columns` code points behind it; the run is dropped. A line without such a run has `columns` code points. The
 * last of `rows` lines, if text is left over, has at most `columns` − 1 code points without spaces at their end, and is cut.
 *
 * Reads each code unit at most three times.
 */
export function breakLines(
  text: string,
  columns: number,
  rows: number,
  visit: (line: TextLine, number: number) => boolean,
): number {
  if (columns < 1) return 0;
  let start = 0;
  let number = 0;
  while (start < text.length && number < rows) {
    const line = endOfLine(text, start, columns);
    const isCut = line.next < text.length && number === rows - 1;
    const end = isCut ? endOfCut(text, start, columns - 1) : line.end;
    number++;
    if (!visit({ start, end, isCut }, number - 1)) break;
    start = line.next;
  }
  return number;
}

/** Returns the end of the line from `start` and the start of the next one, or of the text's end. */
function endOfLine(text: string, start: number, columns: number): { end: number; next: number } {
  let unit = start;
  let lastBreak = start;
  let isAfterSpace = true;
  for (let column = 0; unit < text.length; column++) {
    const isSpace = text.charCodeAt(unit) === SPACE;
    if (isSpace && !isAfterSpace) lastBreak = unit;
    if (column === columns) {
      if (lastBreak === start) return { end: unit, next: unit };
      return { end: lastBreak, next: endOfSpaces(text, lastBreak) };
    }
    isAfterSpace = isSpace;
    unit = nextCodePoint(text, unit);
  }
  return { end: unit, next: unit };
}

/** Returns the end of the first `columns` code points from `start`, without the spaces at their end. */
function endOfCut(text: string, start: number, columns: number): number {
  let end = start;
  for (let unit = start, column = 0; column < columns; column++) {
    const isSpace = text.charCodeAt(unit) === SPACE;
    unit = nextCodePoint(text, unit);
    if (!isSpace) end = unit;
  }
  return end;
}

function endOfSpaces(text: string, start: number): number {
  let unit = start;
  while (text.charCodeAt(unit) === SPACE) unit++;
  return unit;
}

function nextCodePoint(text: string, unit: number): number {
  return unit + ((text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1);
}
