import { GLYPH_ADVANCE, GLYPH_WIDTH } from "@gvpie/glyph-rom";

import {
  BLOCK_ROWS,
  FLAG_BLEND,
  FLAG_KEEP,
  HEADER_WORDS,
  MAX_WORKGROUPS,
  RUN_WORDS,
  TILE_HEIGHT,
  WORKGROUP_SIZE,
} from "./layout.ts";

const BLOCKS = TILE_HEIGHT / BLOCK_ROWS;

/**
 * Draws the tiles of a region; the input is described in layout.ts.
 *
 * One invocation owns a block of 32 × 4 pixels: nothing else writes them, so no order between invocations matters. Which
 * pixels of a block a command covers is a mask of 32 bits a row, bit 0 leftmost, and four rows are handled as one vector.
 * Everything is integer arithmetic, which WGSL defines exactly: every adapter gives the same bytes.
 *
 * Opaque commands are walked from the front; each pixel is written once, by the first command that covers it. With
 * translucent ones in the list the hindmost command that shows is found in the same way, and painting goes from there to
 * the front, blending with what has been written.
 */
export const SHADER: string = /* wgsl */ `
@group(0) @binding(0) var<storage, read> words: array<u32>;
@group(0) @binding(1) var<storage, read> pairs: array<vec2<u32>>; // the same buffer as words
@group(0) @binding(2) var<storage, read> rom: array<vec2<u32>>;   // a glyph's rows, one byte each; bit 0 is leftmost
@group(0) @binding(3) var<storage, read_write> pixels: array<vec4<u32>>;

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
  /** Index in pixels of its first quad, and quads from one row to the next. */
  quad: u32,
  stride: u32,
}

/** The bits from \`first\` to \`last\`, both inclusive and clipped to 0 … 31. */
fn span(first: i32, last: i32) -> u32 {
  if (first > last || first > 31 || last < 0) { return 0u; }
  return (0xffffffffu << u32(max(first, 0))) & (0xffffffffu >> u32(31 - min(last, 31)));
}

/** Four bytes of a glyph's rows, from row \`first\` on, where row -3 … 6 is first and rows outside the glyph are 0. */
fn fourRows(glyph: vec2<u32>, first: i32) -> vec4<u32> {
  var bytes = 0u;
  if (first < 0) {
    bytes = glyph.x << u32(-8 * first);
  } else if (first == 0) {
    bytes = glyph.x;
  } else if (first < 4) {
    bytes = (glyph.x >> u32(8 * first)) | (glyph.y << u32(32 - 8 * first));
  } else {
    bytes = glyph.y >> u32(8 * first - 32);
  }
  return (vec4<u32>(bytes) >> (ROWS * 8u)) & vec4<u32>(0xffu);
}

/** The pixels of a glyph run in a block; only those in the columns left … right are right. */
fn inked(run: u32, block: Block, left: i32, right: i32) -> vec4<u32> {
  let at = words[5] + run * ${RUN_WORDS / 2}u;
  let scale = i32(pairs[at].y);
  let corner = vec2<i32>(pairs[at + 1u]);
  let first = pairs[at + 2u].x;
  let runX = corner.x - block.x;
  let row = block.y - corner.y;
  let advance = ${GLYPH_ADVANCE} * scale;
  var i = u32(max(left - runX, 0) / advance);
  var x = runX + i32(i) * advance;
  var mask = EMPTY;
  while (x <= right) {
    let index = first + i;
    let glyph = rom[(words[words[6] + (index >> 1u)] >> ((index & 1u) * 16u)) & 0xffffu];
    if (scale == 1) {
      let rows = fourRows(glyph, row);
      mask |= select(rows << vec4<u32>(u32(x & 31)), rows >> vec4<u32>(u32(-x & 31)), x < 0);
    } else {
      for (var k = 0; k < ${BLOCK_ROWS}; k++) {
        if (row + k < 0) { continue; }
        let rows = fourRows(glyph, (row + k) / scale).x;
        for (var c = 0; c < ${GLYPH_WIDTH}; c++) {
          if (((rows >> u32(c)) & 1u) == 1u) { mask[k] |= span(x + c * scale, x + (c + 1) * scale - 1); }
        }
      }
    }
    i += 1u;
    x += advance;
  }
  return mask;
}

/** The pixels of a block that an entry covers. */
fn covered(entry: vec2<u32>, block: Block) -> vec4<u32> {
  let left = entry.x & 31u;
  let right = (entry.x >> 5u) & 31u;
  let top = (entry.x >> 10u) & 31u;
  let bottom = (entry.x >> 15u) & 31u;
  if (bottom < block.row || top > block.row + ${BLOCK_ROWS - 1}u) { return EMPTY; }
  let columns = (0xffffffffu << left) & (0xffffffffu >> (31u - right));
  let inside = ROWS + block.row - top <= vec4<u32>(bottom - top); // below top wraps to a large number
  let mask = select(EMPTY, vec4<u32>(columns), inside);
  if (entry.y >> 24u != 0u) { return mask; }
  return mask & inked(entry.y, block, i32(left), i32(right));
}

fn colorOf(entry: vec2<u32>) -> u32 {
  if (entry.y >> 24u != 0u) { return entry.y; }
  return pairs[words[5] + entry.y * ${RUN_WORDS / 2}u].x;
}

/** Replaces the pixels of a mask. */
fn put(block: Block, mask: vec4<u32>, color: u32) {
  for (var k = 0u; k < ${BLOCK_ROWS}u; k++) {
    for (var q = 0u; q < 8u; q++) {
      let bits = (mask[k] >> (q * 4u)) & 15u;
      let at = block.quad + k * block.stride + q;
      if (bits == 15u) {
        pixels[at] = vec4<u32>(color);
      } else if (bits != 0u) {
        pixels[at] = select(pixels[at], vec4<u32>(color), (vec4<u32>(bits) & QUAD) != EMPTY);
      }
    }
  }
}

/** Paints the pixels of a mask with a colour whose alpha is not 0, by the rule of blendPixel in @gvpie/raster. */
fn blend(block: Block, mask: vec4<u32>, color: u32) {
  for (var k = 0u; k < ${BLOCK_ROWS}u; k++) {
    for (var q = 0u; q < 8u; q++) {
      let bits = (mask[k] >> (q * 4u)) & 15u;
      if (bits == 0u) { continue; }
      let at = block.quad + k * block.stride + q;
      pixels[at] = select(pixels[at], over(pixels[at], color), (vec4<u32>(bits) & QUAD) != EMPTY);
    }
  }
}

fn over(ground: vec4<u32>, color: u32) -> vec4<u32> {
  let alpha = color >> 24u;
  let above = vec4<u32>(alpha * 255u);
  let below = (ground >> vec4<u32>(24u)) * (255u - alpha);
  let whole = above + below;
  let half = whole >> vec4<u32>(1u);
  var result = ((whole + 127u) / 255u) << vec4<u32>(24u);
  for (var shift = 0u; shift < 24u; shift += 8u) {
    let channel = vec4<u32>((color >> shift) & 255u);
    let groundChannel = (ground >> vec4<u32>(shift)) & vec4<u32>(255u);
    result |= ((channel * above + groundChannel * below + half) / whole) << vec4<u32>(shift);
  }
  return result;
}

/** Walks from the front; what no command covers becomes the background, or stays. */
fn paintOpaque(block: Block, begin: u32, end: u32, keep: bool) {
  var free = FULL;
  // The pixels that await \`color\`: commands of one colour are written together.
  var pending = EMPTY;
  var color = 0u;
  var whole = !keep;
  for (var i = begin; i < end; i++) {
    let entry = pairs[i];
    let mask = covered(entry, block) & free;
    if (all(mask == EMPTY)) { continue; }
    let next = colorOf(entry);
    if (next != color) {
      if (any(pending != EMPTY)) {
        put(block, pending, color);
        whole = false;
      }
      pending = EMPTY;
      color = next;
    }
    pending |= mask;
    free &= ~mask;
    if (all(free == EMPTY)) { break; }
  }
  let background = words[2];
  if (!whole) {
    put(block, pending, color);
    if (!keep) { put(block, free, background); }
    return;
  }
  for (var k = 0u; k < ${BLOCK_ROWS}u; k++) {
    for (var q = 0u; q < 8u; q++) {
      let ink = (vec4<u32>(pending[k] >> (q * 4u)) & QUAD) != EMPTY;
      pixels[block.quad + k * block.stride + q] = select(vec4<u32>(background), vec4<u32>(color), ink);
    }
  }
}

/** Finds the hindmost command that shows, then paints from there to the front. */
fn paintBlended(block: Block, begin: u32, end: u32, keep: bool) {
  var free = FULL;
  var hindmost = begin;
  while (hindmost < end && any(free != EMPTY)) {
    let entry = pairs[hindmost];
    if (colorOf(entry) >= 0xff000000u) { free &= ~covered(entry, block); }
    hindmost += 1u;
  }
  if (!keep) { put(block, FULL, words[2]); }
  while (hindmost > begin) {
    hindmost -= 1u;
    let entry = pairs[hindmost];
    let color = colorOf(entry);
    if (color >= 0xff000000u) {
      put(block, covered(entry, block), color);
    } else {
      blend(block, covered(entry, block), color);
    }
  }
}

@compute @workgroup_size(${WORKGROUP_SIZE})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let id = (group.x + group.y * ${MAX_WORKGROUPS}u) * ${WORKGROUP_SIZE}u + local;
  let tile = id / ${BLOCKS}u;
  if (tile >= words[1]) { return; }
  let columns = words[0];
  let column = tile % columns;
  var block: Block;
  block.row = (id % ${BLOCKS}u) * ${BLOCK_ROWS}u;
  let y = (tile / columns) * ${TILE_HEIGHT}u + block.row;
  block.x = i32(column * 32u);
  block.y = i32(y);
  block.stride = columns * 8u;
  block.quad = y * block.stride + column * 8u;
  let begin = words[4] + words[${HEADER_WORDS}u + tile];
  let end = words[4] + words[${HEADER_WORDS + 1}u + tile];
  let keep = (words[3] & ${FLAG_KEEP}u) != 0u;
  if ((words[3] & ${FLAG_BLEND}u) != 0u) {
    paintBlended(block, begin, end, keep);
  } else {
    paintOpaque(block, begin, end, keep);
  }
}
`;
