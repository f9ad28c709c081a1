import { GLYPH_COUNT, GLYPH_HEIGHT, GLYPH_ROWS, GLYPH_WIDTH } from "@gvpie/glyph-rom";

/**
 * The set pixels of every glyph, so that drawing one touches nothing else: those of glyph `g` are the entries from
 * `starts[g]` to `starts[g + 1]`, exclusive, each `y << 8 | x` from the glyph's top-left corner.
 */
export const GLYPH_PIXELS: { readonly starts: Uint16Array; readonly pixels: Uint16Array } = expand();

function expand() {
  const starts = new Uint16Array(GLYPH_COUNT + 1);
  const pixels: number[] = [];
  for (let glyph = 0; glyph < GLYPH_COUNT; glyph++) {
    for (let y = 0; y < GLYPH_HEIGHT; y++) {
      const row = GLYPH_ROWS[glyph * GLYPH_HEIGHT + y] ?? 0;
      for (let x = 0; x < GLYPH_WIDTH; x++) {
        if ((row >> (GLYPH_WIDTH - 1 - x)) & 1) pixels.push((y << 8) | x);
      }
    }
    starts[glyph + 1] = pixels.length;
  }
  return { starts, pixels: Uint16Array.from(pixels) };
}

let offsetsStride = 0;
const offsets = new Uint32Array(GLYPH_PIXELS.pixels.length);

/** The entries of `pixels` as distances from the corner in a frame of `stride` pixels a row; good until the next call. */
export function glyphOffsets(stride: number): Uint32Array {
  if (stride !== offsetsStride) {
    offsetsStride = stride;
    for (let k = 0; k < offsets.length; k++) {
      const pixel = GLYPH_PIXELS.pixels[k] as number;
      offsets[k] = (pixel >> 8) * stride + (pixel & 255);
    }
  }
  return offsets;
}
