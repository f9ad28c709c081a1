/**
 * What the host and the shader agree on.
 *
 * One upload holds, in 32-bit words and in this order:
 *
 * | part | words | content |
 * |---|---|---|
 * | header | {@link HEADER_WORDS} | columns of tiles, number of tiles, background, flags, then where entries (in pairs of words), runs (in pairs) and glyphs (in words) begin |
 * | table | tiles + 1 | tile t has the entries `table[t]` … `table[t + 1] - 1` |
 * | entries | {@link ENTRY_WORDS} each | box inside the tile, paint; front-most first |
 * | runs | {@link RUN_WORDS} each | colour, scale, x, y, first glyph, 0; positions relative to the region |
 * | glyphs | 16 bits each | indexes into the ROM |
 *
 * A box is `left | right << 5 | top << 10 | bottom << 15`, all inclusive and relative to the tile. A paint is a colour,
 * or, where its alpha is 0 (such a colour is never drawn), the index of a run. Entries and runs begin at even words.
 */
export const HEADER_WORDS = 8;
export const ENTRY_WORDS = 2;
export const RUN_WORDS = 6;

/** Pixels across a tile: one row of it is a 32-bit mask. */
export const TILE_WIDTH = 32;
/** Pixels down a tile, at most 32. Higher tiles make fewer entries in all, and longer lists to walk. */
export const TILE_HEIGHT = 8;

/** Flag: the pixels drawn by an earlier slice stay where nothing covers them. */
export const FLAG_KEEP = 1;
/** Flag: some colour is translucent, so paint from back to front. */
export const FLAG_BLEND = 2;

/** Rows of a tile that one invocation owns: the masks of their pixels are one `vec4<u32>`. */
export const BLOCK_ROWS = 4;
/** Invocations of a workgroup. */
export const WORKGROUP_SIZE = 64;
/** WebGPU's limit on workgroups along one dimension; further ones go along the second. */
export const MAX_WORKGROUPS = 65_535;
