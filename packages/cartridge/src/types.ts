/**
 * A picture, structurally an `ImageData`.
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

/** Values handed to a program, by name. Numbers are finite. */
export type Params = Readonly<Record<string, string | number>>;

/** How the picture was drawn: the `gvpie` text of a cartridge. */
export interface DrawingRecord {
  /** Source text. Undefined when none was recorded, or when it was too long: then `programSha256` names it. */
  readonly program: string | undefined;
  /** SHA-256 of the UTF-8 source, 64 lower-case hex digits, where the source itself was too long to record. */
  readonly programSha256: string | undefined;
  /** Version of the language. */
  readonly language: string;
  /** Pixels; the canvas that the program drew on. */
  readonly width: number;
  /** Pixels; the canvas that the program drew on. */
  readonly height: number;
  /** Colour of the empty canvas, as the renderer spells it. */
  readonly background: string;
  readonly params: Params;
  /** What drew it. */
  readonly engine: string | undefined;
}

/** Everything that a cartridge says about itself. */
export interface CartridgeMetadata {
  /** Pixels, from the image header. */
  readonly width: number;
  /** Pixels, from the image header. */
  readonly height: number;
  /** The kind of cartridge; undefined when that text is missing. */
  readonly cartridgeType: "pixel" | undefined;
  /** SHA-256 of the raw RGBA bytes in hex digits, as written in the file; undefined when that text is missing. */
  readonly checksum: string | undefined;
  /** Undefined when missing or in no known form. */
  readonly createdAt: Date | undefined;
  /** The `Software` text. */
  readonly software: string | undefined;
  /** Undefined in cartridges from before this text existed. */
  readonly gvpie: DrawingRecord | undefined;
}

/** A decoded cartridge. */
export interface Cartridge {
  readonly frame: Frame;
  readonly metadata: CartridgeMetadata;
}

/** What a PNG may cost to read. Each is checked before anything is allocated or inflated for it. */
export interface PngLimits {
  /** Bytes of the file. Default 80 MiB. */
  readonly fileBytes: number;
  /** Pixels of either side. Default 16,384. */
  readonly side: number;
  /** Pixels of the picture. Default 16,777,216; at most 67,108,864. */
  readonly pixels: number;
  /** Default 1,000. */
  readonly chunks: number;
  /** Bytes of a chunk that is not pixel data. Default 1 MiB. */
  readonly ancillaryBytes: number;
  /** Bytes of each short text (all but `gvpie`), inflated. Default 64 KiB. */
  readonly textBytes: number;
  /** Bytes of the `gvpie` text, inflated. Default 1 MiB. */
  readonly recordBytes: number;
}

export interface DecodeOptions {
  readonly limits?: Partial<PngLimits> | undefined;
}

export interface EncodePngOptions {
  /**
   * `auto` (the default) writes the smallest exact form: 1-bit grey for opaque black and white, a palette for up to 256
   * colours, else RGB, or RGBA where a pixel is not opaque. `rgba` always writes 8-bit RGBA.
   */
  readonly colorType?: "auto" | "rgba" | undefined;
}

export interface EncodeOptions extends EncodePngOptions {
  /** Source of the program that drew the frame. Without one, the cartridge proves that its pixels are intact, no more. */
  readonly program?: string | undefined;
  /** Version of the language. Default `1`. */
  readonly language?: string | undefined;
  /** Colour of the empty canvas, in the renderer's spelling. Default `#000000ff`. */
  readonly background?: string | undefined;
  /** Default none. */
  readonly params?: Params | undefined;
  /** Default: the environment variable SOURCE_DATE_EPOCH (Unix seconds) in Node, else now. Years 0 … 9999. */
  readonly createdAt?: Date | undefined;
  /** What drew the frame, such as `raster-cpu`. */
  readonly engine?: string | undefined;
}

/** What a recorded program was drawn with. */
export interface RenderRequest {
  /** Pixels; equal to the picture's. */
  readonly width: number;
  /** Pixels; equal to the picture's. */
  readonly height: number;
  readonly background: string;
  readonly params: Params;
}

/** Draws a program again; `renderProgram` of `@gvpie/raster-cpu` and of `@gvpie/raster-webgpu` are such functions. */
export type Render = (program: string, request: RenderRequest) => Frame | Promise<Frame>;

export interface VerifyOptions extends DecodeOptions {
  readonly render: Render;
  /** The source, for a cartridge that names its program by SHA-256 only. Ignored by all others. */
  readonly program?: string | undefined;
}

/**
 * - `verified`: the pixels match the checksum, and the program draws exactly these pixels.
 * - `checksum-mismatch`: the pixels are not those that were saved.
 * - `not-reproducible`: the pixels are intact, but the program draws something else, or nothing.
 * - `no-program`: the pixels are intact, but there is no program to draw them again.
 * - `stripped`: a PNG without the checksum: never a cartridge, or one whose texts an editor dropped.
 */
export type VerificationStatus =
  | "verified"
  | "checksum-mismatch"
  | "not-reproducible"
  | "no-program"
  | "stripped";

export interface Verification {
  readonly status: VerificationStatus;
  /** The status in a sentence, for people. */
  readonly explanation: string;
  /** The picture in the file. */
  readonly frame: Frame;
  /** Undefined when the file holds none. */
  readonly metadata: CartridgeMetadata | undefined;
  /** What the renderer threw, where that is why the picture is not reproducible. */
  readonly cause: unknown;
}
