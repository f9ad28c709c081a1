import type { DrawListBuilder } from "../draw-list.ts";

/**
 * Draws the set bits of a pattern, each as a square of side `scale`.
 *
 * @param rows hexadecimal digits in lower case, ⌈w / 4⌉ a row; the most significant bit is the leftmost pixel.
 */
export function drawSprite(
  list: DrawListBuilder,
  x: number,
  y: number,
  w: number,
  rows: readonly string[],
  scale: number,
  color: number,
): void {
  const left = Math.max(x, list.left);
  const top = Math.max(y, list.top);
  const right = Math.min(x + w * scale, list.right);
  const bottom = Math.min(y + rows.length * scale, list.bottom);
  if (left >= right || top >= bottom) return;
  list.countPainted(left, top, right, bottom);

  const firstColumn = Math.floor((left - x) / scale);
  const endColumn = Math.ceil((right - x) / scale);
  const endRow = Math.ceil((bottom - y) / scale);
  for (let row = Math.floor((top - y) / scale); row < endRow; row++) {
    const bits = rows[row] ?? "";
    const rowTop = Math.max(y + row * scale, top);
    const rowBottom = Math.min(y + (row + 1) * scale, bottom);
    let column = endOfRun(bits, firstColumn, endColumn, false);
    while (column < endColumn) {
      const end = endOfRun(bits, column, endColumn, true);
      const runLeft = Math.max(x + column * scale, left);
      list.fillCounted(runLeft, rowTop, Math.min(x + end * scale, right), rowBottom, color);
      column = endOfRun(bits, end, endColumn, false);
    }
  }
}

/** Returns the first column from `from` on, at most `limit`, whose bit differs from `isSet`; skips whole digits at once. */
function endOfRun(bits: string, from: number, limit: number, isSet: boolean): number {
  const fullDigit = isSet ? "f" : "0";
  let column = from;
  while (column < limit) {
    if ((column & 3) === 0 && bits[column >> 2] === fullDigit) {
      column += 4;
    } else if (isSetAt(bits, column) === isSet) {
      column++;
    } else {
      break;
    }
  }
  return Math.min(column, limit);
}

function isSetAt(bits: string, column: number): boolean {
  const code = bits.charCodeAt(column >> 2);
  // "0" is 48 and "a" is 97.
  const digit = code < 58 ? code - 48 : code - 87;
  return ((digit >> (3 - (column & 3))) & 1) === 1;
}
