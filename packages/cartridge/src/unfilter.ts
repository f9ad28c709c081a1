import { CartridgeError } from "./errors.ts";

/** PNG 3rd ed. §9.4: returns left, up or up-left, the nearest to left + up − up-left; ties go to the first. */
function paeth(left: number, up: number, upLeft: number): number {
  const toLeft = Math.abs(up - upLeft);
  const toUp = Math.abs(left - upLeft);
  const toUpLeft = Math.abs(left + up - upLeft - upLeft);
  if (toLeft <= toUp && toLeft <= toUpLeft) return left;
  return toUp <= toUpLeft ? up : upLeft;
}

/** Undoes filter 1 for pixels of three bytes, which the encoder writes: the pixel to the left stays in registers. */
function addLeftRgb(row: Uint8Array): void {
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let i = 0; i + 2 < row.length; i += 3) {
    red = (red + (row[i] as number)) & 255;
    green = (green + (row[i + 1] as number)) & 255;
    blue = (blue + (row[i + 2] as number)) & 255;
    row[i] = red;
    row[i + 1] = green;
    row[i + 2] = blue;
  }
}

/**
 * Undoes the filter of one row in place (PNG 3rd ed. §9.2). The row is the `length` bytes from `start`; `up` is the start
 * of the row above, already unfiltered, or undefined for the first row of a pass, above which bytes count as zero. `step`
 * is the number of bytes of a pixel, at least 1.
 *
 * @throws {CartridgeError} CARTRIDGE_BAD_PIXELS on an unknown filter.
 */
export function unfilterRow(
  filter: number,
  bytes: Uint8Array,
  start: number,
  length: number,
  up: number | undefined,
  step: number,
): void {
  if (filter === 0) return;
  const row = bytes.subarray(start, start + length);
  const above = up === undefined ? new Uint8Array(length) : bytes.subarray(up, up + length);
  switch (filter) {
    case 1:
      if (step === 3) {
        addLeftRgb(row);
        return;
      }
      for (let i = step; i < length; i++) row[i] = (row[i] as number) + (row[i - step] as number);
      return;
    case 2:
      for (let i = 0; i < length; i++) row[i] = (row[i] as number) + (above[i] as number);
      return;
    case 3:
      for (let i = 0; i < length; i++) {
        const left = i < step ? 0 : (row[i - step] as number);
        row[i] = (row[i] as number) + ((left + (above[i] as number)) >> 1);
      }
      return;
    case 4:
      for (let i = 0; i < length; i++) {
        const left = i < step ? 0 : (row[i - step] as number);
        const upLeft = i < step ? 0 : (above[i - step] as number);
        row[i] = (row[i] as number) + paeth(left, above[i] as number, upLeft);
      }
      return;
    default:
      throw new CartridgeError("CARTRIDGE_BAD_PIXELS", `expected a row filter of 0 to 4, got ${filter}`);
  }
}
