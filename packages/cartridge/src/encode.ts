import { platform } from "#platform";
import { assemblePng, type Chunk } from "./chunk.ts";
import {
  DEFAULT_BACKGROUND,
  DEFAULT_LANGUAGE,
  isLanguage,
  isNeededLimits,
  writeDrawingRecord,
} from "./drawing-record.ts";
import { checkFrame } from "./frame.ts";
import { KEYWORDS } from "./keywords.ts";
import { CARTRIDGE_TYPE } from "./metadata.ts";
import { checkOptions, checkString, copyPlainObject, describeValue } from "./options.ts";
import { type PackedImage, packFrame } from "./pack.ts";
import { textChunk } from "./text.ts";
import type { DrawingRecord, EncodeOptions, EncodePngOptions, Frame, Params } from "./types.ts";

export const SOFTWARE = "@gvpie/cartridge";
/** Bytes of the longest `gvpie` text that is not compressed. */
const MAX_PLAIN_RECORD = 48 * 1024;
/** Bytes of the longest `gvpie` text that holds the program: Pillow rejects a PNG with a longer compressed text. */
const MAX_RECORD = 1024 * 1024;

const PNG_OPTIONS = ["colorType"];
const OPTIONS = [
  ...PNG_OPTIONS,
  "program",
  "language",
  "background",
  "params",
  "createdAt",
  "engine",
  "limits",
];

function checkColorType(colorType: unknown): "auto" | "rgba" {
  if (colorType === undefined || colorType === "auto") return "auto";
  if (colorType === "rgba") return colorType;
  throw new TypeError(`expected colorType as "auto" or "rgba", got ${describeValue(colorType)}`);
}

/** Returns the chunks of a PNG without texts, IHDR first. */
export async function imageChunks(
  { width, height }: Frame,
  image: PackedImage,
): Promise<readonly [Chunk, ...Chunk[]]> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([image.depth, image.colorType], 8);
  const chunks: [Chunk, ...Chunk[]] = [{ type: "IHDR", data: header }];
  if (image.palette !== undefined) chunks.push({ type: "PLTE", data: image.palette });
  if (image.transparency !== undefined) chunks.push({ type: "tRNS", data: image.transparency });
  chunks.push({ type: "IDAT", data: await platform.deflate(image.scanlines) });
  chunks.push({ type: "IEND", data: new Uint8Array(0) });
  return chunks;
}

/** Returns the chunk of a `gvpie` text, compressed if it is long. */
export function recordTextChunk(text: string): Promise<Chunk> {
  return textChunk(KEYWORDS.record, text, text.length > MAX_PLAIN_RECORD);
}

async function recordChunk(record: DrawingRecord): Promise<Chunk> {
  const text = writeDrawingRecord(record);
  if (text.length <= MAX_RECORD) return recordTextChunk(text);
  if (record.program === undefined) {
    throw new RangeError(
      `expected background, params and engine of at most ${MAX_RECORD} bytes, got ${text.length}`,
    );
  }
  const programSha256 = await platform.sha256(new TextEncoder().encode(record.program));
  return recordChunk({ ...record, program: undefined, programSha256 });
}

/** Returns the time in ISO 8601, UTC. */
function formatTime(time: unknown): string {
  // A Date of another realm is one, too.
  if (Object.prototype.toString.call(time) !== "[object Date]") {
    const remedy = typeof time === "number" ? ": pass new Date(milliseconds)" : "";
    throw new TypeError(`expected createdAt as a Date, got ${describeValue(time)}${remedy}`);
  }
  const year = (time as Date).getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) {
    throw new RangeError("expected createdAt in the years 0 to 9999, got another or an invalid date");
  }
  return (time as Date).toISOString();
}

/** Checks the options and copies them: a later change has no effect. */
function drawingRecord({ width, height }: Frame, options: EncodeOptions): DrawingRecord {
  const { program, engine } = options;
  const { language = DEFAULT_LANGUAGE, background = DEFAULT_BACKGROUND } = options;
  for (const [name, value] of Object.entries({ program, language, background, engine })) {
    checkString(name, value);
  }
  if (program?.isWellFormed() === false) {
    throw new TypeError("expected a program of well-formed Unicode, got lone surrogates");
  }
  if (!isLanguage(language)) {
    throw new RangeError(
      `expected language as a positive integer in decimal digits, got ${JSON.stringify(language)}`,
    );
  }
  const params = options.params === undefined ? {} : copyPlainObject("params", options.params);
  for (const [name, value] of Object.entries(params)) {
    if (typeof value === "string" || Number.isFinite(value)) continue;
    const shown = JSON.stringify(name.slice(0, 40));
    throw new TypeError(
      `expected params of strings and finite numbers, got ${describeValue(value)} as ${shown}`,
    );
  }
  const limits = options.limits === undefined ? undefined : copyPlainObject("limits", options.limits);
  if (limits !== undefined && !isNeededLimits(limits)) {
    const found = Object.entries(limits)
      .slice(0, 8)
      .map(([name, value]) => `${name.slice(0, 40)}: ${describeValue(value)}`);
    throw new TypeError(
      `expected limits as at most 32 limit names with positive integers, got ${found.join(", ")}`,
    );
  }
  return {
    program,
    programSha256: undefined,
    language,
    width,
    height,
    background,
    params: params as Params,
    engine,
    limits,
  };
}

/**
 * Encodes a frame as a PNG without texts.
 *
 * In one runtime, equal frames give equal bytes; another runtime may compress differently.
 *
 * @throws {TypeError} if the frame's samples are not bytes, or an option is unknown or of another type.
 * @throws {RangeError} if the frame's sides and data do not match, or it has more than 67,108,864 pixels.
 */
export async function encodePng(
  frame: Frame,
  options: EncodePngOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions("options", options, PNG_OPTIONS);
  const checked = checkFrame(frame);
  return assemblePng(await imageChunks(checked, packFrame(checked, checkColorType(options.colorType))));
}

/**
 * Encodes a frame as a cartridge: a PNG with the program that drew it and a checksum of its pixels.
 *
 * In one runtime, equal frames and options give equal bytes if `createdAt` or SOURCE_DATE_EPOCH is set.
 *
 * @throws {RangeError} as `encodePng` does, or if `createdAt` is out of range, or if background, params and engine
 * exceed 1 MiB.
 * @throws {TypeError} as `encodePng` does, or if the program has lone surrogates, or a parameter is neither a string nor a
 * finite number.
 */
export async function encodeCartridge(
  frame: Frame,
  options: EncodeOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions("options", options, OPTIONS);
  const checked = checkFrame(frame);
  const record = drawingRecord(checked, options);
  const createdAt = formatTime(options.createdAt === undefined ? platform.now() : options.createdAt);
  // Both read the frame before anything is awaited: the caller may draw into it again at once.
  const image = packFrame(checked, checkColorType(options.colorType));
  const [checksum, [header, ...rest]] = await Promise.all([
    platform.sha256(checked.data),
    imageChunks(checked, image),
  ]);
  // The texts stand before the pixels: Pillow and other readers do not show texts after them.
  return assemblePng([
    header,
    await textChunk(KEYWORDS.type, CARTRIDGE_TYPE, false),
    await textChunk(KEYWORDS.checksum, checksum, false),
    await textChunk(KEYWORDS.createdAt, createdAt, false),
    await textChunk(KEYWORDS.software, SOFTWARE, false),
    await recordChunk(record),
    ...rest,
  ]);
}
