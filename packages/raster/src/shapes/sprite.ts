import type { DrawListBuilder } from "../draw-list.ts";

/**
 * The set bits of a pattern, each a square of side `scale`.
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
    for (let column = firstColumn; column < endColumn; column++) {
      if (!isSet(bits, column)) continue;
      const from = column;
      while (column + 1 < endColumn && isSet(bits, column + 1)) column++;
      const runLeft = Math.max(x + from * scale, left);
      list.fillCounted(runLeft, rowTop, Math.min(x + (column + 1) * scale, right), rowBottom, color);
    }
  }
}

function isSet(bits: string, column: number): boolean {
  const code = bits.charCodeAt(column >> 2);
  // "0" is 48 and "a" is 97.
  const digit = code < 58 ? code - 48 : code - 87;
  return ((digit >> (3 - (column & 3))) & 1) === 1;
}
