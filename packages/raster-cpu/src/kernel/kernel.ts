import { GLYPH_COUNT, GLYPH_HEIGHT } from "@gvpie/glyph-rom";

import { IS_LITTLE_ENDIAN } from "../byte-order.ts";
import { MIRRORED_ROWS } from "../primitives/mirrored-rows.ts";
import { KERNEL_BYTES } from "./kernel-bytes.ts";

/** Pixels that fit into the kernel's memory. */
export const KERNEL_PIXELS: number = 1 << 18;
/** Glyph indexes that fit into the kernel's memory. */
export const KERNEL_GLYPHS = 8192;

// Byte addresses, as in kernel.wat; the pixels begin at 0.
const BITS_AT = 0x100000;
const QUADS_AT = 0x108000;
const FONT_AT = 0x108100;
const GLYPHS_AT = 0x10a000;

/** The functions of `kernel.wat`. `first` is the address of a rectangle's first pixel; `width` and `stride` are bytes. */
interface KernelFunctions {
  fillRect(first: number, width: number, rows: number, stride: number, color: number): void;
  blendRect(
    first: number,
    width: number,
    rows: number,
    stride: number,
    inverseAlpha: number,
    redBlue: number,
    greenAlpha: number,
  ): void;
  setGlyphs(top: number, stride: number, x: number, glyph: number, end: number): void;
  expandBits(bits: number, end: number, pixel: number): void;
}

/** WebAssembly functions that paint four pixels at a time, and views of the memory that they work on. */
export interface Kernel extends KernelFunctions {
  /** Pixels, packed, from address 0. */
  readonly words: Uint32Array;
  /** Bit plane: bit `i % 32` of word `i / 32` belongs to pixel `i`. */
  readonly bits: Int32Array;
  readonly glyphs: Uint16Array;
  /** The four pixels that each of the sixteen combinations of four bits expands to. */
  readonly quads: Uint32Array;
}

/** The used part of the global `WebAssembly`, which only the DOM's type library declares. */
interface WebAssemblyNamespace {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => {
    readonly exports: KernelFunctions & { readonly memory: { readonly buffer: ArrayBuffer } };
  };
}

/** `null` before the first call of {@link getKernel}. */
let kernel: Kernel | undefined | null = null;

/**
 * Returns the kernel of this page or process, compiled by the first call.
 *
 * Undefined where WebAssembly with vectors is absent or forbidden, and on big-endian machines.
 */
export function getKernel(): Kernel | undefined {
  if (kernel === null) {
    try {
      kernel = createKernel();
    } catch {
      // A page's content security policy forbids WebAssembly, or the engine is too old for its vector instructions.
      kernel = undefined;
    }
  }
  return kernel;
}

/** Returns the kernel. Throws where {@link getKernel} returns undefined. */
export function requireKernel(): Kernel {
  const kernel = getKernel();
  if (kernel === undefined) {
    throw new Error("expected an engine with WebAssembly vector instructions, got one without");
  }
  return kernel;
}

function createKernel(): Kernel | undefined {
  const { WebAssembly } = globalThis as unknown as { readonly WebAssembly?: WebAssemblyNamespace };
  if (WebAssembly === undefined || !IS_LITTLE_ENDIAN) return undefined;
  const module = new WebAssembly.Module(Uint8Array.from(KERNEL_BYTES));
  const {
    memory: { buffer },
    ...functions
  } = new WebAssembly.Instance(module).exports;
  const font = new Uint8Array(buffer, FONT_AT, GLYPH_COUNT * 8);
  for (const [i, row] of MIRRORED_ROWS.entries()) {
    font[Math.floor(i / GLYPH_HEIGHT) * 8 + (i % GLYPH_HEIGHT)] = row;
  }
  return {
    ...functions,
    words: new Uint32Array(buffer, 0, KERNEL_PIXELS),
    bits: new Int32Array(buffer, BITS_AT, KERNEL_PIXELS / 32),
    quads: new Uint32Array(buffer, QUADS_AT, 16 * 4),
    glyphs: new Uint16Array(buffer, GLYPHS_AT, KERNEL_GLYPHS),
  };
}
