import {
  BOTTOM,
  COLOR,
  COMMAND_STRIDE,
  type DrawList,
  KIND,
  KIND_RECT,
  LEFT,
  RIGHT,
  TOP,
} from "@gvpie/raster";

import { drawGlyphs } from "../primitives/draw-glyphs.ts";
import { fillRect } from "../primitives/fill-rect.ts";
import type { Analysis } from "./analyze.ts";
import type { Painter } from "./painter.ts";

/** Opaque rectangles must cover the canvas this many times before the search for hidden commands pays. */
const MIN_OVERDRAW = 2;

const TILE_SHIFT = 5;
/** Side of a square tile, in pixels. */
export const TILE: number = 1 << TILE_SHIFT;

/**
 * Paints in order, but skips most of the pixels that a later opaque rectangle hides.
 *
 * The canvas is divided into tiles. The cover of a tile is the last opaque rectangle that contains all of it; commands
 * before the cover are not painted there. If all commands have one opaque colour, commands after the cover are not
 * painted there either.
 */
export const visibleTiles: Painter = {
  name: "visible tiles",
  fits: ({ width, height }, { coveredPixels }) => coveredPixels >= MIN_OVERDRAW * width * height,
  paint: paintVisibleTiles,
};

function paintVisibleTiles(
  list: DrawList,
  words: Uint32Array,
  { background, from, isOneColor }: Analysis,
): void {
  const { commands, count } = list;
  words.fill(background);
  const covers = findCovers(list, from);
  if (isOneColor) fillCovered(list, words, covers, from);
  for (let i = from, at = from * COMMAND_STRIDE; i < count; i++, at += COMMAND_STRIDE) {
    if (commands[at + KIND] === KIND_RECT) {
      fillVisible(list, words, covers, i);
    } else if (isVisible(list, covers, i)) {
      drawGlyphs(words, list, at);
    }
  }
}

/** Tiles in a row of the canvas. */
function countColumns(width: number): number {
  return (width + TILE - 1) >> TILE_SHIFT;
}

/** True if any tile that command `i` touches has no later cover. */
function isVisible({ commands, width }: DrawList, covers: Int32Array, i: number): boolean {
  const at = i * COMMAND_STRIDE;
  const columns = countColumns(width);
  const firstColumn = (commands[at + LEFT] as number) >> TILE_SHIFT;
  const firstRow = (commands[at + TOP] as number) >> TILE_SHIFT;
  const lastColumn = ((commands[at + RIGHT] as number) - 1) >> TILE_SHIFT;
  const lastRow = ((commands[at + BOTTOM] as number) - 1) >> TILE_SHIFT;
  for (let row = firstRow; row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++) {
      if ((covers[row * columns + column] as number) <= i) return true;
    }
  }
  return false;
}

/** Fills rectangle `i` in the tiles that have no later cover; adjacent tiles of a row are filled together. */
function fillVisible({ commands, width }: DrawList, words: Uint32Array, covers: Int32Array, i: number): void {
  const at = i * COMMAND_STRIDE;
  const columns = countColumns(width);
  const color = (commands[at + COLOR] as number) >>> 0;
  const left = commands[at + LEFT] as number;
  const top = commands[at + TOP] as number;
  const right = commands[at + RIGHT] as number;
  const bottom = commands[at + BOTTOM] as number;
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

/** Fills the tiles that have a cover, adjacent tiles of a row together, and marks them so that no command paints there. */
function fillCovered(list: DrawList, words: Uint32Array, covers: Int32Array, from: number): void {
  const { commands, count, width, height } = list;
  const color = (commands[from * COMMAND_STRIDE + COLOR] as number) >>> 0;
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

/** Returns the number of the cover of each tile, row by row; −1 for a tile without one. */
function findCovers(list: DrawList, from: number): Int32Array {
  const { commands, count, width, height } = list;
  const columns = countColumns(width);
  const rows = (height + TILE - 1) >> TILE_SHIFT;
  const covers = new Int32Array(columns * rows).fill(-1);
  for (let i = from, at = from * COMMAND_STRIDE; i < count; i++, at += COMMAND_STRIDE) {
    if (commands[at + KIND] !== KIND_RECT || (commands[at + COLOR] as number) >>> 24 !== 255) continue;
    const right = commands[at + RIGHT] as number;
    const bottom = commands[at + BOTTOM] as number;
    const firstColumn = ((commands[at + LEFT] as number) + TILE - 1) >> TILE_SHIFT;
    const firstRow = ((commands[at + TOP] as number) + TILE - 1) >> TILE_SHIFT;
    // The last tiles of a row or column may be smaller.
    const endColumn = right === width ? columns : right >> TILE_SHIFT;
    const endRow = bottom === height ? rows : bottom >> TILE_SHIFT;
    for (let row = firstRow; row < endRow; row++) {
      for (let column = firstColumn; column < endColumn; column++) covers[row * columns + column] = i;
    }
  }
  return covers;
}
