import { Fault } from "./fault.ts";

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
