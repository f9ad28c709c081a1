import { platform } from "#platform";
import { type BytesLike, bytesOf } from "./bytes.ts";
import { assemblePng, type Chunk } from "./chunk.ts";
import { composeFrames } from "./compose.ts";
import { decodePixels, matchesChecksum, noMetadata, readLimits } from "./decode.ts";
import { imageChunks, recordTextChunk, SOFTWARE } from "./encode.ts";
import { assembleAnimation, sha256OfAll } from "./encode-animation.ts";
import { CartridgeError } from "./errors.ts";
import { type AnimationStructure, readAnimation } from "./frame-control.ts";
import { KEYWORDS } from "./keywords.ts";
import { CARTRIDGE_TYPE, findText, isCartridge, readMetadata } from "./metadata.ts";
import { packFrame } from "./pack.ts";
import { AnimationPacker } from "./pack-animation.ts";
import { readStructure, type Structure } from "./structure.ts";
import { textChunk, textOf } from "./text.ts";
import type { CartridgeMetadata, DecodeOptions, Frame, PngLimits, RecordedAnimation } from "./types.ts";

/** Refuses texts that do not hold for the picture: the new file must not make a claim that the old one does not. */
async function checkClaims(frame: Frame, metadata: CartridgeMetadata): Promise<void> {
  const { checksum, gvpie } = metadata;
  const matches = checksum !== undefined && (await matchesChecksum(frame, checksum));
  if (!matches && !isCartridge(metadata)) throw noMetadata();
  if (checksum === undefined) {
    throw new CartridgeError(
      "CARTRIDGE_NO_METADATA",
      "expected the checksum of a cartridge (64 hexadecimal digits), got a cartridge without it: an editor removed it",
    );
  }
  if (!matches) {
    throw new CartridgeError(
      "CARTRIDGE_CHECKSUM_MISMATCH",
      "expected the pixels that the checksum covers, got altered pixels: a rewritten file would not verify either",
    );
  }
  if (gvpie !== undefined && (gvpie.width !== frame.width || gvpie.height !== frame.height)) {
    throw new CartridgeError(
      "CARTRIDGE_BAD_METADATA",
      `the gvpie text: expected the size of the picture, ${frame.width}×${frame.height}, got ${gvpie.width}×${gvpie.height}: a rewritten file would not verify either`,
    );
  }
}

/** Returns the chunks of the texts that hold, in the order in which `encodeCartridge` writes them. */
async function textChunks(
  { texts }: Structure,
  metadata: CartridgeMetadata,
  limits: PngLimits,
): Promise<Chunk[]> {
  const { cartridgeType, checksum = "", createdAt } = metadata;
  const time = createdAt && findText(texts, KEYWORDS.createdAt);
  const record = findText(texts, KEYWORDS.record);
  return Promise.all([
    ...(cartridgeType === undefined ? [] : [textChunk(KEYWORDS.type, CARTRIDGE_TYPE, false)]),
    textChunk(KEYWORDS.checksum, checksum, false),
    ...(time === undefined ? [] : [textChunk(KEYWORDS.createdAt, textOf(time, limits.textBytes), false)]),
    textChunk(KEYWORDS.software, SOFTWARE, false),
    ...(record === undefined ? [] : [recordTextChunk(textOf(record, limits.recordBytes))]),
  ]);
}

/** Returns the frames of an animation that the record states. */
async function collectFrames(
  structure: Structure,
  animation: AnimationStructure,
  { frames, sha256 }: RecordedAnimation,
): Promise<AnimationPacker> {
  const { width, height } = structure.header;
  const packer = new AnimationPacker(width, height);
  const digests: string[] = [];
  for await (const frame of composeFrames(structure, animation)) {
    packer.add(frame);
    digests.push(await platform.sha256(frame.data));
    if (digests.length === frames) break;
  }
  if (digests.length < frames || (await sha256OfAll(digests)) !== sha256) {
    throw new CartridgeError(
      "CARTRIDGE_CHECKSUM_MISMATCH",
      "expected the frames that the SHA-256 of the record covers, got altered frames: a rewritten file would not verify either",
    );
  }
  return packer;
}

/**
 * Rewrites a cartridge in the form of `encodeCartridge` or `encodeAnimation`, from its decoded pixels and its own texts; every other
 * chunk is dropped, and so are frames that the record does not state. The result is canonical: every viewer shows the same pixels.
 *
 * It makes no claim: the checksum, the time and the record are carried over unchanged. The program is not drawn, so verify
 * the result.
 *
 * @throws {CartridgeError} on an invalid PNG or invalid metadata; CARTRIDGE_NO_METADATA without the checksum of a cartridge;
 * CARTRIDGE_CHECKSUM_MISMATCH if the pixels of a frame were altered; CARTRIDGE_BAD_METADATA if the record is for another size.
 */
export async function canonicalizeCartridge(
  bytes: BytesLike,
  options: DecodeOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const limits = readLimits(options);
  const file = bytesOf(bytes, limits);
  const structure = readStructure(file, limits);
  const metadata = readMetadata(structure, limits);
  if (metadata === undefined) throw noMetadata();
  const frame = await decodePixels(structure);
  await checkClaims(frame, metadata);
  const texts = await textChunks(structure, metadata, limits);
  const recorded = metadata.gvpie?.animation;
  const animation = recorded && readAnimation(file, structure, limits);
  if (recorded !== undefined && animation !== undefined) {
    const packer = await collectFrames(structure, animation, recorded);
    return assembleAnimation(frame, packer, "auto", recorded, texts);
  }
  const [header, ...image] = await imageChunks(frame, packFrame(frame, "auto"));
  return assemblePng([header, ...texts, ...image]);
}
