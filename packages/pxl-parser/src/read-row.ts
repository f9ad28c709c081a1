import { Fault } from "./fault.ts";

/**
 * Reads all rows of a sprite of `w` × `h` pixels from a text: ⌈w / 4⌉ hexadecimal digits for each row, from the top, and
 * at most as many spaces and tabs anywhere between them. Returns the rows in lower case, or `undefined` for any other text.
 */
export function readRows(text: string, w: number, h: number): readonly string[] | undefined {
  const digits = Math.ceil(w / 4);
  // So that the work depends on the size of the sprite, not on that of the text.
  if (text.length > 2 * digits * h) return undefined;
  const all = text.replaceAll(/[ \t]+/g, "");
  if (all.length !== digits * h) return undefined;
  const rows = Array.from({ length: h }, (_, row) => readRow(all.slice(row * digits, (row + 1) * digits), w));
  return rows.every((row) => typeof row === "string") ? rows : undefined;
}

/** Reads a row of a sprite of width `w`. Returns its digits in lower case, or the fault. */
export function readRow(text: string, w: number): string | Fault {
  const digits = Math.ceil(w / 4);
  if (text.length !== digits || !/^[0-9a-f]+$/i.test(text)) {
    return new Fault(
      "PXL_NOT_A_ROW",
      () => `expected a row of ${digits} hexadecimal digit${digits === 1 ? "" : "s"} for ${w} pixels`,
    );
  }
  const spare = 4 * digits - w;
  if ((Number.parseInt(text.slice(-1), 16) & ((1 << spare) - 1)) === 0) return text.toLowerCase();
  return new Fault("PXL_NOT_A_ROW", () => `expected a row whose last ${spare} bits are 0, for ${w} pixels`);
}
