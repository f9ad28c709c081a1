import { GLYPH_HEIGHT } from "@gvpie/glyph-rom";

/**
 * What the host and the shader agree on. One upload holds, in 32-bit words and in this order:
 *
 * | part | words | content |
 * |---|---|---|
 * | header | {@link HEADER_WORDS} | columns of tiles, tiles, background, 1 where earlier pixels stay, where entries begin |
 * | table | tiles + 1 | tile t has the entries `table[t]` … `table[t + 1] - 1` |
 * | entries | {@link ENTRY_WORDS} each | shape, colour, reference; those of a tile front-most first |
 * | runs | {@link RUN_WORDS} each | x and y in the region, scale, where the first glyph is |
 * | glyphs | 1 each | index into the ROM |
 *
 * A shape is made of these fields, positions relative to the tile:
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
 * A text is what a run at scale 1 draws in one tile; its reference is where its first glyph is. That of a run, at any
 * other scale, is where the run is.
 */
export const HEADER_WORDS = 5;
export const ENTRY_WORDS = 3;
export const RUN_WORDS = 4;

export const SHAPE_RECT = 0;
export const SHAPE_TEXT = 1;
export const SHAPE_RUN = 2;

/** Pixels across a tile: one row of it is a 32-bit mask. */
export const TILE_WIDTH = 32;
/** Pixels down a tile. Higher tiles make fewer entries in all, and longer lists to walk. */
export const TILE_HEIGHT = 8;
/** Rows of a tile that one invocation owns: the masks of their pixels are one `vec4<u32>`. */
export const BLOCK_ROWS = 4;

/** Invocations of a workgroup. */
export const WORKGROUP_SIZE = 64;
/** WebGPU's limit on workgroups along one dimension; further ones go along the second. */
export const MAX_WORKGROUPS = 65_535;

/**
 * In the shader's ROM a glyph has a word for each row at which a block can begin, from this many rows above it to its
 * last one: that row and the next three, a byte each, the first in the lowest; bit 0 is the leftmost pixel.
 */
export const ROM_ABOVE: number = BLOCK_ROWS - 1;
export const ROM_STRIDE: number = ROM_ABOVE + GLYPH_HEIGHT;
