import { CHUNK_HEADER, CHUNK_OVERHEAD, SIGNATURE_BYTES, type SplitData } from "./chunk.ts";
import { CartridgeError } from "./errors.ts";
import type { Header } from "./header.ts";
import { MAX_PIXELS } from "./limits.ts";
import type { Box } from "./pack-animation.ts";
import type { PngLimits } from "./types.ts";

/** Bytes of acTL (PNG 3rd ed. §11.3.6.1), of fcTL (§11.3.6.2), and of the sequence number in fdAT (§11.3.6.3). */
export const ACTL_BYTES = 8;
export const FCTL_BYTES = 26;
export const SEQUENCE_BYTES = 4;
/** The denominator of delays in milliseconds. */
export const DELAY_UNITS = 1000;

/** Changes of the frame's box after the frame was shown (PNG 3rd ed. §11.3.6.2). */
export const DISPOSE = { none: 0, background: 1, previous: 2 } as const;
/** Effects of the frame's pixels on those in its box: they replace them, or are blended over them. */
export const BLEND = { source: 0, over: 1 } as const;

/** Chunk types as big-endian words. */
const [IDAT, ACTL, FCTL, FDAT] = [0x49444154, 0x6163544c, 0x6663544c, 0x66644154] as const;
/** PNG 3rd ed. §7.1: integers of four bytes are below 2³¹. */
const MAX_INTEGER = 0x7fff_ffff;

/** A frame as its fcTL describes it. */
export interface FrameEntry extends Box {
  /** Byte of the file at which fcTL starts. */
  readonly offset: number;
  readonly delayNumerator: number;
  readonly delayDenominator: number;
  readonly dispose: number;
  readonly blend: number;
  /** Its pixel data, in IDAT or fdAT. */
  readonly data: SplitData;
}

/** The animation chunks of a PNG, in order, complete and within the limits. Pixel data is not inflated yet. */
export interface AnimationStructure {
  /** Byte of the file at which acTL starts. */
  readonly offset: number;
  /** Number of times that it is played; 0 means without end. */
  readonly plays: number;
  /** True if the picture in IDAT is frame 0. */
  readonly startsWithPicture: boolean;
  readonly frames: readonly FrameEntry[];
}

function bad(offset: number, message: string): CartridgeError {
  return new CartridgeError("CARTRIDGE_BAD_CHUNK", `byte ${offset}: expected ${message}`);
}

type Control = Omit<FrameEntry, "data">;

/** Reads the animation chunks of a file of which `readStructure` has checked the chunks. */
class AnimationReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #header: Header;
  readonly #picture: SplitData;
  readonly #frames: FrameEntry[] = [];
  #count = 0;
  #sequence = 0;
  #reachedPixels = false;
  #startsWithPicture = false;
  /** The frame whose data is being read. */
  #control: Control | undefined;
  /** The start of its first fdAT with data, and the bytes of data so far. */
  #dataOffset = 0;
  #dataLength = 0;

  constructor(bytes: Uint8Array, header: Header, picture: SplitData) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#header = header;
    this.#picture = picture;
  }

  read(limits: PngLimits): AnimationStructure | undefined {
    let start: number | undefined;
    let plays = 0;
    let length = 0;
    for (let offset = SIGNATURE_BYTES; offset < this.#bytes.length; offset += CHUNK_OVERHEAD + length) {
      length = this.#view.getUint32(offset);
      switch (this.#view.getUint32(offset + 4)) {
        case ACTL:
          if (start !== undefined) throw bad(offset, "one acTL chunk, got two");
          start = offset;
          plays = this.#readStart(offset, length, limits);
          break;
        case IDAT:
          // Without acTL, the other chunks mean nothing.
          if (start === undefined) return undefined;
          if (!this.#reachedPixels) this.#reachPixels();
          break;
        case FCTL:
          if (start !== undefined) this.#readControl(offset, length);
          break;
        case FDAT:
          if (start !== undefined) this.#readData(offset, length);
          break;
        default:
      }
    }
    if (start === undefined) return undefined;
    this.#endFrame(this.#bytes.length);
    if (this.#frames.length !== this.#count) {
      throw bad(start, `the ${this.#count} frames that acTL states, got ${this.#frames.length}`);
    }
    return { offset: start, plays, startsWithPicture: this.#startsWithPicture, frames: this.#frames };
  }

  #readStart(offset: number, length: number, limits: PngLimits): number {
    if (length !== ACTL_BYTES) throw bad(offset, `acTL with ${ACTL_BYTES} bytes, got ${length}`);
    const count = this.#view.getUint32(offset + CHUNK_HEADER);
    const plays = this.#view.getUint32(offset + CHUNK_HEADER + 4);
    if (count === 0 || count > MAX_INTEGER || plays > MAX_INTEGER) {
      throw bad(offset, `acTL with 1 to 2147483647 frames and fewer plays, got ${count} and ${plays}`);
    }
    if (count > limits.frames) {
      throw new CartridgeError(
        "CARTRIDGE_LIMIT",
        `expected at most limits.frames, ${limits.frames}, got an animation of ${count} frames`,
      );
    }
    const { width, height } = this.#header;
    if (count * width * height > limits.animationPixels) {
      const most = limits.animationPixels;
      const limit = most === MAX_PIXELS ? MAX_PIXELS : `limits.animationPixels, ${most},`;
      throw new CartridgeError(
        "CARTRIDGE_LIMIT",
        `expected at most ${limit} pixels in all frames, got ${count} of ${width}×${height}`,
      );
    }
    this.#count = count;
    return plays;
  }

  #reachPixels(): void {
    this.#reachedPixels = true;
    const control = this.#control;
    this.#control = undefined;
    if (control === undefined) return;
    const { x, y, width, height } = control;
    if (x !== 0 || y !== 0 || width !== this.#header.width || height !== this.#header.height) {
      const size = `${this.#header.width}×${this.#header.height}`;
      throw bad(
        control.offset,
        `${size} pixels at (0, 0) in the fcTL of IDAT, got ${width}×${height} at (${x}, ${y})`,
      );
    }
    this.#startsWithPicture = true;
    this.#frames.push({ ...control, data: this.#picture });
  }

  #readSequence(type: string, offset: number): void {
    const sequence = this.#view.getUint32(offset + CHUNK_HEADER);
    if (sequence !== this.#sequence) {
      throw bad(offset, `${type} with the sequence number ${this.#sequence}, got ${sequence}`);
    }
    this.#sequence++;
  }

  #readControl(offset: number, length: number): void {
    if (length !== FCTL_BYTES) throw bad(offset, `fcTL with ${FCTL_BYTES} bytes, got ${length}`);
    this.#readSequence("fcTL", offset);
    this.#endFrame(offset);
    if (this.#frames.length === this.#count) {
      throw bad(offset, `the ${this.#count} frames that acTL states, got more`);
    }
    const at = offset + CHUNK_HEADER;
    const [width, height, x, y] = [4, 8, 12, 16].map((field) => this.#view.getUint32(at + field)) as [
      number,
      number,
      number,
      number,
    ];
    if (width === 0 || height === 0 || x + width > this.#header.width || y + height > this.#header.height) {
      const canvas = `${this.#header.width}×${this.#header.height}`;
      throw bad(offset, `fcTL with a box within ${canvas} pixels, got ${width}×${height} at (${x}, ${y})`);
    }
    const [dispose, blend] = [this.#bytes[at + 24] as number, this.#bytes[at + 25] as number];
    if (dispose > DISPOSE.previous || blend > BLEND.over) {
      throw bad(
        offset,
        `fcTL with a disposal of 0 to 2 and a blending of 0 or 1, got ${dispose} and ${blend}`,
      );
    }
    this.#control = {
      offset,
      x,
      y,
      width,
      height,
      delayNumerator: this.#view.getUint16(at + 20),
      delayDenominator: this.#view.getUint16(at + 22),
      dispose,
      blend,
    };
    this.#dataLength = 0;
  }

  #readData(offset: number, length: number): void {
    if (length < SEQUENCE_BYTES) throw bad(offset, `fdAT with at least 4 bytes, got ${length}`);
    this.#readSequence("fdAT", offset);
    if (!this.#reachedPixels || this.#control === undefined) {
      throw bad(offset, "fdAT after the fcTL of its frame and after IDAT, got it before");
    }
    if (length === SEQUENCE_BYTES) return;
    if (this.#dataLength === 0) this.#dataOffset = offset;
    this.#dataLength += length - SEQUENCE_BYTES;
  }

  /** Ends the frame whose data is in fdAT. `offset` is that of the next chunk. */
  #endFrame(offset: number): void {
    const control = this.#control;
    if (control === undefined) return;
    if (this.#dataLength === 0) {
      const kind = this.#reachedPixels ? "fdAT" : "IDAT";
      throw bad(offset, `${kind} with the pixel data of frame ${this.#frames.length}, got none`);
    }
    const data: SplitData = {
      bytes: this.#bytes,
      offset: this.#dataOffset,
      length: this.#dataLength,
      prefix: SEQUENCE_BYTES,
    };
    this.#frames.push({ ...control, data });
    this.#control = undefined;
  }
}

/**
 * Reads the animation chunks of a file of which `readStructure` has checked the chunks, with this header and pixel data. Returns
 * undefined if there is no animation: no acTL before IDAT.
 *
 * @throws {CartridgeError} CARTRIDGE_BAD_CHUNK on any breach of PNG 3rd ed. §11.3.6, CARTRIDGE_LIMIT.
 */
export function readAnimation(
  bytes: Uint8Array,
  { header, data }: { readonly header: Header; readonly data: SplitData },
  limits: PngLimits,
): AnimationStructure | undefined {
  return new AnimationReader(bytes, header, data).read(limits);
}
