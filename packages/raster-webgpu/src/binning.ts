import { GLYPH_ADVANCE } from "@gvpie/glyph-rom";
import {
  BOTTOM,
  COLOR,
  COMMAND_STRIDE,
  type DrawList,
  KIND,
  KIND_RECT,
  LEFT,
  RIGHT,
  RUN_LENGTH,
  RUN_SCALE,
  RUN_START,
  RUN_X,
  RUN_Y,
  TOP,
} from "@gvpie/raster";

import type { Region } from "./bands.ts";
import {
  ENTRY_WORDS,
  HEADER_WORDS,
  RUN_WORDS,
  SHAPE_RECT,
  SHAPE_RUN,
  SHAPE_TEXT,
  TILE_HEIGHT,
  TILE_WIDTH,
} from "./layout.ts";
import type { Slice } from "./slices.ts";

const LAST_COLUMN = TILE_WIDTH - 1;
const LAST_ROW = TILE_HEIGHT - 1;
/** One bit for each row of a tile. */
const ALL_ROWS = (1 << TILE_HEIGHT) - 1;
/** Words of an entry before it is sorted: its tile, then the entry. */
const UNSORTED_WORDS = 1 + ENTRY_WORDS;

/** The shader's input: one slice of a draw list, for one region. */
export interface Upload {
  /** In the format of layout.ts. The next call of the same {@link Binner} overwrites it. */
  readonly words: Uint32Array<ArrayBuffer>;
  /** True if nothing in it is translucent or scaled, so that the faster shader can draw it. */
  readonly isPlain: boolean;
}

/** Sorts commands into tiles, in memory that is reused from call to call. */
export class Binner {
  #unsorted = new Uint32Array(1 << 10);
  #words = new Uint32Array(1 << 10);

  /** @param keepsPixels true for all but the first slice of a region: pixels that no command covers stay. */
  bin(list: DrawList, slice: Slice, region: Region, keepsPixels: boolean): Upload {
    const tiles = region.columns * region.rows;
    const table = new Uint32Array(tiles + 1);
    const { count, runs, glyphFrom, glyphTo, isPlain } = this.#collect(list, slice, region, table);

    const entryStart = HEADER_WORDS + table.length;
    const runStart = entryStart + count * ENTRY_WORDS;
    const glyphStart = runStart + runs.length * RUN_WORDS;
    const length = glyphStart + glyphTo - glyphFrom;
    const words = (this.#words = grown(this.#words, length, 0));
    words.set([region.columns, tiles, list.background, keepsPixels ? 1 : 0, entryStart]);

    for (let tile = 0; tile < tiles; tile++) (table[tile + 1] as number) += table[tile] as number;
    words.set(table, HEADER_WORDS);
    // From here on the table holds the position of the next entry of each tile.
    const unsorted = this.#unsorted;
    for (let from = 0; from < count * UNSORTED_WORDS; from += UNSORTED_WORDS) {
      const tile = unsorted[from] as number;
      const shape = unsorted[from + 1] as number;
      const kind = (shape >> 16) & 3;
      const reference = unsorted[from + 3] as number;
      const to = entryStart + ENTRY_WORDS * (table[tile] as number)++;
      words[to] = shape;
      words[to + 1] = unsorted[from + 2] as number;
      if (kind === SHAPE_TEXT) {
        words[to + 2] = glyphStart - glyphFrom + reference;
      } else if (kind === SHAPE_RUN) {
        words[to + 2] = runStart + reference * RUN_WORDS;
      }
    }
    for (const [i, at] of runs.entries()) {
      const to = runStart + i * RUN_WORDS;
      words[to] = (list.commands[at + RUN_X] as number) - region.left;
      words[to + 1] = (list.commands[at + RUN_Y] as number) - region.top;
      words[to + 2] = list.commands[at + RUN_SCALE] as number;
      words[to + 3] = glyphStart - glyphFrom + (list.commands[at + RUN_START] as number);
    }
    words.set(list.glyphs.subarray(glyphFrom, glyphTo), glyphStart);
    return { words: words.subarray(0, length), isPlain };
  }

  /**
   * Fills `#unsorted` with the entries of all tiles, and counts the entries of tile t in `counts[t + 1]`.
   *
   * Commands are visited from front to back. Once an opaque rectangle spans a row of a tile, commands behind it add no entry
   * for that row.
   */
  #collect(
    { commands, glyphs }: DrawList,
    { start, end }: Slice,
    region: Region,
    counts: Uint32Array,
  ): Collected {
    const { left, top, width, height, columns, rows } = region;
    /** For each tile, the rows that an opaque rectangle spans. */
    const hidden = new Uint8Array(columns * rows);
    let openTiles = hidden.length;
    let unsorted = this.#unsorted;
    let n = 0;
    const runs: number[] = [];
    let glyphFrom = glyphs.length;
    let glyphTo = 0;
    let isPlain = true;

    for (let i = end - 1; i >= start && openTiles > 0; i--) {
      const at = i * COMMAND_STRIDE;
      const color = commands[at + COLOR] as number;
      const alpha = color >>> 24;
      const x0 = Math.max((commands[at + LEFT] as number) - left, 0);
      const y0 = Math.max((commands[at + TOP] as number) - top, 0);
      const x1 = Math.min((commands[at + RIGHT] as number) - left, width) - 1;
      const y1 = Math.min((commands[at + BOTTOM] as number) - top, height) - 1;
      if (x0 > x1 || y0 > y1 || alpha === 0) continue;

      const isRect = commands[at + KIND] === KIND_RECT;
      const isText = !isRect && commands[at + RUN_SCALE] === 1;
      const kind = isRect ? SHAPE_RECT : isText ? SHAPE_TEXT : SHAPE_RUN;
      const hides = isRect && alpha === 255;
      const column0 = (x0 / TILE_WIDTH) | 0;
      const column1 = (x1 / TILE_WIDTH) | 0;
      const row0 = (y0 / TILE_HEIGHT) | 0;
      const row1 = (y1 / TILE_HEIGHT) | 0;
      const boxLeft = x0 & LAST_COLUMN;
      const boxTop = y0 & LAST_ROW;
      // A rectangle that reaches the region's edge is extended over the padding, so that it spans the last tiles.
      const boxRight = isRect && x1 === width - 1 ? LAST_COLUMN : x1 & LAST_COLUMN;
      const boxBottom = isRect && y1 === height - 1 ? LAST_ROW : y1 & LAST_ROW;
      const textX = (commands[at + RUN_X] as number) - left;
      const textY = (commands[at + RUN_Y] as number) - top;
      const firstGlyph = commands[at + RUN_START] as number;
      const before = n;
      const mostEntries = n + (column1 - column0 + 1) * (row1 - row0 + 1);
      unsorted = grown(unsorted, mostEntries * UNSORTED_WORDS, n * UNSORTED_WORDS);

      for (let row = row0; row <= row1; row++) {
        const rowTop = row === row0 ? boxTop : 0;
        const rowBottom = row === row1 ? boxBottom : LAST_ROW;
        const mask = (ALL_ROWS << rowTop) & (ALL_ROWS >> (LAST_ROW - rowBottom));
        for (let column = column0; column <= column1; column++) {
          const tile = row * columns + column;
          const hiddenRows = hidden[tile] as number;
          if ((mask & ~hiddenRows) === 0) continue;
          const columnLeft = column === column0 ? boxLeft : 0;
          const columnRight = column === column1 ? boxRight : LAST_COLUMN;
          let shape = columnLeft | (columnRight << 5) | (rowTop << 10) | (rowBottom << 13) | (kind << 16);
          let reference = runs.length;
          if (hides) {
            if (columnLeft === 0 && columnRight === LAST_COLUMN) {
              hidden[tile] = hiddenRows | mask;
              if ((hiddenRows | mask) === ALL_ROWS) openTiles--;
            }
          } else if (isText) {
            const runX = textX - column * TILE_WIDTH;
            const skipped = Math.floor((columnLeft - runX) / GLYPH_ADVANCE);
            const glyphX = runX + skipped * GLYPH_ADVANCE;
            const moreGlyphs = ((columnRight - glyphX) / GLYPH_ADVANCE) | 0;
            shape |= ((glyphX + 5) << 18) | ((textY - row * TILE_HEIGHT + 6) << 24) | (moreGlyphs << 28);
            reference = firstGlyph + skipped;
          }
          const to = n * UNSORTED_WORDS;
          unsorted[to] = tile;
          unsorted[to + 1] = shape;
          unsorted[to + 2] = color;
          unsorted[to + 3] = reference;
          (counts[tile + 1] as number)++;
          n++;
        }
      }
      if (n === before) continue;
      isPlain &&= alpha === 255 && kind !== SHAPE_RUN;
      if (isRect) continue;
      if (!isText) runs.push(at);
      glyphFrom = Math.min(glyphFrom, firstGlyph);
      glyphTo = Math.max(glyphTo, firstGlyph + (commands[at + RUN_LENGTH] as number));
    }
    this.#unsorted = unsorted;
    return { count: n, runs, glyphFrom: Math.min(glyphFrom, glyphTo), glyphTo, isPlain };
  }
}

interface Collected {
  /** Entries in all tiles. */
  readonly count: number;
  /** Word indices of the runs at a scale other than 1 that have an entry. */
  readonly runs: readonly number[];
  /** A range of the list's glyphs that includes the glyphs of every command with an entry. */
  readonly glyphFrom: number;
  readonly glyphTo: number;
  readonly isPlain: boolean;
}

/** Returns `array`, or a larger array with its first `used` words if it holds fewer than `needed`. */
function grown(array: Uint32Array<ArrayBuffer>, needed: number, used: number): Uint32Array<ArrayBuffer> {
  if (needed <= array.length) return array;
  const larger = new Uint32Array(Math.max(needed, array.length * 2));
  larger.set(array.subarray(0, used));
  return larger;
}
