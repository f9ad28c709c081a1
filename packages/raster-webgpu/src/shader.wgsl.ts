import { GLYPH_ADVANCE, GLYPH_WIDTH } from "@gvpie/glyph-rom";

import {
  BLOCK_ROWS,
  ENTRY_WORDS,
  HEADER_WORDS,
  MAX_WORKGROUPS,
  ROM_ABOVE,
  ROM_STRIDE,
  SHAPE_RUN,
  SHAPE_TEXT,
  TILE_HEIGHT,
  WORKGROUP_SIZE,
} from "./layout.ts";

const BLOCKS = TILE_HEIGHT / BLOCK_ROWS;

/**
 * Draws the tiles of a region; layout.ts describes the input.
 *
 * One invocation draws a block of 32 × 4 pixels. No other invocation writes them, so the order of invocations does not
 * matter. The coverage of a command is a mask of 32 bits a row, bit 0 leftmost; the four rows form one vector. All
 * arithmetic is on integers, which WGSL defines exactly: every adapter gives the same bytes.
 *
 * `drawPlain` is for opaque rectangles and texts. It goes from front to back and writes each pixel once, with the colour of
 * the first entry that covers it. `drawAny` finds the hindmost visible entry, and paints from there to the front.
 *
 * Software adapters run both sides of every `if` for all invocations, and skip only loops. Hence the two entry points, and
 * the loops around rare cases.
 */
export const SHADER: string = /* wgsl */ `
@group(0) @binding(0) var<storage, read> words: array<u32>;
@group(0) @binding(1) var<storage, read> rom: array<u32>;
@group(0) @binding(2) var<storage, read_write> pixels: array<vec4<u32>>;

const EMPTY = vec4<u32>(0u);
const FULL = vec4<u32>(0xffffffffu);
const ROWS = vec4<u32>(0u, 1u, 2u, 3u);
const QUAD = vec4<u32>(1u, 2u, 4u, 8u);

struct Block {
  /** Position in the region, in pixels. */
  x: i32,
  y: i32,
  /** Its first row in its tile. */
  row: u32,
  /** Index of its first four pixels, and the distance between its rows, in fours of pixels. */
  at: u32,
  stride: u32,
  /** Word indices of the entries of its tile. */
  begin: u32,
  end: u32,
}

/** Number of an invocation's block; in the last workgroup it may exceed the number of blocks. */
fn numberOf(group: vec3<u32>, local: u32) -> u32 {
  return (group.x + group.y * ${MAX_WORKGROUPS}u) * ${WORKGROUP_SIZE}u + local;
}

fn blockOf(number: u32) -> Block {
  let columns = words[0];
  let tile = number / ${BLOCKS}u;
  let column = tile % columns;
  let row = (number % ${BLOCKS}u) * ${BLOCK_ROWS}u;
  let y = (tile / columns) * ${TILE_HEIGHT}u + row;
  let begin = words[4] + words[${HEADER_WORDS}u + tile] * ${ENTRY_WORDS}u;
  let end = words[4] + words[${HEADER_WORDS + 1}u + tile] * ${ENTRY_WORDS}u;
  return Block(i32(column * 32u), i32(y), row, (y * columns + column) * 8u, columns * 8u, begin, end);
}

/** The pixels of a shape's box. */
fn boxOf(shape: u32, block: Block) -> vec4<u32> {
  let columns = (0xffffffffu << (shape & 31u)) & (0xffffffffu >> (31u - ((shape >> 5u) & 31u)));
  let top = (shape >> 10u) & 7u;
  let bottom = (shape >> 13u) & 7u;
  // Above the top, the difference wraps to a large number.
  return select(EMPTY, vec4<u32>(columns), ROWS + (block.row - top) <= vec4<u32>(bottom - top));
}

fn kindOf(shape: u32) -> u32 {
  return (shape >> 16u) & 3u;
}

/** Four rows of a glyph from \`row\` on, one byte each; \`glyph\` is the word index of its number. */
fn glyphRows(glyph: u32, row: i32) -> u32 {
  return rom[words[glyph] * ${ROM_STRIDE}u + u32(row + ${ROM_ABOVE})];
}

fn unpack(rows: u32) -> vec4<u32> {
  return vec4<u32>(rows & 255u, (rows >> 8u) & 255u, (rows >> 16u) & 255u, rows >> 24u);
}

/** The pixels of a text; bits outside its box are undefined. */
fn textOf(shape: u32, first: u32, block: Block) -> vec4<u32> {
  let x = i32((shape >> 18u) & 63u) - 5;
  let row = i32(block.row) + 6 - i32((shape >> 24u) & 15u);
  var mask = EMPTY;
  for (var glyph = first + (shape >> 28u); glyph > first; glyph--) {
    mask = mask * ${2 ** GLYPH_ADVANCE}u + unpack(glyphRows(glyph, row));
  }
  let cut = u32(max(-x, 0));
  let rows = (glyphRows(first, row) >> cut) & (0x01010101u * (0xffu >> cut));
  return (mask * (${2 ** GLYPH_ADVANCE}u >> cut) + unpack(rows)) * (1u << u32(max(x, 0)));
}

/** The bits from \`first\` to \`last\`, both inclusive, that lie within 0 … 31. */
fn span(first: i32, last: i32) -> u32 {
  if (first > last || first > 31 || last < 0) { return 0u; }
  return (0xffffffffu << u32(max(first, 0))) & (0xffffffffu >> u32(31 - min(last, 31)));
}

/** The pixels of a run; bits outside its box are undefined. */
fn runOf(shape: u32, run: u32, block: Block) -> vec4<u32> {
  let x = i32(words[run]) - block.x;
  let row = block.y - i32(words[run + 1u]);
  let scale = i32(words[run + 2u]);
  let advance = ${GLYPH_ADVANCE} * scale;
  let first = (i32(shape & 31u) - x) / advance;
  let last = (i32((shape >> 5u) & 31u) - x) / advance;
  var mask = EMPTY;
  for (var i = first; i <= last; i++) {
    for (var k = max(0, -row); k < ${BLOCK_ROWS}; k++) {
      let bits = glyphRows(words[run + 3u] + u32(i), (row + k) / scale);
      for (var column = 0; column < ${GLYPH_WIDTH}; column++) {
        let columnX = x + i * advance + column * scale;
        if (((bits >> u32(column)) & 1u) != 0u) { mask[k] |= span(columnX, columnX + scale - 1); }
      }
    }
  }
  return mask;
}

/** Paints pixels of one row of a block with an opaque colour. */
fn fillRow(at: u32, mask: u32, color: u32) {
  for (var i = 0u; i < 8u; i++) {
    let bits = (mask >> (i * 4u)) & 15u;
    if (bits == 15u) {
      pixels[at + i] = vec4<u32>(color);
    } else if (bits != 0u) {
      pixels[at + i] = select(pixels[at + i], vec4<u32>(color), (vec4<u32>(bits) & QUAD) != EMPTY);
    }
  }
}

fn fill(block: Block, mask: vec4<u32>, color: u32) {
  for (var k = 0u; k < ${BLOCK_ROWS}u; k++) {
    fillRow(block.at + k * block.stride, mask[k], color);
  }
}

@compute @workgroup_size(${WORKGROUP_SIZE})
fn drawPlain(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let number = numberOf(group, local);
  if (number >= words[1] * ${BLOCKS}u) { return; }
  let block = blockOf(number);
  let background = words[2];
  let keep = words[3] != 0u;
  var free = FULL;
  var mask = EMPTY;
  var color = background;
  var isWritten = keep;
  var at = block.begin;
  while (at < block.end && any(free != EMPTY)) {
    // Collect the coverage of consecutive entries of one colour.
    while (at < block.end && any(free != EMPTY)) {
      let shape = words[at];
      var covered = boxOf(shape, block) & free;
      if (any(covered != EMPTY)) {
        let next = words[at + 1u];
        if (next != color && any(mask != EMPTY)) { break; }
        color = next;
        if (kindOf(shape) == ${SHAPE_TEXT}u) { covered &= textOf(shape, words[at + 2u], block); }
        mask |= covered;
        free &= ~covered;
      }
      at += ${ENTRY_WORDS}u;
    }
    let isLast = at >= block.end || all(free == EMPTY);
    if (!isLast) {
      fill(block, mask, color);
      mask = EMPTY;
      isWritten = true;
    }
  }
  if (isWritten) {
    fill(block, mask, color);
    if (!keep) { fill(block, free, background); }
    return;
  }
  for (var k = 0u; k < ${BLOCK_ROWS}u; k++) {
    for (var i = 0u; i < 8u; i++) {
      let isInk = (vec4<u32>(mask[k] >> (i * 4u)) & QUAD) != EMPTY;
      pixels[block.at + k * block.stride + i] = select(vec4<u32>(background), vec4<u32>(color), isInk);
    }
  }
}

/** The pixels that an entry covers. */
fn coverOf(at: u32, block: Block) -> vec4<u32> {
  let shape = words[at];
  let box = boxOf(shape, block);
  if (all(box == EMPTY)) { return EMPTY; }
  switch (kindOf(shape)) {
    case ${SHAPE_TEXT}u: { return box & textOf(shape, words[at + 2u], block); }
    case ${SHAPE_RUN}u: { return box & runOf(shape, words[at + 2u], block); }
    default: { return box; }
  }
}

/** Paints pixels with a translucent colour. */
fn blend(block: Block, mask: vec4<u32>, color: u32) {
  for (var k = 0u; k < ${BLOCK_ROWS}u; k++) {
    for (var i = 0u; i < 8u; i++) {
      let bits = (mask[k] >> (i * 4u)) & 15u;
      if (bits == 0u) { continue; }
      let quad = block.at + k * block.stride + i;
      let ground = pixels[quad];
      pixels[quad] = select(ground, over(ground, color), (vec4<u32>(bits) & QUAD) != EMPTY);
    }
  }
}

/** blendPixel of @gvpie/raster, for an alpha other than 0. */
fn over(ground: vec4<u32>, color: u32) -> vec4<u32> {
  let alpha = color >> 24u;
  let above = vec4<u32>(alpha * 255u);
  let below = (ground >> vec4<u32>(24u)) * (255u - alpha);
  let whole = above + below;
  let half = whole >> vec4<u32>(1u);
  var result = ((whole + 127u) / 255u) << vec4<u32>(24u);
  for (var shift = 0u; shift < 24u; shift += 8u) {
    let channel = (color >> shift) & 255u;
    let groundChannel = (ground >> vec4<u32>(shift)) & vec4<u32>(255u);
    result |= ((channel * above + groundChannel * below + half) / whole) << vec4<u32>(shift);
  }
  return result;
}

@compute @workgroup_size(${WORKGROUP_SIZE})
fn drawAny(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let number = numberOf(group, local);
  if (number >= words[1] * ${BLOCKS}u) { return; }
  let block = blockOf(number);
  var free = FULL;
  var at = block.begin;
  while (at < block.end && any(free != EMPTY)) {
    if (words[at + 1u] >= 0xff000000u) { free &= ~coverOf(at, block); }
    at += ${ENTRY_WORDS}u;
  }
  if (words[3] == 0u) { fill(block, FULL, words[2]); }
  while (at > block.begin) {
    at -= ${ENTRY_WORDS}u;
    let color = words[at + 1u];
    let mask = coverOf(at, block);
    if (color >= 0xff000000u) { fill(block, mask, color); } else { blend(block, mask, color); }
  }
}
`;
