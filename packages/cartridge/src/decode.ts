import { platform } from "#platform";
import { type BytesLike, bytesOf, release } from "./bytes.ts";
import { CartridgeError } from "./errors.ts";
import { passesOf } from "./header.ts";
import { inflatePixels } from "./inflate.ts";
import { resolveLimits } from "./limits.ts";
import { isCartridge, readMetadata } from "./metadata.ts";
import { checkOptions } from "./options.ts";
import { readLeadingTexts, readStructure, type Structure } from "./structure.ts";
import type { Cartridge, CartridgeMetadata, DecodeOptions, Frame, PngLimits } from "./types.ts";
import { inflatedSize, unpackPixels } from "./unpack.ts";

/** Returns the pixels of a checked structure. */
export async function decodePixels(structure: Structure): Promise<Frame<ArrayBuffer>> {
  const { width, height } = structure.header;
  const passes = passesOf(structure.header);
  const size = inflatedSize(passes);
  const inflated = await inflatePixels(structure.data, size);
  try {
    return { width, height, data: unpackPixels(structure, passes, inflated) };
  } finally {
    release(inflated);
  }
}

/** Checks the options of a function that reads a file, and returns its limits. */
export function readLimits(options: DecodeOptions): PngLimits {
  checkOptions("options", options, ["limits"]);
  return resolveLimits(options.limits);
}

/** Returns the error of a PNG without the texts of a cartridge. */
export function noMetadata(): CartridgeError {
  return new CartridgeError(
    "CARTRIDGE_NO_METADATA",
    "expected the texts of a cartridge, got a PNG without them: it was not a cartridge, or an editor removed them",
  );
}

/**
 * Decodes any PNG, of every colour type, depth, filter and interlacing, to RGBA.
 *
 * 16-bit samples keep their high byte; gamma and colour profiles are ignored; transparent pixels keep their colour.
 *
 * @throws {CartridgeError} if any part of the file is invalid, CRCs included, or exceeds the limits.
 */
export async function decodePng(bytes: BytesLike, options: DecodeOptions = {}): Promise<Frame<ArrayBuffer>> {
  const limits = readLimits(options);
  return decodePixels(readStructure(bytesOf(bytes, limits), limits));
}

/**
 * Reads the texts of a cartridge without decoding pixels, so nothing is verified: see {@link verifyCartridge}.
 *
 * Works on the first bytes of a file: a cartridge has its texts before its pixels, so the bytes up to and including the
 * type of the first IDAT chunk are enough. If a later chunk is cut or damaged, only the texts before it are read.
 *
 * @throws {CartridgeError} CARTRIDGE_TRUNCATED if the bytes end before that, CARTRIDGE_NOT_PNG if they end within the
 * signature; another code for other damage before that, for invalid texts, and for a PNG that is not a cartridge. The
 * message says where.
 */
export function readCartridgeMetadata(bytes: BytesLike, options: DecodeOptions = {}): CartridgeMetadata {
  const limits = readLimits(options);
  const texts = readLeadingTexts(bytesOf(bytes, limits), limits);
  const metadata = readMetadata(texts, limits);
  if (metadata === undefined) throw texts.damage ?? noMetadata();
  return metadata;
}

/**
 * Decodes a cartridge, and compares its pixels with its checksum if it has one.
 *
 * @throws {CartridgeError} on an invalid PNG, missing or invalid metadata, or altered pixels.
 */
export async function decodeCartridge(bytes: BytesLike, options: DecodeOptions = {}): Promise<Cartridge> {
  const limits = readLimits(options);
  const structure = readStructure(bytesOf(bytes, limits), limits);
  const metadata = readMetadata(structure, limits);
  if (metadata === undefined) throw noMetadata();
  const frame = await decodePixels(structure);
  if (metadata.checksum !== undefined && !(await matchesChecksum(frame, metadata.checksum))) {
    // A lone checksum that does not match is another program's.
    if (!isCartridge(metadata)) throw noMetadata();
    throw new CartridgeError(
      "CARTRIDGE_CHECKSUM_MISMATCH",
      "expected the pixels that the checksum covers, got altered pixels",
    );
  }
  return { frame, metadata };
}

/** True if `checksum` is the SHA-256 of the frame's bytes in hex digits of either case. */
export async function matchesChecksum(frame: Frame, checksum: string): Promise<boolean> {
  return (await platform.sha256(frame.data)) === checksum.toLowerCase();
}
