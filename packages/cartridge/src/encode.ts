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
import type { Form } from "./pack-animation.ts";
import { textChunk } from "./text.ts";
import type {
  DrawingRecord,
  EncodeOptions,
  EncodePngOptions,
  Frame,
  Params,
  RecordedAnimation,
} from "./types.ts";

export const SOFTWARE = "@gvpie/cartridge";
/** Bytes of the longest `gvpie` text that is not compressed. */
const MAX_PLAIN_RECORD = 48 * 1024;
/** Bytes of the longest `gvpie` text that holds the program: Pillow rejects a PNG with a longer compressed text. */
const MAX_RECORD = 1024 * 1024;

const PNG_OPTIONS = ["colorType"];
/** The names of the options of a cartridge. */
export const OPTIONS: readonly string[] = [
  ...PNG_OPTIONS,
  "program",
  "language",
  "background",
  "params",
  "createdAt",
  "engine",
  "limits",
];

/** Checks an option. Throws a TypeError. */
export function checkColorType(colorType: unknown): "auto" | "rgba" {
  if (colorType === undefined || colorType === "auto") return "auto";
  if (colorType === "rgba") return colorType;
  throw new TypeError(`expected colorType as "auto" or "rgba", got ${describeValue(colorType)}`);
}

/** Returns IHDR, and the chunks of the palette. */
export function formChunks(
  { width, height }: Pick<Frame, "width" | "height">,
  { depth, colorType, palette, transparency }: Form,
): { readonly header: Chunk; readonly tables: readonly Chunk[] } {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([depth, colorType], 8);
  const tables: Chunk[] = [];
  if (palette !== undefined) tables.push({ type: "PLTE", data: palette });
  if (transparency !== undefined) tables.push({ type: "tRNS", data: transparency });
  return { header: { type: "IHDR", data: header }, tables };
}

export const IEND: Chunk = { type: "IEND", data: new Uint8Array(0) };

/** Returns the chunks of a PNG without texts, IHDR first. */
export async function imageChunks(frame: Frame, image: PackedImage): Promise<readonly [Chunk, ...Chunk[]]> {
  const { header, tables } = formChunks(frame, image);
  return [header, ...tables, { type: "IDAT", data: await platform.deflate(image.scanlines) }, IEND];
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
function formatTime(time: unknown = platform.now()): string {
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

function drawingRecord(options: EncodeOptions): Omit<DrawingRecord, "width" | "height" | "animation"> {
  const { program, engine } = options;
  const { language = DEFAULT_LANGUAGE, background = DEFAULT_BACKGROUND } = options;
  for (const [name, value] of Object.entries({ program, language, background, engine })) {
    checkString(name, value);
  }
  if (program !== undefined && options.language === undefined) {
    throw new TypeError(
      "expected language with program, such as languageOf(program) of @gvpie/pxl-parser, got none: an older reader must be able to say that it is newer",
    );
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
    background,
    params: params as Params,
    engine,
    limits,
  };
}

/** The content of the texts of a cartridge, but for the picture. */
export interface Claim {
  readonly record: Omit<DrawingRecord, "width" | "height" | "animation">;
  readonly createdAt: string;
}

/** Checks the options of a cartridge and copies them: a later change has no effect. */
export function claimOf(options: EncodeOptions): Claim {
  return { record: drawingRecord(options), createdAt: formatTime(options.createdAt) };
}

/** Returns the texts of a cartridge. */
export async function claimChunks(
  { record, createdAt }: Claim,
  { width, height }: Pick<Frame, "width" | "height">,
  checksum: string,
  animation?: RecordedAnimation,
): Promise<readonly Chunk[]> {
  return [
    await textChunk(KEYWORDS.type, CARTRIDGE_TYPE, false),
    await textChunk(KEYWORDS.checksum, checksum, false),
    await textChunk(KEYWORDS.createdAt, createdAt, false),
    await textChunk(KEYWORDS.software, SOFTWARE, false),
    await recordChunk({ ...record, width, height, animation }),
  ];
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
 * @throws {TypeError} as `encodePng` does, or if a program is given without `language` or has lone surrogates, or a parameter is neither a string nor a
 * finite number.
 */
export async function encodeCartridge(
  frame: Frame,
  options: EncodeOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions("options", options, OPTIONS);
  const checked = checkFrame(frame);
  const claim = claimOf(options);
  // Both read the frame before anything is awaited: the caller may draw into it again at once.
  const image = packFrame(checked, checkColorType(options.colorType));
  const [checksum, [header, ...rest]] = await Promise.all([
    platform.sha256(checked.data),
    imageChunks(checked, image),
  ]);
  // The texts stand before the pixels: Pillow and other readers do not show texts after them.
  return assemblePng([header, ...(await claimChunks(claim, checked, checksum)), ...rest]);
}
