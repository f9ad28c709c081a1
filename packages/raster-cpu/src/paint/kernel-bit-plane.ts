import { COLOR, COMMAND_STRIDE, type DrawList, KIND, KIND_RECT } from "@gvpie/raster";

import { getKernel, type Kernel, KERNEL_GLYPHS, KERNEL_PIXELS, requireKernel } from "../kernel/kernel.ts";
import { hasClippedGlyphs, readGlyphRun } from "../primitives/glyph-run.ts";
import type { Analysis } from "./analyze.ts";
import { setClippedGlyphs, setGlyphs, setRect } from "./bit-plane.ts";
import type { Painter } from "./painter.ts";

/** The commands must have this share of the canvas's pixels. */
const MIN_PAINTED_SHARE = 1 / 4;
/** Pixels that are expanded and copied at a time: 16 KiB, which fits into a first-level cache. */
const CHUNK_PIXELS = 1 << 12;

/**
 * Paints commands of one opaque colour with the kernel.
 *
 * The commands are collected in a bit plane, as by the painter `bitPlane`. The kernel then expands each bit, set or clear,
 * into a pixel, so that the background need not be filled first.
 */
export const kernelBitPlane: Painter = {
  name: "kernel bit plane",
  fits: (list, { isOneColor, paintedPixels }) =>
    isOneColor &&
    paintedPixels >= list.width * list.height * MIN_PAINTED_SHARE &&
    fitsKernel(list) &&
    getKernel() !== undefined,
  paint: paintKernelBitPlane,
};

/** True if the rows of the canvas are whole words of bits and its bit plane fits into the kernel's memory. */
export function fitsKernel({ width, height }: DrawList): boolean {
  return width % 32 === 0 && width * height <= KERNEL_PIXELS;
}

function paintKernelBitPlane(list: DrawList, words: Uint32Array, { background, from }: Analysis): void {
  const kernel = requireKernel();
  const { width, height } = list;
  const { bits } = kernel;
  const stride = width / 32;
  bits.fill(0, 0, stride * height);
  collectBits(kernel, stride, list, from);
  setColors(kernel, background, (list.commands[from * COMMAND_STRIDE + COLOR] as number) >>> 0);
  const rows = Math.max(Math.floor(CHUNK_PIXELS / width), 1);
  const chunk = kernel.words.subarray(0, rows * width);
  for (let top = 0; top < height; top += rows) {
    const bottom = Math.min(top + rows, height);
    kernel.expandBits(bits.byteOffset + top * stride * 4, bits.byteOffset + bottom * stride * 4, 0);
    words.set(bottom - top === rows ? chunk : chunk.subarray(0, (bottom - top) * width), top * width);
  }
}

function collectBits(kernel: Kernel, stride: number, list: DrawList, from: number): void {
  const { commands, count, glyphs } = list;
  const hasGlyphs = glyphs.length <= KERNEL_GLYPHS;
  if (hasGlyphs) kernel.glyphs.set(glyphs);
  for (let i = from, at = from * COMMAND_STRIDE; i < count; i++, at += COMMAND_STRIDE) {
    if (commands[at + KIND] === KIND_RECT) {
      setRect(kernel.bits, stride, list, at);
    } else if (hasGlyphs) {
      setGlyphsByKernel(kernel, stride, list, at);
    } else {
      setGlyphs(kernel.bits, stride, list, at);
    }
  }
}

function setGlyphsByKernel(
  { bits, glyphs, setGlyphs }: Kernel,
  stride: number,
  list: DrawList,
  at: number,
): void {
  const run = readGlyphRun(list.commands, at);
  const { y, unclippedStart, unclippedEnd, unclippedX } = run;
  if (unclippedStart < unclippedEnd) {
    const top = bits.byteOffset + y * stride * 4;
    const from = glyphs.byteOffset + unclippedStart * 2;
    setGlyphs(top, stride * 4, unclippedX, from, glyphs.byteOffset + unclippedEnd * 2);
  }
  if (hasClippedGlyphs(run)) setClippedGlyphs(bits, stride, list, run);
}

/** Sets the colours that the kernel expands clear and set bits to. */
function setColors({ quads }: Kernel, clear: number, set: number): void {
  // All bits of the first combination are clear, all bits of the last one are set.
  if (quads[0] === clear && quads[quads.length - 1] === set) return;
  for (let i = 0; i < quads.length; i++) quads[i] = ((i >> 2) >> (i & 3)) & 1 ? set : clear;
}
