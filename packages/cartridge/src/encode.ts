import { platform } from "#platform";
import { assemblePng, type Chunk } from "./chunk.ts";
import { DEFAULT_BACKGROUND, DEFAULT_LANGUAGE, isParams, writeDrawingRecord } from "./drawing-record.ts";
import { MAX_PIXELS } from "./limits.ts";
import { CARTRIDGE_TYPE, KEYWORDS } from "./metadata.ts";
import { type PackedImage, packFrame } from "./pack.ts";
import { textChunk } from "./text.ts";
import type { DrawingRecord, EncodeOptions, EncodePngOptions, Frame } from "./types.ts";

const SOFTWARE = "@gvpie/cartridge";
/** Bytes of the `gvpie` text that are left uncompressed. */
const MAX_PLAIN_RECORD = 48 * 1024;
/** Bytes of the `gvpie` text above which the program is left out: Pillow opens no PNG with a longer compressed text. */
const MAX_RECORD = 1024 * 1024;

function checkFrame({ width, height, data }: Frame): void {
  if (!Number.isSafeInteger(width) || !Number.isSafeInteger(height) || width < 1 || height < 1) {
    throw new RangeError(`a frame has whole, positive sides, not ${width}×${height}`);
  }
  if (width * height > MAX_PIXELS) {
    throw new RangeError(`a frame has at most ${MAX_PIXELS} pixels, not ${width}×${height}`);
  }
  if (data.length !== width * height * 4) {
    throw new RangeError(`a frame of ${width}×${height} has ${width * height * 4} bytes, not ${data.length}`);
  }
}

async function imageChunks(
  { width, height }: Frame,
  image: PackedImage,
): Promise<readonly [Chunk, ...Chunk[]]> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([image.depth, image.colorType], 8);
  const chunks: [Chunk, ...Chunk[]] = [{ type: "IHDR", data: header }];
  if (image.palette !== undefined) {
    chunks.push({ type: "PLTE", data: image.palette });
  }
  if (image.transparency !== undefined) {
    chunks.push({ type: "tRNS", data: image.transparency });
  }
  chunks.push({ type: "IDAT", data: await platform.deflate(image.scanlines) });
  chunks.push({ type: "IEND", data: new Uint8Array(0) });
  return chunks;
}

async function recordChunk(record: DrawingRecord): Promise<Chunk> {
  const text = writeDrawingRecord(record);
  if (text.length <= MAX_RECORD) {
    return textChunk(KEYWORDS.record, text, text.length > MAX_PLAIN_RECORD);
  }
  if (record.program === undefined) {
    throw new RangeError(
      `background, params and engine take ${text.length} bytes, at most ${MAX_RECORD} fit`,
    );
  }
  const programSha256 = await platform.sha256(new TextEncoder().encode(record.program));
  return recordChunk({ ...record, program: undefined, programSha256 });
}

/** A year that ISO 8601 writes with four digits. */
function formatTime(time: Date): string {
  const year = time.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) {
    throw new RangeError("createdAt must be a valid date in the years 0 … 9999");
  }
  return time.toISOString();
}

function drawingRecord({ width, height }: Frame, options: EncodeOptions): DrawingRecord {
  const { program, params = {}, engine } = options;
  const { language = DEFAULT_LANGUAGE, background = DEFAULT_BACKGROUND } = options;
  if (program?.isWellFormed() === false) {
    throw new TypeError("a program must not hold lone surrogates");
  }
  if (!isParams(params)) {
    throw new TypeError("params must be strings or finite numbers");
  }
  return { program, programSha256: undefined, language, width, height, background, params, engine };
}

/**
 * Encode a frame as a plain PNG, without any text.
 *
 * The same frame gives the same bytes in one runtime; another may compress differently.
 *
 * @throws {RangeError} when the frame's sides and data do not fit together, or it has more than 67,108,864 pixels.
 */
export async function encodePng(frame: Frame, options: EncodePngOptions = {}): Promise<Uint8Array> {
  checkFrame(frame);
  return assemblePng(await imageChunks(frame, packFrame(frame, options.colorType ?? "auto")));
}

/**
 * Encode a frame as a cartridge: a PNG that carries the program which drew it, and a checksum of its pixels.
 *
 * The same frame and options give the same bytes in one runtime, if `createdAt` or SOURCE_DATE_EPOCH is given.
 *
 * @throws {RangeError} as `encodePng` does, or on `createdAt`.
 * @throws {TypeError} on a program that is no well-formed text, or a parameter that is neither text nor number.
 */
export async function encodeCartridge(frame: Frame, options: EncodeOptions = {}): Promise<Uint8Array> {
  checkFrame(frame);
  const record = drawingRecord(frame, options);
  const createdAt = formatTime(options.createdAt ?? platform.now());
  const [header, ...image] = await imageChunks(frame, packFrame(frame, options.colorType ?? "auto"));
  // Before the pixels: some readers, Pillow among them, show no text that stands after them.
  return assemblePng([
    header,
    await textChunk(KEYWORDS.type, CARTRIDGE_TYPE, false),
    await textChunk(KEYWORDS.checksum, await platform.sha256(frame.data), false),
    await textChunk(KEYWORDS.createdAt, createdAt, false),
    await textChunk(KEYWORDS.software, SOFTWARE, false),
    await recordChunk(record),
    ...image,
  ]);
}
