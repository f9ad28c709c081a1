import { findWordEnd, isPair, skipBlanks } from "./characters.ts";
import type { PxlErrorCode } from "./errors.ts";
import { containsForbidden } from "./forbidden.ts";
import type { InstructionOf } from "./instructions.ts";
import { quote } from "./quote.ts";
import type { Finding, Line } from "./line-cursor.ts";

const BAR = 0x7c;

/** True for a line whose first word is `|`. */
export function isRowLine(source: string, start: number, end: number): boolean {
  const first = skipBlanks(source, start);
  return first < end && source.charCodeAt(first) === BAR && findWordEnd(source, first, end) === first + 1;
}

/** A row line: its row, and its faults in source order. */
interface RowReading {
  readonly row: string;
  readonly findings: readonly Finding[];
}

/**
 * Reads the row line number `index` of an image, counted from 0.
 *
 * @param image the instruction, or `undefined` if it is faulty; the rows are then not checked.
 */
export function readRowLine(
  { source, start, end }: Line,
  index: number,
  image: InstructionOf<"IMAGE"> | undefined,
): RowReading {
  if (image === undefined) return { row: "", findings: [] };
  const findings: Finding[] = [];
  const add = (code: PxlErrorCode, from: number, to: number, message: () => string): void => {
    // A forbidden character is reported instead.
    if (!containsForbidden(source, from, to)) findings.push({ code, start: from, end: to, message });
  };
  const first = skipBlanks(source, start);
  const { w, h, palette } = image;
  if (index >= h) {
    add("PXL_EXTRA_ROW", first, end, () => {
      return `expected ${h} row${h === 1 ? "" : "s"} after IMAGE, got one more`;
    });
    return { row: "", findings };
  }
  const rowStart = Math.min(skipBlanks(source, first + 1), end);
  const rowEnd = findWordEnd(source, rowStart, end);
  const row = source.slice(rowStart, rowEnd);
  const keys = new Set(palette.map(({ key }) => key)).add(".");
  let width = 0;
  for (let at = rowStart; at < rowEnd; width++) {
    const next = at + (isPair(source, at) ? 2 : 1);
    if (width < w && !keys.has(source.slice(at, next))) {
      const [from, to] = [at, next];
      add("PXL_NOT_A_PIXEL", from, to, () => {
        return `expected . or one of ${[...keys].join("")} that IMAGE gives a colour, got ${quote(source, from, to)}`;
      });
    }
    at = next;
  }
  if (width !== w) {
    findings.length = 0;
    add("PXL_NOT_A_ROW", rowStart, rowEnd, () => {
      return `expected a row of ${w} character${w === 1 ? "" : "s"} without blanks, got ${width}`;
    });
  }
  const extra = skipBlanks(source, rowEnd);
  if (extra < end) {
    add("PXL_EXTRA_OPERAND", extra, end, () => {
      return `expected the end of the line (| row), got ${quote(source, extra, end)}`;
    });
  }
  return { row, findings };
}
