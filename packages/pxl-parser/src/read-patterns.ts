import type { Range } from "./expressions.ts";
import { Fault } from "./fault.ts";
import type { Fields, LineCursor } from "./line-cursor.ts";
import { nameInBraces } from "./names.ts";
import type { PaletteEntry, Reference } from "./operands.ts";
import { readLiteralColor } from "./read-colors.ts";
import { readRow } from "./read-row.ts";

/** Reads the rows of a SPRITE. Without a valid width and height, they are not checked. */
export function readSpriteRows(
  cursor: LineCursor,
  { w, h }: Fields,
): readonly string[] | Reference | undefined {
  cursor.isAborted = typeof w !== "number" || typeof h !== "number";
  if (typeof w !== "number" || typeof h !== "number") return undefined;
  const rows: string[] = [];
  for (let row = 0; row < h; row++) {
    const word = cursor.nextWord();
    const name = row === 0 && word !== undefined ? nameInBraces(cursor.text(word)) : undefined;
    if (word !== undefined && name !== undefined) return readParameter(cursor, name, word);
    if (word === undefined) {
      const { end } = cursor;
      const message = (): string =>
        `expected ${h} rows (${cursor.usage}), got ${row}, got the end of the line`;
      cursor.add("PXL_MISSING_OPERAND", { start: end, end }, message);
      return undefined;
    }
    const digits = readRow(cursor.text(word), w);
    if (digits instanceof Fault) {
      cursor.addFault(digits, word);
    } else {
      rows.push(digits);
    }
  }
  return rows;
}

/** Reads `{name}`, a parameter that holds all rows. */
function readParameter(cursor: LineCursor, name: string, word: Range): Reference | undefined {
  const declared = cursor.scope.resolve(name);
  if (declared?.kind === "parameter") {
    cursor.scope.dependsOnValues = true;
    return { name, span: cursor.columns.span(word.start, word.end) };
  }
  const isVariable = (): string => "expected the name of a PARAM, not of a variable or an array";
  cursor.addFault(
    declared === undefined ? cursor.undeclared(name, word) : new Fault("PXL_NOT_A_ROW", isVariable),
    word,
  );
  return undefined;
}

/** Reads the colours of an IMAGE: `k=color` for each character k. */
export function readPalette(cursor: LineCursor): readonly PaletteEntry[] {
  const entries = new Map<string, PaletteEntry>();
  for (let word = cursor.nextWord(); word !== undefined; word = cursor.nextWord()) {
    const text = cursor.text(word);
    const key = String.fromCodePoint(text.codePointAt(0) ?? 0);
    if (text.charAt(key.length) !== "=") {
      const expected = (): string => "expected a character and its colour, such as r=red";
      cursor.addFault(new Fault("PXL_NOT_A_PIXEL", expected), word);
      continue;
    }
    if (entries.has(key)) {
      const expected = (): string => "expected each character once";
      cursor.addFault(new Fault("PXL_NOT_A_PIXEL", expected), word);
      continue;
    }
    const color = readLiteralColor(cursor, { start: word.start + key.length + 1, end: word.end });
    entries.set(key, { key, color: color ?? 0 });
  }
  return [...entries.values()];
}
