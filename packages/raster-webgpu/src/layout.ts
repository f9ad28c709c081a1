import { GLYPH_HEIGHT } from "@gvpie/glyph-rom";

/**
 * The upload format that host and shader share. One upload holds, in 32-bit words and in this order:
 *
 * | part | words | content |
 * |---|---|---|
 * | header | {@link HEADER_WORDS} | columns of tiles, tiles, background, 1 to keep earlier pixels, word index of the entries |
 * | table | tiles + 1 | tile t has the entries `table[t]` … `table[t + 1] - 1` |
 * | entries | {@link ENTRY_WORDS} each | shape, colour, reference; front-most first within a tile |
 * | runs | {@link RUN_WORDS} each | x and y in the region, scale, word index of the first glyph |
 * | glyphs | 1 each | index into the ROM |
 *
 * A shape has these fields; positions are relative to the tile:
 *
 * | bits | field |
 * |---|---|
 * | 0 – 4, 5 – 9 | left, right column of the box, inclusive |
 * | 10 – 12, 13 – 15 | top, bottom row of the box, inclusive |
 * | 16 – 17 | {@link SHAPE_RECT}, {@link SHAPE_TEXT} or {@link SHAPE_RUN} |
 * | 18 – 23 | text: left column of its first glyph + 5 |
 * | 24 – 27 | text: top row + 6 |
 * | 28 – 30 | text: glyphs after the first |
 *
 * A text is the part of a run at scale 1 that lies in one tile; its reference is the word index of its first glyph. The
 * reference of a run at any other scale is the word index of the run.
 */
export const HEADER_WORDS = 5;
export const ENTRY_WORDS = 3;
export const RUN_WORDS = 4;

export const SHAPE_RECT = 0;
export const SHAPE_TEXT = 1;
export const SHAPE_RUN = 2;

/** Pixels across a tile: one row of it is a 32-bit mask. */
export const TILE_WIDTH = 32;
/** Pixels down a tile. Higher tiles mean fewer entries in total and longer lists per tile. */
export const TILE_HEIGHT = 8;
/** Rows of a tile that one invocation draws: the masks of their pixels are one `vec4<u32>`. */
export const BLOCK_ROWS = 4;

/** Invocations of a workgroup. */
export const WORKGROUP_SIZE = 64;
/** WebGPU's limit on workgroups along one dimension; larger dispatches use the second dimension too. */
export const MAX_WORKGROUPS = 65_535;

/**
 * In the shader's ROM a glyph has one word for each row at which a block can begin, from this many rows above the glyph to
 * its last row. The word holds that row and the next three, one byte each, the first in the lowest byte; bit 0 of a byte is
 * the leftmost pixel.
 */
export const ROM_ABOVE: number = BLOCK_ROWS - 1;
export const ROM_STRIDE: number = ROM_ABOVE + GLYPH_HEIGHT;
