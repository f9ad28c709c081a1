import { COMMAND_STRIDE, type DrawList, KIND_RECT } from "@gvpie/raster";

import { drawGlyphs } from "./draw-glyphs.ts";
import { fillRect } from "./fill-rect.ts";

const TILE_SHIFT = 5;
/** Side of a square tile, in pixels. */
export const TILE: number = 1 << TILE_SHIFT;

/**
 * Paints the commands from number `from` on, leaving out most of what a later opaque rectangle hides.
 *
 * The canvas is cut into tiles, and for each the last opaque rectangle that covers all of it is found first; commands
 * before that one need not be painted there. What is painted is painted in order, so colours and blending come out as
 * they would without this: only the work differs. Where all have one opaque colour, what covers a tile hides all the others
 * there, later ones included.
 */
export function paintVisible(list: DrawList, words: Uint32Array, from: number, isOneColor: boolean): void {
  const { commands, count } = list;
  const covers = findCovers(list, from);
  if (isOneColor) fillCovered(list, words, covers, from);
  for (let i = from, at = from * COMMAND_STRIDE; i < count; i++, at += COMMAND_STRIDE) {
    if (commands[at] === KIND_RECT) fillVisible(list, words, covers, i);
    else if (isVisible(list, covers, i)) drawGlyphs(words, list, at);
  }
}

/** Tiles in a row of the canvas. */
function countColumns(width: number): number {
  return (width + TILE - 1) >> TILE_SHIFT;
}

/** Whether any tile that command `i` touches has no later cover. */
function isVisible({ commands, width }: DrawList, covers: Int32Array, i: number): boolean {
  const at = i * COMMAND_STRIDE;
  const columns = countColumns(width);
  const firstColumn = (commands[at + 2] as number) >> TILE_SHIFT;
  const firstRow = (commands[at + 3] as number) >> TILE_SHIFT;
  const lastColumn = ((commands[at + 4] as number) - 1) >> TILE_SHIFT;
  const lastRow = ((commands[at + 5] as number) - 1) >> TILE_SHIFT;
  for (let row = firstRow; row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++) {
      if ((covers[row * columns + column] as number) <= i) return true;
    }
  }
  return false;
}

/** Fills rectangle `i` in the tiles without a later cover, neighbours in a row together. */
function fillVisible({ commands, width }: DrawList, words: Uint32Array, covers: Int32Array, i: number): void {
  const at = i * COMMAND_STRIDE;
  const columns = countColumns(width);
  const color = (commands[at + 1] as number) >>> 0;
  const left = commands[at + 2] as number;
  const top = commands[at + 3] as number;
  const right = commands[at + 4] as number;
  const bottom = commands[at + 5] as number;
  const lastColumn = (right - 1) >> TILE_SHIFT;
  const lastRow = (bottom - 1) >> TILE_SHIFT;
  for (let row = top >> TILE_SHIFT; row <= lastRow; row++) {
    const above = Math.max(top, row << TILE_SHIFT);
    const below = Math.min(bottom, (row + 1) << TILE_SHIFT);
    const tiles = row * columns;
    for (let column = left >> TILE_SHIFT; column <= lastColumn; column++) {
      if ((covers[tiles + column] as number) > i) continue;
      const begin = Math.max(left, column << TILE_SHIFT);
      while (column < lastColumn && (covers[tiles + column + 1] as number) <= i) column++;
      fillRect(words, width, color, begin, above, Math.min(right, (column + 1) << TILE_SHIFT), below);
    }
  }
}

/** Fills the tiles with a cover, neighbours in a row together, and hides from then on whatever is drawn there. */
function fillCovered(list: DrawList, words: Uint32Array, covers: Int32Array, from: number): void {
  const { commands, count, width, height } = list;
  const color = (commands[from * COMMAND_STRIDE + 1] as number) >>> 0;
  const columns = countColumns(width);
  for (let tiles = 0, above = 0; above < height; tiles += columns, above += TILE) {
    const below = Math.min(height, above + TILE);
    for (let column = 0; column < columns; column++) {
      const begin = column;
      while (column < columns && (covers[tiles + column] as number) >= 0) covers[tiles + column++] = count;
      if (begin === column) continue;
      const right = Math.min(width, column << TILE_SHIFT);
      fillRect(words, width, color, begin << TILE_SHIFT, above, right, below);
    }
  }
}

/** For each tile, row by row, the number of the last opaque rectangle that covers all of it; −1 where none does. */
function findCovers(list: DrawList, from: number): Int32Array {
  const { commands, count, width, height } = list;
  const columns = countColumns(width);
  const rows = (height + TILE - 1) >> TILE_SHIFT;
  const covers = new Int32Array(columns * rows).fill(-1);
  for (let i = from, at = from * COMMAND_STRIDE; i < count; i++, at += COMMAND_STRIDE) {
    if (commands[at] !== KIND_RECT || (commands[at + 1] as number) >>> 24 !== 255) continue;
    const right = commands[at + 4] as number;
    const bottom = commands[at + 5] as number;
    const firstColumn = ((commands[at + 2] as number) + TILE - 1) >> TILE_SHIFT;
    const firstRow = ((commands[at + 3] as number) + TILE - 1) >> TILE_SHIFT;
    // The canvas may cut the last tiles short.
    const endColumn = right === width ? columns : right >> TILE_SHIFT;
    const endRow = bottom === height ? rows : bottom >> TILE_SHIFT;
    for (let row = firstRow; row < endRow; row++) {
      for (let column = firstColumn; column < endColumn; column++) covers[row * columns + column] = i;
    }
  }
  return covers;
}
