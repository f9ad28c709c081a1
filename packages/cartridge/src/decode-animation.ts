import { type BytesLike, bytesOf } from "./bytes.ts";
import { composeFrames } from "./compose.ts";
import { decodePixels, readLimits } from "./decode.ts";
import { type AnimationStructure, readAnimation } from "./frame-control.ts";
import { readStructure, type Structure } from "./structure.ts";
import type { AnimationFrame, DecodedAnimation, DecodeOptions } from "./types.ts";

async function* framesOf(
  structure: Structure,
  animation: AnimationStructure,
): AsyncGenerator<AnimationFrame, void, undefined> {
  let number = 0;
  for await (const { width, height, data } of composeFrames(structure, animation)) {
    const { delayNumerator, delayDenominator } = animation.frames[number++] ?? {
      delayNumerator: 0,
      delayDenominator: 1,
    };
    // PNG 3rd ed. §11.3.6.2: a denominator of 0 means hundredths.
    const delayMs = (delayNumerator * 1000) / (delayDenominator === 0 ? 100 : delayDenominator);
    yield { width, height, data: data.slice(), delayMs };
  }
}

async function* pictureOf(structure: Structure): AsyncGenerator<AnimationFrame, void, undefined> {
  yield { ...(await decodePixels(structure)), delayMs: 0 };
}

/**
 * Reads the frames of any PNG: those of an animation (APNG), or its one picture. All chunks are checked at once, and frames are
 * inflated one by one. Pixels are decoded as `decodePng` does. Nothing is verified: see {@link verifyCartridge}.
 *
 * The bytes must not change before the last frame is read.
 *
 * @throws {CartridgeError} if any part of the file is invalid, but for the pixels, or exceeds the limits.
 */
export function decodeAnimation(bytes: BytesLike, options: DecodeOptions = {}): DecodedAnimation {
  const limits = readLimits(options);
  const file = bytesOf(bytes, limits);
  const structure = readStructure(file, limits);
  const animation = readAnimation(file, structure, limits);
  const { width, height } = structure.header;
  if (animation === undefined) {
    const frames = () => pictureOf(structure);
    return { width, height, frameCount: 1, plays: 1, startsWithPicture: true, frames };
  }
  const { plays, startsWithPicture } = animation;
  const frames = () => framesOf(structure, animation);
  return { width, height, frameCount: animation.frames.length, plays, startsWithPicture, frames };
}
