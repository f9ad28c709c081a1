import type { Diagnostic, Program } from "@gvpie/pxl-parser";

/**
 * A rendered picture, structurally an `ImageData`.
 *
 * `data` is straight-alpha RGBA, 8 bits a channel, row-major from the top-left,
 * with no row padding: `data.length === width * height * 4`.
 */
export interface Frame {
  /** Pixels, at least 1. */
  readonly width: number;
  /** Pixels, at least 1. */
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/**
 * What a render may cost. Checked before the work is done and before anything is allocated for it, so that
 * the outcome depends on the program alone and never on the machine.
 */
export interface Limits {
  /** Pixels of the canvas. Default 16,777,216; at most 67,108,864. */
  readonly pixels: number;
  /** Instructions of the program, those after HALT included. Default 1,000,000; at most 4,000,000. */
  readonly instructions: number;
  /** Glyphs of all texts, visible or not. Default 4,000,000; at most 16,000,000. */
  readonly glyphs: number;
  /**
   * Pixels painted after clipping, overdraw counted each time; a text counts the box around its visible glyphs.
   * A sprite counts the box of what is visible of it. Default 2³⁰; at most 2³².
   */
  readonly paintedPixels: number;
  /** Commands of the draw list; a line or a circle becomes several. Default 4,000,000; at most 16,000,000. */
  readonly commands: number;
  /**
   * Steps of a program that jumps: each instruction costs one whenever it runs. A program without jumps needs no fuel,
   * as it runs each instruction at most once. Default 1,000,000; at most 100,000,000.
   */
  readonly fuel: number;
}

/** How a program becomes a frame. The same for every backend. */
export interface RenderOptions {
  /** Pixels, 1 or more. Default 128. */
  readonly width?: number | undefined;
  /** Pixels, 1 or more. Default 64. */
  readonly height?: number | undefined;
  /** `#rgb`, `#rrggbb` or `#rrggbbaa`. Default `#000000ff`. */
  readonly background?: string | undefined;
  /**
   * Values for the program's parameters, by name, in place of those in its `PARAM` lines. A number is an integer and
   * stands for its decimal digits. A value is one operand or a piece of a text, whatever it contains.
   */
  readonly params?: Readonly<Record<string, string | number>> | undefined;
  readonly limits?: Partial<Limits> | undefined;
  /**
   * Render into this buffer instead of a fresh one; the frame's `data` is then exactly this object. Its length must
   * be `width * height * 4`. It belongs to the caller again when the call returns or its promise settles.
   */
  readonly into?: Uint8ClampedArray | undefined;
  /** Receives what deserves attention but is no error, such as a character without a glyph, in source order. */
  readonly onWarning?: ((diagnostic: Diagnostic | RasterWarning) => void) | undefined;
}

/** A remark about a program that renders, with its place in the source. */
export interface RasterWarning {
  readonly severity: "warning";
  readonly code: "RASTER_NO_GLYPH" | "RASTER_DRAWS_NOTHING";
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/** Which machinery draws. */
export interface RasterizerInfo {
  readonly backend: "cpu" | "webgpu";
  /** The adapter's own name for itself; `cpu` for the CPU. */
  readonly adapter: string;
  /** True where a WebGPU adapter is software. Always false for the CPU backend. */
  readonly fallback: boolean;
}

/** A backend with a lifetime. Several renders may be in flight; each is independent. */
export interface Rasterizer {
  readonly info: RasterizerInfo;
  /**
   * Render one program.
   *
   * @throws {PxlError} when `program` is source text with errors.
   * @throws {RasterError} when the canvas or a limit is exceeded, or the backend fails.
   */
  render(program: string | Program, options?: RenderOptions): Promise<Frame>;
  /** Accepts nothing new, finishes the renders in flight, then releases everything. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * What a backend sees: commands in painter's order, clipped to the canvas, in integers.
 *
 * `commands` holds `count` commands of {@link COMMAND_STRIDE} 32-bit words:
 *
 * | word | name | `KIND_RECT` | `KIND_GLYPHS` |
 * |---|---|---|---|
 * | 0 | `KIND` | 0 | 1 |
 * | 1 | `COLOR` | colour | colour |
 * | 2, 3 | `LEFT`, `TOP` | left, top of the clip box, inclusive | same |
 * | 4, 5 | `RIGHT`, `BOTTOM` | right, bottom of the clip box, exclusive | same |
 * | 6, 7 | `RUN_X`, `RUN_Y` | 0 | top-left corner of the first glyph, may lie outside the canvas |
 * | 8 | `RUN_START` | 0 | index of the first glyph in `glyphs` |
 * | 9 | `RUN_LENGTH` | 0 | number of glyphs, at least 1 |
 * | 10 | `RUN_SCALE` | 0 | scale, at least 1: one ROM pixel is a square of this side |
 *
 * Every clip box is non-empty and lies inside the canvas; a RECT is exactly its clip box. A glyph's pixel is painted
 * where it lies inside the clip box. Glyph i of a run stands at `x + i * 6 * scale`. Runs hold no glyph that lies wholly
 * outside the clip box. Colours are straight-alpha RGBA8 packed as `r | g << 8 | b << 16 | a << 24` (unsigned), which is
 * the byte order of a frame read as little-endian words. `glyphs` are indexes into the ROM's packed rows.
 *
 * A colour with alpha 255 replaces, alpha 0 draws nothing, and anything between blends as `blendPixel` does.
 */
export interface DrawList {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Packed colour of every pixel before the first command. */
  readonly background: number;
  /** Number of commands. */
  readonly count: number;
  readonly commands: Int32Array;
  readonly glyphs: Uint16Array;
}
