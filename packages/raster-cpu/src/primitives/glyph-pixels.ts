import { GLYPH_COUNT, GLYPH_HEIGHT, GLYPH_ROWS, GLYPH_WIDTH } from "@gvpie/glyph-rom";

/** Pixels that one pass of an unrolled loop paints. */
export const UNROLL = 4;

/** The set pixels of every glyph. Those of glyph `g` are `pixels[starts[g]]` … `pixels[ends[g] - 1]`. */
interface GlyphPixels {
  readonly starts: Uint16Array;
  readonly ends: Uint16Array;
  /** `y << 8 | x` from the glyph's top-left corner. A glyph's last pixel is repeated up to a multiple of {@link UNROLL}. */
  readonly pixels: Uint16Array;
}

export const GLYPH_PIXELS: GlyphPixels = listPixels();

function listPixels(): GlyphPixels {
  const starts = new Uint16Array(GLYPH_COUNT + 1);
  const ends = new Uint16Array(GLYPH_COUNT);
  const pixels: number[] = [];
  for (let glyph = 0; glyph < GLYPH_COUNT; glyph++) {
    for (let y = 0; y < GLYPH_HEIGHT; y++) {
      const row = GLYPH_ROWS[glyph * GLYPH_HEIGHT + y] ?? 0;
      for (let x = 0; x < GLYPH_WIDTH; x++) {
        if ((row >> (GLYPH_WIDTH - 1 - x)) & 1) pixels.push((y << 8) | x);
      }
    }
    ends[glyph] = pixels.length;
    while (pixels.length % UNROLL !== 0) pixels.push(pixels.at(-1) ?? 0);
    starts[glyph + 1] = pixels.length;
  }
  return { starts, ends, pixels: Uint16Array.from(pixels) };
}

let offsetsStride = 0;
/** Signed, so that the engine adds them in integer arithmetic. */
const offsets = new Int32Array(GLYPH_PIXELS.pixels.length);

/** Returns `pixels` as offsets into a frame of `stride` pixels a row. The array is valid until the next call. */
export function glyphOffsets(stride: number): Int32Array {
  if (stride !== offsetsStride) {
    offsetsStride = stride;
    for (let k = 0; k < offsets.length; k++) {
      const pixel = GLYPH_PIXELS.pixels[k] as number;
      offsets[k] = (pixel >> 8) * stride + (pixel & 255);
    }
  }
  return offsets;
}
