import { GLYPH_COUNT, GLYPH_HEIGHT } from "@gvpie/glyph-rom";

import { IS_LITTLE_ENDIAN } from "../byte-order.ts";
import { MIRRORED_ROWS } from "../mirrored-rows.ts";
import { assembleKernel } from "./kernel-code.ts";

/** Pixels that the kernel has room for. */
export const KERNEL_PIXELS: number = 1 << 18;
/** Glyph indexes that it has room for. */
export const KERNEL_GLYPHS = 8192;

/** What `kernel-code.ts` defines. A rectangle is the address of its first pixel, and in bytes its width and the stride. */
interface KernelFunctions {
  fillRect(first: number, width: number, rows: number, stride: number, color: number): void;
  blendRect(
    first: number,
    width: number,
    rows: number,
    stride: number,
    rest: number,
    redBlue: number,
    greenAlpha: number,
  ): void;
  setGlyphs(top: number, stride: number, x: number, glyph: number, end: number): void;
  expandBits(bits: number, end: number, pixel: number): void;
}

/** Paints several pixels at once, in memory of its own. */
export interface Kernel extends KernelFunctions {
  /** Its pixels, packed, from address 0. */
  readonly words: Uint32Array;
  /** A bit for each of them, the first 32 in the first word from its lowest bit on. */
  readonly bits: Int32Array;
  readonly glyphs: Uint16Array;
  /** What four bits become, for each of the sixteen combinations. */
  readonly quads: Uint32Array;
}

/** The part of the global `WebAssembly` that is used; no library of types without the DOM's declares it. */
interface WebAssemblyNamespace {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => {
    readonly exports: KernelFunctions & { readonly memory: { readonly buffer: ArrayBuffer } };
  };
}

/** Pixels whose painting takes as long as making the kernel: a process that paints once does without. */
const WORTH_MAKING = 1 << 20;

let kernel: Kernel | undefined;
let isTried = false;
let wanted = 0;

/**
 * The kernel, made when it has been wanted for enough pixels. Undefined before that, and where WebAssembly with vectors is
 * absent or forbidden: everything can be painted without it.
 */
export function getKernel(pixels: number): Kernel | undefined {
  wanted += pixels;
  if (!isTried && wanted >= WORTH_MAKING) {
    isTried = true;
    try {
      kernel = createKernel();
    } catch {
      // Forbidden by a page's policy, or without the instructions in an old engine.
    }
  }
  return kernel;
}

function createKernel(): Kernel | undefined {
  const { WebAssembly } = globalThis as unknown as { readonly WebAssembly?: WebAssemblyNamespace };
  if (WebAssembly === undefined || !IS_LITTLE_ENDIAN) return undefined;
  const bitsAt = KERNEL_PIXELS * 4;
  const quadsAt = bitsAt + KERNEL_PIXELS / 8;
  const fontAt = quadsAt + 16 * 16;
  const glyphsAt = fontAt + GLYPH_COUNT * 8;
  const pages = Math.ceil((glyphsAt + KERNEL_GLYPHS * 2) / 65_536);
  const module = new WebAssembly.Module(assembleKernel({ font: fontAt, quads: quadsAt }, pages));
  const {
    memory: { buffer },
    ...functions
  } = new WebAssembly.Instance(module).exports;
  const font = new Uint8Array(buffer, fontAt, GLYPH_COUNT * 8);
  for (const [i, row] of MIRRORED_ROWS.entries()) {
    font[Math.floor(i / GLYPH_HEIGHT) * 8 + (i % GLYPH_HEIGHT)] = row;
  }
  return {
    ...functions,
    words: new Uint32Array(buffer, 0, KERNEL_PIXELS),
    bits: new Int32Array(buffer, bitsAt, KERNEL_PIXELS / 32),
    quads: new Uint32Array(buffer, quadsAt, 16 * 4),
    glyphs: new Uint16Array(buffer, glyphsAt, KERNEL_GLYPHS),
  };
}
