/**
 * A picture, structurally an `ImageData`.
 *
 * `data` is straight-alpha RGBA, 8 bits a channel, row-major from the top-left,
 * with no row padding: `data.length === width * height * 4`.
 */
export interface Frame<Memory extends ArrayBufferLike = ArrayBufferLike> {
  /** Pixels, at least 1. */
  readonly width: number;
  /** Pixels, at least 1. */
  readonly height: number;
  readonly data: Uint8ClampedArray<Memory>;
  /** The animation that the frame belongs to; absent for a still picture. */
  readonly animation?: Animation;
}

/** Number of frames and time of each. */
export interface Animation {
  /** 1 to 65,535. */
  readonly frames: number;
  /** Milliseconds that each frame is shown, 1 to 65,535. */
  readonly delayMs: number;
}

/** The animation of a record: `checksum` covers frame 0, `sha256` all of them. */
export interface RecordedAnimation extends Animation {
  /** SHA-256 of the frames' SHA-256 values, 32 bytes each, in order; 64 lower-case hex digits. */
  readonly sha256: string;
}

/** Values of a program's parameters, by name. Numbers are finite. */
export type Params = Readonly<Record<string, string | number>>;

/** The `gvpie` text of a cartridge: the program and the options with which it drew the picture. */
export interface DrawingRecord {
  /** Source text. Undefined if none was recorded, or if it was too long and `programSha256` replaces it. */
  readonly program: string | undefined;
  /** SHA-256 of the UTF-8 source, 64 lower-case hex digits; only if the source was too long to record. */
  readonly programSha256: string | undefined;
  /** Version of the language. */
  readonly language: string;
  /** Pixels; the canvas that the program drew on. */
  readonly width: number;
  /** Pixels; the canvas that the program drew on. */
  readonly height: number;
  /** Colour of the empty canvas, in the renderer's notation. */
  readonly background: string;
  readonly params: Params;
  /** Name of the renderer. */
  readonly engine: string | undefined;
  /** The limits of a verification that the program exceeds, by name, with values that suffice. */
  readonly limits: NeededLimits | undefined;
  /** Undefined for a still picture. */
  readonly animation: RecordedAnimation | undefined;
}

/** Values of a renderer's limits by name, such as `{ fuel: 5_000_000 }`: positive integers. */
export type NeededLimits = Readonly<Record<string, number>>;

/** The header and texts of a cartridge. */
export interface CartridgeMetadata {
  /** Pixels, from the image header. */
  readonly width: number;
  /** Pixels, from the image header. */
  readonly height: number;
  /** The kind of cartridge; undefined if that text is missing. */
  readonly cartridgeType: "pixel" | undefined;
  /** SHA-256 of the raw RGBA bytes in hex digits, as written in the file; undefined if that text is missing. */
  readonly checksum: string | undefined;
  /** Undefined if missing or in an unknown form. */
  readonly createdAt: Date | undefined;
  /** The `Software` text. */
  readonly software: string | undefined;
  /** Undefined in cartridges from before this text existed. */
  readonly gvpie: DrawingRecord | undefined;
}

/** A decoded cartridge. */
export interface Cartridge {
  /** The picture; of an animation, frame 0. */
  readonly frame: Frame<ArrayBuffer>;
  readonly metadata: CartridgeMetadata;
}

/** Limits on what is read. Each is checked before the reader allocates or inflates for it. */
export interface PngLimits {
  /** Bytes of the file. Default 80 MiB. */
  readonly fileBytes: number;
  /** Pixels of either side. Default 16,384. */
  readonly side: number;
  /** Pixels of the picture. Default 16,777,216; at most 67,108,864. */
  readonly pixels: number;
  /** Bytes of each short text (all but `gvpie`), inflated. Default 64 KiB. */
  readonly textBytes: number;
  /** Bytes of the `gvpie` text, inflated. Default 1 MiB. */
  readonly recordBytes: number;
  /** Frames of an animation. Default 1,000. */
  readonly frames: number;
  /** Pixels of all frames of an animation: frames × width × height. Default 16,777,216; at most 67,108,864. */
  readonly animationPixels: number;
}

export interface DecodeOptions {
  readonly limits?: Partial<PngLimits> | undefined;
}

/** One frame of an animation, as it is shown: the whole canvas. */
export interface AnimationFrame extends Frame<ArrayBuffer> {
  /** Milliseconds that the frame is shown, from 0 on; not always an integer. */
  readonly delayMs: number;
}

/** The animation in a PNG. A file without one is an animation of one frame, its picture. */
export interface DecodedAnimation {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Number of frames, at least 1. */
  readonly frameCount: number;
  /** Number of times that the animation is played; 0 means without end. */
  readonly plays: number;
  /** True if the picture in IDAT, which viewers of still pictures show, is frame 0. */
  readonly startsWithPicture: boolean;
  /**
   * Decodes the frames in order, one for each step. Each frame has its own memory; the iteration itself holds one canvas, and a second
   * one for a frame that the file removes again. It can be started any number of times.
   *
   * @throws {CartridgeError} CARTRIDGE_BAD_PIXELS, at the frame whose pixel data is invalid.
   */
  frames(): AsyncGenerator<AnimationFrame, void, undefined>;
}

export interface EncodePngOptions {
  /**
   * `auto` (the default) writes the smallest exact form: 1-bit grey for opaque black and white, a palette for up to 256
   * colours, else RGB, or RGBA if a pixel is not opaque. `rgba` always writes 8-bit RGBA.
   */
  readonly colorType?: "auto" | "rgba" | undefined;
}

export interface EncodeOptions extends EncodePngOptions {
  /** Source of the program that drew the frame. Without it, the cartridge proves only that its pixels are intact. */
  readonly program?: string | undefined;
  /** Version of the language, such as `1`; required with `program`, so that an older reader does not misjudge the picture. */
  readonly language?: string | undefined;
  /**
   * Colour of the empty canvas, in the renderer's notation; with a program whose `CANVAS` has a background, that one. Without it,
   * such a cartridge is never verified. Default `#000000ff`.
   */
  readonly background?: string | undefined;
  /** Values of the program's parameters. Default none. */
  readonly params?: Params | undefined;
  /** Years 0 to 9999. Default: the environment variable SOURCE_DATE_EPOCH (Unix seconds) in Node, else now. */
  readonly createdAt?: Date | undefined;
  /** Name of the renderer, such as `raster-cpu`. */
  readonly engine?: string | undefined;
  /** The limits of a verification that the program exceeds, by name, with values that suffice: see `drawForCartridge`. Default none. */
  readonly limits?: NeededLimits | undefined;
}

export interface EncodeAnimationOptions extends EncodeOptions {
  /** Milliseconds that each frame is shown, 1 to 65,535. Default: that of the first frame's `animation`. */
  readonly delayMs?: number | undefined;
}

/** Limits on the cost of a render, as in `@gvpie/raster`. Their defaults follow from the number of pixels of the picture. */
export interface RenderLimits {
  /** Pixels of the canvas. Default: those of the picture, at least 1,048,576. */
  readonly pixels: number;
  /** Instructions of the program. Default: the pixels of the picture, 131,072 to 1,000,000. */
  readonly instructions: number;
  /** Glyphs of all texts. Default: 1,048,576 more than pixels, at most 4,000,000. */
  readonly glyphs: number;
  /** Pixels painted, overdraw counted each time. Default: 60 for each pixel, and 67,108,864. */
  readonly paintedPixels: number;
  /** Commands of the draw list. Default: 3 for every 25 pixels, at least 250,000. */
  readonly commands: number;
  /** Steps of a program that jumps. Default 1,000,000. */
  readonly fuel: number;
}

/** The recorded options of a program, and the limits of its render. */
export interface RenderRequest {
  /** Pixels; equal to the picture's. */
  readonly width: number;
  /** Pixels; equal to the picture's. */
  readonly height: number;
  readonly background: string;
  readonly params: Params;
  readonly limits: RenderLimits;
  /** Number of the frame, from 0 on; absent for a still picture, for which frame 0 is drawn. */
  readonly frame?: number | undefined;
}

/**
 * Renders one frame of a program: `renderProgram` of `@gvpie/raster-cpu` or of `@gvpie/raster-webgpu`. The frame of a program with an
 * animation has it as `animation`.
 */
export type Render = (program: string, request: RenderRequest) => Frame | Promise<Frame>;

export interface VerifyOptions extends DecodeOptions {
  readonly render: Render;
  /** Limits on the render. A limit that a cartridge needs is set here by the caller; values recorded in the file are never applied. */
  readonly renderLimits?: Partial<RenderLimits> | undefined;
  /**
   * The source, for a cartridge that holds only the SHA-256 of its program, or for a picture without a program. The latter
   * is compared with what the program draws; its status stays `stripped` or `no-program`.
   */
  readonly program?: string | undefined;
  /** Options of `program` for a picture without a record. Default: the picture's size, and a record's other defaults. */
  readonly drawing?: Partial<Pick<DrawingRecord, "width" | "height" | "background" | "params">> | undefined;
  /** Ends the verification: it rejects with the signal's reason. A synchronous renderer cannot be interrupted. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * - `verified`: the file is canonical, its pixels match the checksum, and the program draws exactly these pixels.
 * - `not-canonical`: as `verified`, but the file contains a chunk or form that can change the display; see `obstacles`.
 * - `checksum-mismatch`: the pixels do not match the checksum.
 * - `not-reproducible`: the pixels match the checksum, but the program draws other pixels or is invalid.
 * - `needs-newer-language`: the pixels match the checksum, but the program is in a language that this version does not know.
 * - `no-program`: the pixels match the checksum, but the program is missing.
 * - `stripped`: the PNG has no checksum of a cartridge: it was not one, or an editor removed its texts.
 */
export type VerificationStatus =
  | "verified"
  | "not-canonical"
  | "checksum-mismatch"
  | "not-reproducible"
  | "needs-newer-language"
  | "no-program"
  | "stripped";

/** A chunk that can change the display of the file, or whose form can. */
export interface DisplayObstacle {
  /** The type of the chunk, such as `eXIf`. */
  readonly chunk: string;
  /** Bytes from the start of the file to the chunk. */
  readonly offset: number;
  /** The effect, as a clause. */
  readonly reason: string;
}

/** The pixels that differ between two frames of the same size. */
export interface Difference {
  /** Pixels that differ, at least 1. */
  readonly count: number;
  /** The first of them, row by row. */
  readonly first: { readonly x: number; readonly y: number };
  /** The smallest rectangle that contains them. */
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** True if all of them have alpha 0 in both frames: only invisible colours differ. */
  readonly onlyUnderAlpha0: boolean;
}

/**
 * The relation of the picture to what the program draws.
 *
 * - `equal`: the same pixels.
 * - `different`: the same size, other pixels; see `difference`.
 * - `enlarged`: each drawn pixel is a square of `factor` × `factor` equal pixels of the picture.
 * - `part`: the picture is the part of the drawn frame at (`x`, `y`).
 * - `extended`: the drawn frame is the part of the picture at (`x`, `y`).
 * - `unrelated`: another size, and none of these.
 */
export type Relation =
  | { readonly kind: "equal" | "different" | "unrelated" }
  | { readonly kind: "enlarged"; readonly factor: number }
  | { readonly kind: "part" | "extended"; readonly x: number; readonly y: number };

/** The result of a verification. It has no functions, so it can be sent between threads. */
export interface Verification {
  readonly status: VerificationStatus;
  /** The status in words, with the reason. */
  readonly explanation: string;
  /** The picture in the file; of an animation, its first frame that differs from what the program draws, or frame 0. */
  readonly frame: Frame<ArrayBuffer>;
  /** Number of the frame in `frame`, `drawn`, `difference` and `relation`; 0 for a still picture. */
  readonly frameNumber: number;
  /** Undefined if the file has no texts of a cartridge. */
  readonly metadata: CartridgeMetadata | undefined;
  /** The frame that the program draws; undefined if it was not drawn. Of a proved animation, it has the memory of `frame`. */
  readonly drawn: Frame | undefined;
  /** The pixels that differ between `frame` and `drawn`; undefined if none does, or their sizes differ. */
  readonly difference: Difference | undefined;
  /** The relation of `frame` to `drawn`; undefined if the program was not drawn. */
  readonly relation: Relation | undefined;
  /** The chunks that can change the display, in file order, up to 16; empty if the file is canonical. */
  readonly obstacles: readonly DisplayObstacle[];
  /**
   * Deviations that are accepted: chunks that make a viewer show other shades, and frames of the program that the file does not
   * have; see docs/cartridge.md. Usually empty.
   */
  readonly remarks: readonly DisplayObstacle[];
  /** The value that the renderer threw, if the program is invalid or could not be drawn. */
  readonly cause: unknown;
}
