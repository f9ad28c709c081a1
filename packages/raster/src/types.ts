import type { Diagnostic, Program, Span } from "@gvpie/pxl-parser";

// The declarations of this package name AbortSignal, which the `es` type library does not declare. The type libraries of
// browsers and Node add the rest.
declare global {
  interface AbortSignal {
    throwIfAborted(): void;
  }
}

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
  /** The animation that this picture is a frame of; absent for a program without FRAMES. */
  readonly animation?: FrameAnimation;
}

/** The facts of an animation, as the FRAMES line of its program states them. */
export interface FrameAnimation {
  /** Number of frames, at least 1. */
  readonly frames: number;
  /** Milliseconds that each frame is shown. */
  readonly delayMs: number;
}

/**
 * Bounds on the cost of a render. Checked before the work is done and before memory is allocated for it, so that the
 * outcome depends on the program and not on the machine.
 */
export interface Limits {
  /** Pixels of the canvas. Default 16,777,216; at most 67,108,864. */
  readonly pixels: number;
  /** Instructions of the program, including those after HALT. Default 1,000,000; at most 4,000,000. */
  readonly instructions: number;
  /**
   * Glyphs of all texts that are drawn, visible or not; those of the texts that expressions measure are counted
   * separately. Default 4,000,000; at most 16,000,000.
   */
  readonly glyphs: number;
  /**
   * Pixels painted after clipping, overdraw counted each time. A text counts the box around its visible glyphs, a sprite
   * and an image their visible box. Each visible row of an edge of a polygon, and of an arc, counts as 256 in addition,
   * and an image that is cut as 4 for each of its pixels.
   * Default 2³⁰; at most 2³².
   */
  readonly paintedPixels: number;
  /** Commands of the draw list; a line or a circle becomes several. Default 4,000,000; at most 16,000,000. */
  readonly commands: number;
  /**
   * Steps of a program that jumps: each run of an instruction costs one, and one more for each operator in it and each
   * point of a polygon. A program without jumps needs no fuel, because it runs each instruction at most once. Default
   * 1,000,000; at most 100,000,000.
   */
  readonly fuel: number;
  /**
   * Frames of an animation, checked when more than one frame is asked for. Default 1,000; at most 65,535. All frames
   * together also have at most `pixels` pixels.
   */
  readonly frames: number;
}

/** Options of a render, the same for every backend. */
export interface RenderOptions {
  /** Width of the canvas in pixels, at least 1. Default: that of the program's `CANVAS`, else 128. */
  readonly width?: number | undefined;
  /** Height of the canvas in pixels, at least 1. Default: that of the program's `CANVAS`, else 64. */
  readonly height?: number | undefined;
  /**
   * Colour of the empty canvas as `#rgb`, `#rrggbb` or `#rrggbbaa`. Default: that of the program's `CANVAS`, else
   * `#000000ff`.
   */
  readonly background?: string | undefined;
  /** Number of the frame of an animation, from 0. Default 0. `renderFrames` renders all of them and takes no number. */
  readonly frame?: number | undefined;
  /**
   * Values of the program's parameters, by name, in place of the defaults in its `PARAM`, `INT` and `LIST` lines. A number
   * stands for its decimal digits; it is an integer, except for `INT`. A value is one operand, a list, or a part of a text;
   * it is never parsed as a program.
   */
  readonly params?: Readonly<Record<string, string | number>> | undefined;
  readonly limits?: Partial<Limits> | undefined;
  /**
   * Buffer to render into, of `width * height * 4` bytes; the frame's `data` is then this object. The caller must not use
   * it until the call returns or its promise settles. Default: a new buffer.
   */
  readonly into?: Uint8ClampedArray | undefined;
  /** Receives warnings, such as a character without a glyph, in source order. */
  readonly onWarning?: ((diagnostic: Diagnostic | RasterWarning) => void) | undefined;
  /**
   * A render whose signal is aborted before it starts ends with the signal's reason. Only a backend in
   * another thread or process can end it later.
   */
  readonly signal?: AbortSignal | undefined;
}

/** A warning about a program that renders, with its place in the source. */
export interface RasterWarning extends Span {
  readonly severity: "warning";
  readonly code: "RASTER_NO_GLYPH" | "RASTER_DRAWS_NOTHING" | "RASTER_CUT";
  readonly message: string;
}

/** The backend and the device that draw. */
export interface RasterizerInfo {
  readonly backend: "cpu" | "webgpu";
  /** The adapter's name; `cpu` for the CPU. */
  readonly adapter: string;
  /** True if a WebGPU adapter is software. Always false for the CPU backend. */
  readonly fallback: boolean;
}

/** A backend with a lifetime. Several renders may be in flight; each is independent. */
export interface Rasterizer {
  readonly info: RasterizerInfo;
  /**
   * Renders one program.
   *
   * @throws {PxlError} if `program` is source text with errors.
   * @throws {RasterError} if the canvas is invalid, a limit is exceeded, or the backend fails.
   */
  render(program: string | Program, options?: RenderOptions): Promise<Frame>;
  /**
   * Renders the frames of an animation in order; one frame for a program without FRAMES. Each has its own memory, or that
   * of `into`, which then holds a frame until the next one is requested. Nothing is drawn before a frame is requested.
   *
   * @throws as `render` does, when a frame is requested.
   */
  renderFrames(program: string | Program, options?: RenderOptions): AsyncIterable<Frame>;
  /** Refuses new renders, finishes those in flight, then releases all resources. Idempotent. */
  close(): Promise<void>;
}

/**
 * The input of a backend: commands in painter's order, clipped to the canvas, in integers.
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
 * Every clip box is non-empty and inside the canvas; a RECT is exactly its clip box. A glyph's pixel is painted if it is
 * inside the clip box. Glyph i of a run is at `x + i * 6 * scale`. No glyph of a run is entirely outside the clip box.
 * Colours are straight-alpha RGBA8 packed as `r | g << 8 | b << 16 | a << 24` (unsigned), which is
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
  /** The animation that the list is a frame of; absent for a program without FRAMES. */
  readonly animation?: FrameAnimation;
}
