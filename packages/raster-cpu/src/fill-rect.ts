import { blendPixel } from "@gvpie/raster";

/** Pixels from which `fill` on one row beats a loop: below it the call costs more than the stores. */
const FILL_FROM = 48;

/**
 * Paints a half-open rectangle, not empty, that lies inside the canvas.
 *
 * @param words one packed colour a pixel, `stride` a row.
 * @param color packed; its alpha decides between replacing and blending.
 */
export function fillRect(
  words: Uint32Array,
  stride: number,
  color: number,
  left: number,
  top: number,
  right: number,
  bottom: number,
): void {
  const alpha = color >>> 24;
  if (alpha === 0) return;
  if (alpha < 255) {
    for (let y = top; y < bottom; y++) blendRow(words, color, y * stride + left, y * stride + right);
  } else if (right - left === stride) {
    words.fill(color, top * stride, bottom * stride);
  } else if (right - left >= FILL_FROM) {
    for (let y = top; y < bottom; y++) words.fill(color, y * stride + left, y * stride + right);
  } else {
    for (let y = top; y < bottom; y++) {
      for (let p = y * stride + left; p < y * stride + right; p++) words[p] = color;
    }
  }
}

/**
 * Blends the pixels `from` … `to`, exclusive, as `blendPixel` does.
 *
 * On an opaque pixel that is, channel by channel, `t = s·a + d·(255 − a) + 128, (t + (t >> 8)) >> 8`: at most 16 bits, so
 * two channels fit in a word, red beside blue and green by itself. Where a pixel equals the one before it, so does the result.
 */
function blendRow(words: Uint32Array, color: number, from: number, to: number): void {
  const alpha = color >>> 24;
  const rest = 255 - alpha;
  const redBlue = Math.imul(color & 0xff00ff, alpha) + 0x800080;
  const green = ((color >>> 8) & 255) * alpha + 0x80;
  let before = ~(words[from] as number);
  let blended = 0;
  for (let p = from; p < to; p++) {
    const target = words[p] as number;
    if (target !== before) {
      before = target;
      if (target >>> 24 === 255) {
        const rb = (Math.imul(target & 0xff00ff, rest) + redBlue) >>> 0;
        const g = ((target >>> 8) & 255) * rest + green;
        blended =
          (((rb + ((rb >>> 8) & 0xff00ff)) >>> 8) & 0xff00ff) | ((g + (g >>> 8)) & 0xff00) | 0xff000000;
      } else {
        blended = blendPixel(target, color);
      }
    }
    words[p] = blended;
  }
}
