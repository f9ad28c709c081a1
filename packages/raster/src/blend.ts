/**
 * Paints `source` over `target`, both packed straight-alpha colours; the result is packed and unsigned.
 *
 * Source-over in integers, the same on every backend. With the alphas `sa` and `ta`,
 * `over = sa·255`, `under = ta·(255 − sa)` and `whole = over + under` (all at most 65,025):
 *
 * - alpha is `⌊(whole + 127) / 255⌋`,
 * - each of red, green and blue is `⌊(s·over + t·under + ⌊whole/2⌋) / whole⌋`.
 *
 * Both round to nearest. Every intermediate fits in 32 bits. `sa` = 255 gives `source`, `sa` = 0 gives `target`; on an
 * opaque target a channel is `u = s·sa + t·(255 − sa) + 128`, then `(u + (u >> 8)) >> 8`, which is the same value.
 */
export function blendPixel(target: number, source: number): number {
  const sourceAlpha = source >>> 24;
  if (sourceAlpha === 255) return source >>> 0;
  if (sourceAlpha === 0) return target >>> 0;
  const over = sourceAlpha * 255;
  const under = (target >>> 24) * (255 - sourceAlpha);
  const whole = over + under;
  const half = whole >>> 1;
  const r = ((source & 255) * over + (target & 255) * under + half) / whole;
  const g = (((source >>> 8) & 255) * over + ((target >>> 8) & 255) * under + half) / whole;
  const b = (((source >>> 16) & 255) * over + ((target >>> 16) & 255) * under + half) / whole;
  const a = (whole + 127) / 255;
  // A bitwise operator truncates, which for these positive values is the floor.
  return ((r & 255) | ((g & 255) << 8) | ((b & 255) << 16) | (a << 24)) >>> 0;
}
