import { GLYPH_ADVANCE } from "@gvpie/glyph-rom";
import { COMMAND_STRIDE, type DrawList, KIND_RECT } from "@gvpie/raster";

import { endOfWholeGlyphs, firstWholeGlyph } from "./glyph-run.ts";
import { setGlyphs, setOthers, setRect } from "./paint-plane.ts";
import { type Kernel, KERNEL_GLYPHS, KERNEL_PIXELS } from "./wasm/kernel.ts";

/** Whether a canvas is one for {@link paintExpanded}: not too large, and its rows are whole words of bits. */
export function canExpand({ width, height }: DrawList): boolean {
  return width % 32 === 0 && width * height <= KERNEL_PIXELS;
}

/** Pixels that are made and copied at once: few enough to stay in a processor's first cache. */
const AT_ONCE = 1 << 12;

/**
 * Paints the commands from number `from` on, all of them in one opaque colour, over a plain background.
 *
 * As in `paintPlane` they are collected in a plane of bits. The kernel then makes every pixel of the canvas from its bit,
 * the background's too, so that nothing need be filled before.
 */
export function paintExpanded(
  kernel: Kernel,
  list: DrawList,
  words: Uint32Array,
  from: number,
  background: number,
): void {
  const { width, height } = list;
  const { bits } = kernel;
  const stride = width / 32;
  bits.fill(0, 0, stride * height);
  collectBits(kernel, stride, list, from);
  setColors(kernel, background, (list.commands[from * COMMAND_STRIDE + 1] as number) >>> 0);
  const rows = Math.max(Math.floor(AT_ONCE / width), 1);
  const made = kernel.words.subarray(0, rows * width);
  for (let top = 0; top < height; top += rows) {
    const bottom = Math.min(top + rows, height);
    kernel.expandBits(bits.byteOffset + top * stride * 4, bits.byteOffset + bottom * stride * 4, 0);
    words.set(bottom - top === rows ? made : made.subarray(0, (bottom - top) * width), top * width);
  }
}

function collectBits(kernel: Kernel, stride: number, list: DrawList, from: number): void {
  const { commands, count, glyphs } = list;
  const hasGlyphs = glyphs.length <= KERNEL_GLYPHS;
  if (hasGlyphs) kernel.glyphs.set(glyphs);
  for (let i = from, at = from * COMMAND_STRIDE; i < count; i++, at += COMMAND_STRIDE) {
    if (commands[at] === KIND_RECT) setRect(kernel.bits, stride, list, at);
    else if (hasGlyphs) setGlyphsByKernel(kernel, stride, list, at);
    else setGlyphs(kernel.bits, stride, list, at);
  }
}

function setGlyphsByKernel(
  { bits, glyphs, setGlyphs }: Kernel,
  stride: number,
  list: DrawList,
  at: number,
): void {
  const { commands } = list;
  const from = firstWholeGlyph(list, at);
  const to = endOfWholeGlyphs(list, at);
  if (from < to) {
    const top = bits.byteOffset + (commands[at + 7] as number) * stride * 4;
    const x = (commands[at + 6] as number) + (from - (commands[at + 8] as number)) * GLYPH_ADVANCE;
    setGlyphs(top, stride * 4, x, glyphs.byteOffset + from * 2, glyphs.byteOffset + to * 2);
  }
  setOthers(bits, stride, list, at, from, to);
}

/** What the kernel makes of clear and of set bits. */
function setColors({ quads }: Kernel, clear: number, set: number): void {
  // The first combination has only clear bits, the last one only set ones.
  if (quads[0] === clear && quads[quads.length - 1] === set) return;
  for (let i = 0; i < quads.length; i++) quads[i] = ((i >> 2) >> (i & 3)) & 1 ? set : clear;
}
