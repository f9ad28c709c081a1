import { blendOnto, prepareBlend } from "./blend.ts";

/** Pixels of a row from which on `fill` is faster than a loop. */
const MIN_FILL = 48;

/**
 * Paints a non-empty half-open rectangle that lies inside the canvas.
 *
 * @param words one packed colour a pixel, `stride` a row.
 * @param color packed; replaces the pixels if opaque, blends otherwise.
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
  } else if (right - left >= MIN_FILL) {
    for (let y = top; y < bottom; y++) words.fill(color, y * stride + left, y * stride + right);
  } else {
    for (let y = top; y < bottom; y++) {
      for (let p = y * stride + left; p < y * stride + right; p++) words[p] = color;
    }
  }
}

/** Blends the pixels `from` … `to`, exclusive. */
function blendRow(words: Uint32Array, color: number, from: number, to: number): void {
  const blend = prepareBlend(color);
  // Adjacent pixels are often equal; then so are the results.
  let before = ~(words[from] as number);
  let blended = 0;
  for (let p = from; p < to; p++) {
    const target = words[p] as number;
    if (target !== before) {
      before = target;
      blended = blendOnto(target, blend);
    }
    words[p] = blended;
  }
}
