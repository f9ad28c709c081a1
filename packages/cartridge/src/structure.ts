import { type Chunk, chunksOf, isAncillary } from "./chunk.ts";
import { CartridgeError } from "./errors.ts";
import { GREY, GREY_ALPHA, type Header, INDEXED, readHeader, RGB, RGBA } from "./header.ts";
import { readTextChunk, type TextChunk } from "./text.ts";
import type { PngLimits } from "./types.ts";

/** A PNG whose chunks are whole, in order, and within the limits; nothing is inflated yet. */
export interface Structure {
  readonly header: Header;
  /** PLTE: red, green, blue of each entry. */
  readonly palette: Uint8Array | undefined;
  /** The tRNS chunk. */
  readonly transparency: Uint8Array | undefined;
  /** The tEXt and zTXt chunks, in file order. */
  readonly texts: readonly TextChunk[];
  /** Contents of the IDAT chunks, in file order. */
  readonly data: readonly Uint8Array[];
}

function bad(message: string): CartridgeError {
  return new CartridgeError("CARTRIDGE_BAD_CHUNK", message);
}

/** PNG 3rd ed. §11.2.2. */
function checkPalette({ colorType, depth }: Header, data: Uint8Array): void {
  const entries = data.length / 3;
  const most = colorType === INDEXED ? 2 ** depth : 256;
  if (colorType === GREY || colorType === GREY_ALPHA) {
    throw bad("a grey picture must not have a PLTE chunk");
  }
  if (!Number.isInteger(entries) || entries < 1 || entries > most) {
    throw bad(`PLTE has ${data.length} bytes, expected 3 for each of 1 to ${most} entries`);
  }
}

/** PNG 3rd ed. §11.3.1.1. */
function checkTransparency({ colorType }: Header, palette: Uint8Array | undefined, data: Uint8Array): void {
  if (colorType === GREY_ALPHA || colorType === RGBA) {
    throw bad("a picture with an alpha channel must not have a tRNS chunk");
  }
  if (colorType === INDEXED) {
    if (palette === undefined) {
      throw bad("tRNS stands before PLTE");
    }
    if (data.length < 1 || data.length > palette.length / 3) {
      throw bad(`tRNS has ${data.length} entries, expected 1 to ${palette.length / 3}`);
    }
    return;
  }
  const expected = colorType === RGB ? 6 : 2;
  if (data.length !== expected) {
    throw bad(`tRNS has ${data.length} bytes, expected ${expected}`);
  }
}

/**
 * Read and check everything but the pixels.
 *
 * @throws {CartridgeError} on any breach of PNG 3rd ed. §5.6 (order and number of chunks) or of `limits`.
 */
export function readStructure(bytes: Uint8Array, limits: PngLimits): Structure {
  const texts: TextChunk[] = [];
  const data: Uint8Array[] = [];
  let header: Header | undefined;
  let palette: Uint8Array | undefined;
  let transparency: Uint8Array | undefined;
  let previous: Chunk | undefined;
  for (const chunk of chunksOf(bytes, limits)) {
    const { type } = chunk;
    if (header === undefined) {
      if (type !== "IHDR") {
        throw bad(`the first chunk is ${type}, expected IHDR`);
      }
      header = readHeader(chunk.data, limits);
    } else if (type === "IDAT") {
      if (data.length > 0 && previous?.type !== "IDAT") {
        throw bad("the IDAT chunks are not consecutive");
      }
      if (header.colorType === INDEXED && palette === undefined) {
        throw bad("an indexed picture needs a PLTE chunk before its IDAT chunks");
      }
      data.push(chunk.data);
    } else if (type === "PLTE" || type === "tRNS") {
      if ((type === "PLTE" ? palette : transparency) !== undefined) {
        throw bad(`a second ${type} chunk`);
      }
      if (data.length > 0 || (type === "PLTE" && transparency !== undefined)) {
        throw bad(`${type} stands too late`);
      }
      if (type === "PLTE") {
        checkPalette(header, chunk.data);
        palette = chunk.data;
      } else {
        checkTransparency(header, palette, chunk.data);
        transparency = chunk.data;
      }
    } else if (type === "tEXt" || type === "zTXt" || type === "iTXt") {
      const text = readTextChunk(chunk);
      if (text !== undefined) {
        texts.push(text);
      }
    } else if (type === "IEND") {
      if (chunk.data.length > 0) {
        throw bad(`IEND has ${chunk.data.length} bytes, expected none`);
      }
    } else if (type === "IHDR" || !isAncillary(type)) {
      throw bad(type === "IHDR" ? "a second IHDR chunk" : `unknown critical chunk ${type}`);
    }
    previous = chunk;
  }
  if (header === undefined || data.length === 0) {
    throw bad("the file has no IDAT chunk");
  }
  return { header, palette, transparency, texts, data };
}
