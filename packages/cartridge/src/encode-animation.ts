import { platform } from "#platform";
import { assemblePng, type Chunk } from "./chunk.ts";
import { isCount, MAX_DELAY_MS, MAX_FRAMES } from "./drawing-record.ts";
import { checkColorType, claimChunks, claimOf, formChunks, IEND, OPTIONS } from "./encode.ts";
import { checkFrame } from "./frame.ts";
import { ACTL_BYTES, DELAY_UNITS, FCTL_BYTES, SEQUENCE_BYTES } from "./frame-control.ts";
import { MAX_PIXELS } from "./limits.ts";
import { checkOptions, describeValue } from "./options.ts";
import { AnimationPacker, type Box, type PackedPatch } from "./pack-animation.ts";
import type { EncodeAnimationOptions, Frame } from "./types.ts";

/** Returns the SHA-256 of SHA-256 values in hex digits, 32 bytes each. */
export async function sha256OfAll(digests: readonly string[]): Promise<string> {
  const hex = digests.join("");
  const byteAt = (i: number) => Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16);
  const bytes = Uint8Array.from({ length: hex.length / 2 }, (_, i) => byteAt(i));
  return platform.sha256(bytes);
}

/** PNG 3rd ed. §11.3.6.1. Played without end. */
function animationControl(frames: number): Chunk {
  const data = new Uint8Array(ACTL_BYTES);
  new DataView(data.buffer).setUint32(0, frames);
  return { type: "acTL", data };
}

/** PNG 3rd ed. §11.3.6.2. The frame stays, and replaces what is below. */
function frameControl(sequence: number, { x, y, width, height }: Box, delayMs: number): Chunk {
  const data = new Uint8Array(FCTL_BYTES);
  const view = new DataView(data.buffer);
  [sequence, width, height, x, y].forEach((value, i) => view.setUint32(i * 4, value));
  view.setUint16(20, delayMs);
  view.setUint16(22, DELAY_UNITS);
  return { type: "fcTL", data };
}

/** Returns the chunks of the frames: fcTL and IDAT of the first, then fcTL and fdAT of each. */
export async function frameChunks(frames: Iterable<PackedPatch>, delayMs: number): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  let sequence = 0;
  for (const frame of frames) {
    const stream = await platform.deflate(frame.scanlines);
    const isFirst = sequence === 0;
    chunks.push(frameControl(sequence++, frame, delayMs));
    if (isFirst) {
      chunks.push({ type: "IDAT", data: stream });
      continue;
    }
    const data = new Uint8Array(SEQUENCE_BYTES + stream.length);
    new DataView(data.buffer).setUint32(0, sequence++);
    data.set(stream, SEQUENCE_BYTES);
    chunks.push({ type: "fdAT", data });
  }
  return chunks;
}

/** Returns the file of an animation: acTL directly after IHDR, where programs look for it. */
export async function assembleAnimation(
  size: Pick<Frame, "width" | "height">,
  packer: AnimationPacker,
  colorType: "auto" | "rgba",
  { frames, delayMs }: { readonly frames: number; readonly delayMs: number },
  texts: readonly Chunk[],
): Promise<Uint8Array<ArrayBuffer>> {
  const form = packer.form(colorType);
  const { header, tables } = formChunks(size, form);
  const pictures = await frameChunks(packer.pack(form), delayMs);
  return assemblePng([header, animationControl(frames), ...texts, ...tables, ...pictures, IEND]);
}

function checkFrames(frames: unknown): void {
  const { [Symbol.iterator]: sync, [Symbol.asyncIterator]: async } = Object(frames) as {
    [Symbol.iterator]?: unknown;
    [Symbol.asyncIterator]?: unknown;
  };
  if (typeof sync === "function" || typeof async === "function") return;
  const remedy = typeof frames === "function" ? ": call it" : "";
  throw new TypeError(`expected frames as an iterable of frames, got ${describeValue(frames)}${remedy}`);
}

function checkDelay(given: unknown, first: Frame): number {
  const delayMs = given ?? first.animation?.delayMs;
  if (delayMs === undefined) {
    throw new TypeError("expected delayMs, the milliseconds of a frame, got none");
  }
  if (!isCount(delayMs, MAX_DELAY_MS)) {
    throw new RangeError(
      `expected delayMs as an integer from 1 to ${MAX_DELAY_MS}, got ${describeValue(delayMs)}`,
    );
  }
  return delayMs;
}

function checkNext(frame: Frame, { width, height }: Frame, count: number): void {
  if (frame.width !== width || frame.height !== height) {
    throw new RangeError(
      `frame ${count}: expected ${width}×${height} pixels, as of frame 0, got ${frame.width}×${frame.height}`,
    );
  }
  if (count === MAX_FRAMES) throw new RangeError(`expected at most ${MAX_FRAMES} frames, got more`);
  if ((count + 1) * width * height > MAX_PIXELS) {
    throw new RangeError(
      `expected frames of at most ${MAX_PIXELS} pixels together, got more than ${count} of ${width}×${height}`,
    );
  }
}

/**
 * Encodes frames as an animated cartridge (APNG), played without end. The picture that other viewers show is frame 0; of every
 * later frame, the file holds the smallest box that has changed.
 *
 * Takes one frame at a time, and keeps no memory of it. Holds a copy of the last one, and of each frame the changed part: one
 * byte a pixel while there are at most 256 colours, else four.
 *
 * In one runtime, equal frames and options give equal bytes if `createdAt` or SOURCE_DATE_EPOCH is set.
 *
 * @param frames 1 to 65,535 frames of one size, together at most 67,108,864 pixels.
 * @param options those of `encodeCartridge`, and `delayMs`; default: that of the first frame's `animation`.
 * @throws {RangeError} as `encodeCartridge` does, or if there is no frame, a limit is exceeded, sizes differ, or `delayMs` is out of
 * range.
 * @throws {TypeError} as `encodeCartridge` does, or if `frames` is not iterable, or there is no `delayMs`.
 * @throws the error of `frames`.
 */
export async function encodeAnimation(
  frames: Iterable<Frame> | AsyncIterable<Frame>,
  options: EncodeAnimationOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions("options", options, [...OPTIONS, "delayMs"]);
  checkFrames(frames);
  const claim = claimOf(options);
  const colorType = checkColorType(options.colorType);
  const { delayMs: given } = options;
  const digests: string[] = [];
  let first: Frame | undefined;
  let packer: AnimationPacker | undefined;
  let delayMs = 0;
  for await (const candidate of frames) {
    const frame = checkFrame(candidate);
    if (first === undefined) delayMs = checkDelay(given, frame);
    // Only its size is kept.
    first ??= { ...frame, data: new Uint8ClampedArray(0) };
    checkNext(frame, first, digests.length);
    packer ??= new AnimationPacker(frame.width, frame.height);
    packer.add(frame);
    digests.push(await platform.sha256(frame.data));
  }
  const [checksum] = digests;
  if (first === undefined || packer === undefined || checksum === undefined) {
    throw new RangeError("expected at least one frame, got none");
  }
  const animation = { frames: digests.length, delayMs, sha256: await sha256OfAll(digests) };
  const texts = await claimChunks(claim, first, checksum, animation);
  return assembleAnimation(first, packer, colorType, animation, texts);
}
