import { GLYPH_HEIGHT } from "@gvpie/glyph-rom";
import { COMMAND_STRIDE, type DrawList, KIND_RECT } from "@gvpie/raster";

import { prepareBlend } from "./blend.ts";
import { drawGlyphs } from "./draw-glyphs.ts";
import { type Kernel, KERNEL_PIXELS } from "./wasm/kernel.ts";

/** Rows above and below a band into which the glyphs at its edges may reach. */
const MARGIN = GLYPH_HEIGHT - 1;
/** Pixels of a band with its margins, so that it stays in a processor's second cache. */
const BAND_PIXELS = 1 << 17;
/** A band of fewer rows would do its work for the margins. */
const LEAST_ROWS = 8;

/** The widest canvas for {@link paintBands}. */
export const WIDEST: number = Math.floor(KERNEL_PIXELS / (LEAST_ROWS + 2 * MARGIN));

/**
 * Paints the commands from number `from` on over a plain opaque background, on a canvas of at most {@link WIDEST}.
 *
 * The kernel paints in its own memory, band after band of the canvas, and each band is copied when it is done. Its pixels
 * stay in the processor's caches meanwhile, however often they are painted.
 */
export function paintBands(
  kernel: Kernel,
  list: DrawList,
  words: Uint32Array,
  from: number,
  background: number,
  most: number = Math.max(Math.floor(BAND_PIXELS / list.width) - 2 * MARGIN, LEAST_ROWS),
): void {
  const { commands, count, width, height } = list;
  const rows = Math.min(most, height);
  for (let top = 0; top < height; top += rows) {
    const bottom = Math.min(top + rows, height);
    const pixels = (bottom - top) * width;
    kernel.fillRect(MARGIN * width * 4, pixels * 4, 1, 0, background);
    for (let at = from * COMMAND_STRIDE; at < count * COMMAND_STRIDE; at += COMMAND_STRIDE) {
      if ((commands[at + 3] as number) >= bottom || (commands[at + 5] as number) <= top) continue;
      if (commands[at] === KIND_RECT) paintRect(kernel, list, at, top, bottom);
      else paintGlyphs(kernel, list, at, top, bottom);
    }
    words.set(kernel.words.subarray(MARGIN * width, MARGIN * width + pixels), top * width);
  }
}

function paintRect(
  kernel: Kernel,
  { commands, width }: DrawList,
  at: number,
  top: number,
  bottom: number,
): void {
  const color = commands[at + 1] as number;
  const alpha = color >>> 24;
  if (alpha === 0) return;
  const left = commands[at + 2] as number;
  const above = Math.max(commands[at + 3] as number, top);
  const bytes = ((commands[at + 4] as number) - left) * 4;
  const rows = Math.min(commands[at + 5] as number, bottom) - above;
  const first = ((above - top + MARGIN) * width + left) * 4;
  if (alpha === 255) {
    kernel.fillRect(first, bytes, rows, width * 4, color);
  } else {
    const { rest, redBlue, green } = prepareBlend(color);
    kernel.blendRect(first, bytes, rows, width * 4, rest, redBlue, green | timesOpaque(alpha));
  }
}

/** A source alpha of 255 times `alpha`, and ½, in the upper half of a word: with it what is opaque comes out opaque. */
export function timesOpaque(alpha: number): number {
  return (255 * alpha + 0x80) << 16;
}

const bandCommand = new Int32Array(COMMAND_STRIDE);

/** Paints glyphs as if the band were the canvas; those of the font's own size at its edges as a whole, which is sooner done. */
function paintGlyphs(kernel: Kernel, list: DrawList, at: number, top: number, bottom: number): void {
  const { commands } = list;
  const down = MARGIN - top;
  for (let i = 0; i < COMMAND_STRIDE; i++) bandCommand[i] = commands[at + i] as number;
  bandCommand[3] = Math.max((commands[at + 3] as number) + down, 0);
  bandCommand[5] = Math.min((commands[at + 5] as number) + down, bottom + down + MARGIN);
  bandCommand[7] = (commands[at + 7] as number) + down;
  drawGlyphs(kernel.words, { ...list, commands: bandCommand }, 0);
}
