import { COMMAND_STRIDE, KIND_RECT, type DrawList } from "@gvpie/raster";

import type { Region } from "./bands.ts";
import {
  ENTRY_WORDS,
  FLAG_BLEND,
  FLAG_KEEP,
  HEADER_WORDS,
  RUN_WORDS,
  TILE_HEIGHT,
  TILE_WIDTH,
} from "./layout.ts";
import type { Slice } from "./slices.ts";

const LAST_COLUMN = TILE_WIDTH - 1;
const LAST_ROW = TILE_HEIGHT - 1;
/** A bit for every row of a tile. */
const ALL_ROWS = (-1 >>> (32 - TILE_HEIGHT)) | 0;
/** Words of an entry as it is found: tile, box, paint. */
const FOUND_WORDS = 3;

/** Sorts draw list commands into tiles and lays them out for the shader, keeping its working memory between calls. */
export class Binner {
  #found = new Uint32Array(1 << 10);
  #words = new Uint32Array(1 << 10);

  /**
   * The upload for one slice of a draw list and one region, as layout.ts describes it.
   *
   * @param keep whether the pixels of an earlier slice are the ground, rather than the background.
   * @returns a view that the next call overwrites.
   */
  bin(list: DrawList, slice: Slice, region: Region, keep: boolean): Uint32Array<ArrayBuffer> {
    const tiles = region.columns * region.rows;
    const table = new Uint32Array(tiles + 1);
    const { entries, runs, blend } = this.#find(list, slice, region, table);

    let firstGlyph = list.glyphs.length;
    let endGlyph = 0;
    for (const at of runs) {
      const first = list.commands[at + 8] as number;
      firstGlyph = Math.min(firstGlyph, first);
      endGlyph = Math.max(endGlyph, first + (list.commands[at + 9] as number));
    }
    const glyphCount = Math.max(endGlyph - firstGlyph, 0);

    const entryStart = even(HEADER_WORDS + table.length);
    const runStart = entryStart + entries * ENTRY_WORDS;
    const glyphStart = runStart + runs.length * RUN_WORDS;
    const length = glyphStart + Math.ceil(glyphCount / 2);
    const words = (this.#words = grown(this.#words, length, 0));

    words[0] = region.columns;
    words[1] = tiles;
    words[2] = list.background;
    words[3] = (keep ? FLAG_KEEP : 0) | (blend ? FLAG_BLEND : 0);
    words[4] = entryStart / 2;
    words[5] = runStart / 2;
    words[6] = glyphStart;
    words[7] = 0;

    for (let tile = 0; tile < tiles; tile++) (table[tile + 1] as number) += table[tile] as number;
    words.set(table, HEADER_WORDS);
    // From here on the table holds where the next entry of each tile goes.
    const found = this.#found;
    for (let from = 0; from < entries * FOUND_WORDS; from += FOUND_WORDS) {
      const tile = found[from] as number;
      const to = entryStart + ENTRY_WORDS * (table[tile] as number)++;
      words[to] = found[from + 1] as number;
      words[to + 1] = found[from + 2] as number;
    }
    for (let i = 0, to = runStart; i < runs.length; i++, to += RUN_WORDS) {
      const at = runs[i] as number;
      words[to] = list.commands[at + 1] as number;
      words[to + 1] = list.commands[at + 10] as number;
      words[to + 2] = (list.commands[at + 6] as number) - region.left;
      words[to + 3] = (list.commands[at + 7] as number) - region.top;
      words[to + 4] = (list.commands[at + 8] as number) - firstGlyph;
      words[to + 5] = 0;
    }
    const glyphs = list.glyphs.subarray(firstGlyph, firstGlyph + glyphCount);
    new Uint16Array(words.buffer, glyphStart * 4, glyphCount).set(glyphs);
    return words.subarray(0, length);
  }

  /**
   * Fills `#found` with the entries of all tiles and counts those of tile t in `counts[t + 1]`.
   *
   * Commands are taken from the front-most to the hindmost. A row of a tile that an opaque rectangle spans takes nothing
   * from behind it, and a command that no tile takes costs nothing more.
   */
  #find({ commands }: DrawList, { start, end }: Slice, region: Region, counts: Uint32Array): Found {
    const { left, top, width, height, columns, rows } = region;
    const hidden = new Int32Array(columns * rows);
    const runs: number[] = [];
    let open = columns * rows;
    let blend = false;
    let found = this.#found;
    let n = 0;
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
      const hides = isRect && alpha === 255;
      const paint = isRect ? color : runs.length;
      let taken = false;

      const column0 = (x0 / TILE_WIDTH) | 0;
      const column1 = (x1 / TILE_WIDTH) | 0;
      const row0 = (y0 / TILE_HEIGHT) | 0;
      const row1 = (y1 / TILE_HEIGHT) | 0;
      // What reaches the region's edge covers the padding beyond it too, so that it can span its last tiles.
      const boxLeft = x0 & LAST_COLUMN;
      const boxRight = x1 === width - 1 ? LAST_COLUMN : x1 & LAST_COLUMN;
      const boxTop = y0 & LAST_ROW;
      const boxBottom = y1 === height - 1 ? LAST_ROW : y1 & LAST_ROW;
      found = grown(found, (n + (column1 - column0 + 1) * (row1 - row0 + 1)) * FOUND_WORDS, n * FOUND_WORDS);

      for (let row = row0; row <= row1; row++) {
        const rowTop = row === row0 ? boxTop : 0;
        const rowBottom = row === row1 ? boxBottom : LAST_ROW;
        const mask = (-1 << rowTop) & (-1 >>> (31 - rowBottom));
        const box = (rowTop << 10) | (rowBottom << 15);
        for (let column = column0; column <= column1; column++) {
          const tile = row * columns + column;
          const hiddenRows = hidden[tile] as number;
          if ((mask & ~hiddenRows) === 0) continue;
          const columnLeft = column === column0 ? boxLeft : 0;
          const columnRight = column === column1 ? boxRight : LAST_COLUMN;
          if (hides && columnLeft === 0 && columnRight === LAST_COLUMN) {
            hidden[tile] = hiddenRows | mask;
            if ((hiddenRows | mask) === ALL_ROWS) open--;
          }
          found[n * FOUND_WORDS] = tile;
          found[n * FOUND_WORDS + 1] = columnLeft | (columnRight << 5) | box;
          found[n * FOUND_WORDS + 2] = paint;
          (counts[tile + 1] as number)++;
          n++;
          taken = true;
        }
      }
      if (taken) {
        blend ||= alpha !== 255;
        if (!isRect) runs.push(at);
      }
    }
    this.#found = found;
    return { entries: n, runs, blend };
  }
}

interface Found {
  /** Entries in all tiles. */
  readonly entries: number;
  /** Where in the commands each glyph run begins that some tile took. */
  readonly runs: readonly number[];
  /** Whether a translucent command was taken. */
  readonly blend: boolean;
}

function even(value: number): number {
  return value + (value & 1);
}

/** `array`, or a larger copy of its first `used` words when it holds fewer than `needed`. */
function grown(array: Uint32Array<ArrayBuffer>, needed: number, used: number): Uint32Array<ArrayBuffer> {
  if (needed <= array.length) return array;
  const larger = new Uint32Array(Math.max(needed, array.length * 2));
  larger.set(array.subarray(0, used));
  return larger;
}
