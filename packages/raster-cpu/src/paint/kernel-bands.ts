import { GLYPH_HEIGHT } from "@gvpie/glyph-rom";
import {
  BOTTOM,
  COLOR,
  COMMAND_STRIDE,
  type DrawList,
  KIND,
  KIND_RECT,
  LEFT,
  RIGHT,
  RUN_Y,
  TOP,
} from "@gvpie/raster";

import { getKernel, type Kernel, KERNEL_PIXELS, requireKernel } from "../kernel/kernel.ts";
import { prepareBlend } from "../primitives/blend.ts";
import { drawGlyphs } from "../primitives/draw-glyphs.ts";
import type { Analysis } from "./analyze.ts";
import type { Painter } from "./painter.ts";

/** Translucent rectangles must have this share of the canvas's pixels, and of the pixels of opaque rectangles. */
const MIN_BLENDED_SHARE = 1 / 4;

/** Rows above and below a band that the glyphs at its edges may reach into. */
const MARGIN = GLYPH_HEIGHT - 1;
/** Pixels of a band and its margins: half a megabyte, which fits into a second-level cache. */
const BAND_PIXELS = 1 << 17;
/** Rows of a band. With fewer, most of the memory and work would go to the margins. */
const MIN_ROWS = 8;
const MAX_WIDTH = Math.floor(KERNEL_PIXELS / (MIN_ROWS + 2 * MARGIN));

/**
 * Paints translucent rectangles over an opaque background with the kernel.
 *
 * The kernel paints one horizontal band of the canvas after another in its own memory, from where each finished band is
 * copied. The pixels of a band stay in the processor's cache while all commands paint them.
 */
export const kernelBands: Painter = {
  name: "kernel bands",
  fits: ({ width, height }, { background, blendedPixels, coveredPixels }) =>
    blendedPixels >= width * height * MIN_BLENDED_SHARE &&
    blendedPixels >= coveredPixels * MIN_BLENDED_SHARE &&
    background >>> 24 === 255 &&
    width <= MAX_WIDTH &&
    getKernel() !== undefined,
  paint: paintBands,
};

/** Paints a list whose background is opaque, on a canvas of at most {@link MAX_WIDTH}. */
export function paintBands(
  list: DrawList,
  words: Uint32Array,
  { background, from }: Analysis,
  maxRows: number = Math.max(Math.floor(BAND_PIXELS / list.width) - 2 * MARGIN, MIN_ROWS),
): void {
  const kernel = requireKernel();
  const { commands, count, width, height } = list;
  const rows = Math.min(maxRows, height);
  for (let top = 0; top < height; top += rows) {
    const bottom = Math.min(top + rows, height);
    const pixels = (bottom - top) * width;
    kernel.fillRect(MARGIN * width * 4, pixels * 4, 1, 0, background);
    for (let at = from * COMMAND_STRIDE; at < count * COMMAND_STRIDE; at += COMMAND_STRIDE) {
      if ((commands[at + TOP] as number) >= bottom || (commands[at + BOTTOM] as number) <= top) continue;
      if (commands[at + KIND] === KIND_RECT) {
        paintRect(kernel, list, at, top, bottom);
      } else {
        paintGlyphs(kernel, list, at, top, bottom);
      }
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
  const color = commands[at + COLOR] as number;
  const alpha = color >>> 24;
  if (alpha === 0) return;
  const left = commands[at + LEFT] as number;
  const above = Math.max(commands[at + TOP] as number, top);
  const bytes = ((commands[at + RIGHT] as number) - left) * 4;
  const rows = Math.min(commands[at + BOTTOM] as number, bottom) - above;
  const first = ((above - top + MARGIN) * width + left) * 4;
  if (alpha === 255) {
    kernel.fillRect(first, bytes, rows, width * 4, color);
  } else {
    const { inverseAlpha, redBlue, green } = prepareBlend(color);
    kernel.blendRect(first, bytes, rows, width * 4, inverseAlpha, redBlue, green | opaqueTerm(alpha));
  }
}

/** Returns `255·alpha + 128` in the upper half of a word: as the term of the alpha channel it keeps opaque pixels opaque. */
export function opaqueTerm(alpha: number): number {
  return (255 * alpha + 0x80) << 16;
}

const bandCommand = new Int32Array(COMMAND_STRIDE);

/** Paints glyphs with the band and its margins as the canvas, so that few glyphs are clipped at its edges. */
function paintGlyphs(kernel: Kernel, list: DrawList, at: number, top: number, bottom: number): void {
  const { commands } = list;
  const down = MARGIN - top;
  for (let i = 0; i < COMMAND_STRIDE; i++) bandCommand[i] = commands[at + i] as number;
  bandCommand[TOP] = Math.max((commands[at + TOP] as number) + down, 0);
  bandCommand[BOTTOM] = Math.min((commands[at + BOTTOM] as number) + down, bottom + down + MARGIN);
  bandCommand[RUN_Y] = (commands[at + RUN_Y] as number) + down;
  drawGlyphs(kernel.words, { ...list, commands: bandCommand }, 0);
}
