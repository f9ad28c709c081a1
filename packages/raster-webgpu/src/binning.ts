import { GLYPH_ADVANCE } from "@gvpie/glyph-rom";
import { COMMAND_STRIDE, KIND_RECT, type DrawList } from "@gvpie/raster";

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
/** A bit for every row of a tile. */
const ALL_ROWS = (1 << TILE_HEIGHT) - 1;
/** Words of an entry as it is found: its tile, then its own. */
const FOUND_WORDS = 1 + ENTRY_WORDS;

/** What the shader needs to draw one slice of a draw list in one region. */
export interface Upload {
  /** Laid out as layout.ts says. The next call of the {@link Binner} that made it overwrites it. */
  readonly words: Uint32Array<ArrayBuffer>;
  /** Whether nothing in it is translucent or scaled, so that the faster shader can draw it. */
  readonly isPlain: boolean;
}

/** Sorts commands into tiles. It keeps its working memory from call to call. */
export class Binner {
  #found = new Uint32Array(1 << 10);
  #words = new Uint32Array(1 << 10);

  /** @param keep whether an earlier slice has drawn in the region, and its pixels stay where nothing covers them. */
  bin(list: DrawList, slice: Slice, region: Region, keep: boolean): Upload {
    const tiles = region.columns * region.rows;
    const table = new Uint32Array(tiles + 1);
    const { count, runs, glyphFrom, glyphTo, isPlain } = this.#find(list, slice, region, table);

    const entryStart = HEADER_WORDS + table.length;
    const runStart = entryStart + count * ENTRY_WORDS;
    const glyphStart = runStart + runs.length * RUN_WORDS;
    const length = glyphStart + glyphTo - glyphFrom;
    const words = (this.#words = grown(this.#words, length, 0));
    words.set([region.columns, tiles, list.background, keep ? 1 : 0, entryStart]);

    for (let tile = 0; tile < tiles; tile++) (table[tile + 1] as number) += table[tile] as number;
    words.set(table, HEADER_WORDS);
    // From here on the table says where the next entry of each tile goes.
    const found = this.#found;
    for (let from = 0; from < count * FOUND_WORDS; from += FOUND_WORDS) {
      const tile = found[from] as number;
      const shape = found[from + 1] as number;
      const kind = (shape >> 16) & 3;
      const reference = found[from + 3] as number;
      const to = entryStart + ENTRY_WORDS * (table[tile] as number)++;
      words[to] = shape;
      words[to + 1] = found[from + 2] as number;
      if (kind === SHAPE_TEXT) words[to + 2] = glyphStart - glyphFrom + reference;
      else if (kind === SHAPE_RUN) words[to + 2] = runStart + reference * RUN_WORDS;
    }
    for (const [i, at] of runs.entries()) {
      const to = runStart + i * RUN_WORDS;
      words[to] = (list.commands[at + 6] as number) - region.left;
      words[to + 1] = (list.commands[at + 7] as number) - region.top;
      words[to + 2] = list.commands[at + 10] as number;
      words[to + 3] = glyphStart - glyphFrom + (list.commands[at + 8] as number);
    }
    words.set(list.glyphs.subarray(glyphFrom, glyphTo), glyphStart);
    return { words: words.subarray(0, length), isPlain };
  }

  /**
   * Fills `#found` with the entries of all tiles, and counts those of tile t in `counts[t + 1]`.
   *
   * Commands are taken from the front-most to the hindmost. A row of a tile that an opaque rectangle spans takes nothing
   * from behind it.
   */
  #find({ commands, glyphs }: DrawList, { start, end }: Slice, region: Region, counts: Uint32Array): Found {
    const { left, top, width, height, columns, rows } = region;
    const hidden = new Uint8Array(columns * rows);
    let open = hidden.length;
    let found = this.#found;
    let n = 0;
    const runs: number[] = [];
    let glyphFrom = glyphs.length;
    let glyphTo = 0;
    let isPlain = true;

    for (let i = end - 1; i >= start && open > 0; i--) {
      const at = i * COMMAND_STRIDE;
      const color = commands[at + 1] as number;
      const alpha = color >>> 24;
      const x0 = Math.max((commands[at + 2] as number) - left, 0);
      const y0 = Math.max((commands[at + 3] as number) - top, 0);
      const x1 = Math.min((commands[at + 4] as number) - left, width) - 1;
      const y1 = Math.min((commands[at + 5] as number) - top, height) - 1;
      if (x0 > x1 || y0 > y1 || alpha === 0) continue;

      const isRect = commands[at] === KIND_RECT;
      const isText = !isRect && commands[at + 10] === 1;
      const kind = isRect ? SHAPE_RECT : isText ? SHAPE_TEXT : SHAPE_RUN;
      const hides = isRect && alpha === 255;
      const column0 = (x0 / TILE_WIDTH) | 0;
      const column1 = (x1 / TILE_WIDTH) | 0;
      const row0 = (y0 / TILE_HEIGHT) | 0;
      const row1 = (y1 / TILE_HEIGHT) | 0;
      const boxLeft = x0 & LAST_COLUMN;
      const boxTop = y0 & LAST_ROW;
      // A rectangle that reaches the region's edge covers the padding beyond it too, so that it spans its last tiles.
      const boxRight = isRect && x1 === width - 1 ? LAST_COLUMN : x1 & LAST_COLUMN;
      const boxBottom = isRect && y1 === height - 1 ? LAST_ROW : y1 & LAST_ROW;
      const textX = (commands[at + 6] as number) - left;
      const textY = (commands[at + 7] as number) - top;
      const firstGlyph = commands[at + 8] as number;
      const before = n;
      found = grown(found, (n + (column1 - column0 + 1) * (row1 - row0 + 1)) * FOUND_WORDS, n * FOUND_WORDS);

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
              if ((hiddenRows | mask) === ALL_ROWS) open--;
            }
          } else if (isText) {
            const runX = textX - column * TILE_WIDTH;
            const skipped = Math.floor((columnLeft - runX) / GLYPH_ADVANCE);
            const glyphX = runX + skipped * GLYPH_ADVANCE;
            const more = ((columnRight - glyphX) / GLYPH_ADVANCE) | 0;
            shape |= ((glyphX + 5) << 18) | ((textY - row * TILE_HEIGHT + 6) << 24) | (more << 28);
            reference = firstGlyph + skipped;
          }
          const to = n * FOUND_WORDS;
          found[to] = tile;
          found[to + 1] = shape;
          found[to + 2] = color;
          found[to + 3] = reference;
          (counts[tile + 1] as number)++;
          n++;
        }
      }
      if (n === before) continue;
      isPlain &&= alpha === 255 && kind !== SHAPE_RUN;
      if (isRect) continue;
      if (!isText) runs.push(at);
      glyphFrom = Math.min(glyphFrom, firstGlyph);
      glyphTo = Math.max(glyphTo, firstGlyph + (commands[at + 9] as number));
    }
    this.#found = found;
    return { count: n, runs, glyphFrom: Math.min(glyphFrom, glyphTo), glyphTo, isPlain };
  }
}

interface Found {
  /** Entries in all tiles. */
  readonly count: number;
  /** Where in the commands those at a scale other than 1 are that some tile took. */
  readonly runs: readonly number[];
  /** The glyphs of all commands that some tile took are among these. */
  readonly glyphFrom: number;
  readonly glyphTo: number;
  readonly isPlain: boolean;
}

/** `array`, or where it holds fewer than `needed` words, a larger copy of its first `used` ones. */
function grown(array: Uint32Array<ArrayBuffer>, needed: number, used: number): Uint32Array<ArrayBuffer> {
  if (needed <= array.length) return array;
  const larger = new Uint32Array(Math.max(needed, array.length * 2));
  larger.set(array.subarray(0, used));
  return larger;
}
