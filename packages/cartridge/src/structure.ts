import { ChunkReader, isAncillary, type SplitData } from "./chunk.ts";
import { CartridgeError } from "./errors.ts";
import { GREY, GREY_ALPHA, type Header, INDEXED, readHeader, RGB, RGBA } from "./header.ts";
import { readTextChunk, type TextChunk } from "./text.ts";
import type { PngLimits } from "./types.ts";

/** A PNG whose chunks are complete, in order, and within the limits. Compressed data is not inflated yet. */
export interface Structure {
  readonly header: Header;
  /** PLTE: red, green, blue of each entry. */
  readonly palette: Uint8Array | undefined;
  /** The tRNS chunk. */
  readonly transparency: Uint8Array | undefined;
  /**
   * The texts with a keyword of a cartridge in any case, in file order; of each keyword, at most two: enough to see that it
   * is repeated.
   */
  readonly texts: readonly TextChunk[];
  /** Content of the IDAT chunks. */
  readonly data: SplitData;
}

function bad(message: string): CartridgeError {
  return new CartridgeError("CARTRIDGE_BAD_CHUNK", message);
}

/** PNG 3rd ed. §11.2.2. */
function checkPalette({ colorType, depth }: Header, data: Uint8Array): void {
  const entries = data.length / 3;
  const most = colorType === INDEXED ? 2 ** depth : 256;
  if (colorType === GREY || colorType === GREY_ALPHA) throw bad("expected no PLTE chunk in a grey picture");
  if (!Number.isInteger(entries) || entries < 1 || entries > most) {
    throw bad(`expected PLTE with 3 bytes for each of 1 to ${most} entries, got ${data.length} bytes`);
  }
}

/** PNG 3rd ed. §11.3.1.1. */
function checkTransparency({ colorType }: Header, palette: Uint8Array | undefined, data: Uint8Array): void {
  if (colorType === GREY_ALPHA || colorType === RGBA) {
    throw bad("expected no tRNS chunk in a picture with an alpha channel");
  }
  if (colorType === INDEXED) {
    if (palette === undefined) throw bad("expected PLTE before tRNS");
    if (data.length < 1 || data.length > palette.length / 3) {
      throw bad(`expected tRNS with 1 to ${palette.length / 3} entries, got ${data.length}`);
    }
    return;
  }
  const expected = colorType === RGB ? 6 : 2;
  if (data.length !== expected) throw bad(`expected tRNS with ${expected} bytes, got ${data.length}`);
}

/** The chunks read so far. */
interface Progress {
  header: Header | undefined;
  palette: Uint8Array | undefined;
  transparency: Uint8Array | undefined;
  readonly texts: TextChunk[];
  data: SplitData | undefined;
  /** True once the header of the first IDAT chunk was read. */
  reachedPixels: boolean;
}

function createProgress(): Progress {
  return {
    header: undefined,
    palette: undefined,
    transparency: undefined,
    texts: [],
    data: undefined,
    reachedPixels: false,
  };
}

/** Reads chunks into `progress`. If it throws, the chunks read before remain in `progress`. */
function readChunks(bytes: Uint8Array, limits: PngLimits, progress: Progress): void {
  const chunks = new ChunkReader(bytes, limits);
  let previous: string | undefined;
  for (let type = chunks.next(); type !== undefined; type = chunks.next()) {
    const { header } = progress;
    if (header === undefined) {
      if (type !== "IHDR") throw bad(`expected IHDR as the first chunk, got ${type}`);
      progress.header = readHeader(chunks.data(), limits);
    } else if (type === "IDAT") {
      progress.reachedPixels = true;
      readPixels(bytes, header, chunks, previous, progress);
    } else if (type === "PLTE" || type === "tRNS") {
      readColors(type, header, chunks.data(), progress);
    } else if (type === "tEXt" || type === "zTXt" || type === "iTXt") {
      readText(type, chunks, progress.texts);
    } else if (type === "IEND") {
      const { length } = chunks.data();
      if (length > 0) throw bad(`expected IEND without data, got ${length} bytes`);
    } else {
      if (type === "IHDR" || !isAncillary(type)) {
        throw bad(type === "IHDR" ? "expected one IHDR chunk, got two" : `unknown critical chunk ${type}`);
      }
      chunks.check();
    }
    previous = type;
  }
  if (progress.data === undefined) throw bad("expected at least one IDAT chunk, got none");
}

function readPixels(
  bytes: Uint8Array,
  { colorType }: Header,
  chunks: ChunkReader,
  previous: string | undefined,
  progress: Progress,
): void {
  chunks.check();
  if (progress.data !== undefined && previous !== "IDAT") {
    throw bad(`expected consecutive IDAT chunks, got ${previous} between them`);
  }
  if (colorType === INDEXED && progress.palette === undefined) {
    throw bad("expected PLTE before the IDAT chunks of an indexed picture");
  }
  const read = progress.data ?? { bytes, offset: chunks.offset, length: 0 };
  // Without an object for each: a file may hold millions of chunks without data.
  if (chunks.length === 0) {
    progress.data = read;
  } else {
    const offset = read.length === 0 ? chunks.offset : read.offset;
    progress.data = { bytes, offset, length: read.length + chunks.length };
  }
}

/** Keeps a text of a cartridge. All other texts, of any size and form, are skipped. */
function readText(type: "tEXt" | "zTXt" | "iTXt", chunks: ChunkReader, texts: TextChunk[]): void {
  chunks.check();
  const keyword = chunks.keyword()?.toLowerCase();
  if (keyword === undefined) return;
  if (texts.filter((text) => text.keyword.toLowerCase() === keyword).length === 2) return;
  texts.push(readTextChunk(type, chunks.data()));
}

function readColors(type: "PLTE" | "tRNS", header: Header, data: Uint8Array, progress: Progress): void {
  const { palette, transparency } = progress;
  if ((type === "PLTE" ? palette : transparency) !== undefined) {
    throw bad(`expected one ${type} chunk, got two`);
  }
  if (progress.data !== undefined || (type === "PLTE" && transparency !== undefined)) {
    throw bad(`expected ${type} before ${progress.data !== undefined ? "IDAT" : "tRNS"}`);
  }
  if (type === "PLTE") {
    checkPalette(header, data);
    progress.palette = data;
  } else {
    checkTransparency(header, palette, data);
    progress.transparency = data;
  }
}

/**
 * Reads and checks the whole file except the content of its pixel data.
 *
 * @throws {CartridgeError} on any breach of PNG 3rd ed. §5.6 (order and number of chunks) or of `limits`.
 */
export function readStructure(bytes: Uint8Array, limits: PngLimits): Structure {
  const progress = createProgress();
  readChunks(bytes, limits, progress);
  return progress as Structure;
}

/** The texts of a file that may be cut or damaged from its first IDAT chunk on. */
export interface LeadingTexts extends Pick<Structure, "header" | "texts"> {
  /** The reason why the rest of the file was not read; undefined if it was. */
  readonly damage: CartridgeError | undefined;
}

/**
 * Reads the texts as `readStructure` does, but needs no byte after the type of the first IDAT chunk. If a later chunk is
 * cut or damaged, the texts before it are returned.
 *
 * @throws {CartridgeError} as `readStructure` does for damage before that.
 */
export function readLeadingTexts(bytes: Uint8Array, limits: PngLimits): LeadingTexts {
  const progress = createProgress();
  let damage: CartridgeError | undefined;
  try {
    readChunks(bytes, limits, progress);
  } catch (error) {
    if (!(error instanceof CartridgeError) || !progress.reachedPixels) throw error;
    damage = error;
  }
  return { header: progress.header as Header, texts: progress.texts, damage };
}
