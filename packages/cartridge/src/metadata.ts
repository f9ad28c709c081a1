import { CartridgeError } from "./errors.ts";
import { readDrawingRecord } from "./drawing-record.ts";
import { KEYWORDS } from "./keywords.ts";
import type { Structure } from "./structure.ts";
import { quote, textOf, type TextChunk } from "./text.ts";
import type { CartridgeMetadata, PngLimits } from "./types.ts";

export const CARTRIDGE_TYPE = "pixel";

/** Parses ISO 8601 with a zone, or the Unix seconds of old cartridges. */
function parseTime(text: string): Date | undefined {
  const unix = /^\d{1,12}(?:\.\d{1,9})?$/.test(text);
  if (!unix && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(text)) {
    return undefined;
  }
  const time = new Date(unix ? Math.round(Number(text) * 1000) : text);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** Returns the first text with a keyword. iTXt is not a form of a cartridge's text. */
export function findText(texts: readonly TextChunk[], wanted: string): TextChunk | undefined {
  return texts.find(({ type, keyword }) => keyword === wanted && type !== "iTXt");
}

/** The keywords of the texts that a verification rests on. The others inform only, and cannot make a file unreadable. */
const PROVING: ReadonlySet<string> = new Set([KEYWORDS.type, KEYWORDS.checksum, KEYWORDS.record]);

/** True for the checksum of a cartridge; `checksum` is also a keyword of other programs. */
function isChecksum(text: string): boolean {
  return /^[0-9A-Fa-f]{64}$/.test(text);
}

/**
 * Checks that every reader finds the same proving texts: each once, in exactly its keyword, in tEXt or zTXt. Readers differ
 * in which of two texts they return, in whether they read iTXt, and in whether `Checksum` is `checksum`.
 */
function checkUnambiguous(texts: readonly TextChunk[]): void {
  const seen = new Set<string>();
  for (const { type, keyword } of texts) {
    const wanted = keyword.toLowerCase();
    const found = type === "iTXt" ? `${keyword} in iTXt` : keyword;
    if (found !== wanted || seen.has(wanted)) {
      const problem = seen.has(wanted) ? `${found} in addition` : found;
      throw new CartridgeError(
        "CARTRIDGE_BAD_METADATA",
        `expected the text ${wanted} once, in tEXt or zTXt, got ${problem}: readers disagree on the one to use`,
      );
    }
    seen.add(wanted);
  }
}

/** Returns a proving text. It must be ASCII: readers disagree on the encoding of other bytes. */
function provingText(chunk: TextChunk, maxBytes: number): string {
  const text = textOf(chunk, maxBytes);
  // oxlint-disable-next-line no-control-regex
  if (/[^\0-\x7f]/.test(text)) {
    throw new CartridgeError(
      "CARTRIDGE_BAD_METADATA",
      `the text ${chunk.keyword}: expected ASCII, got other characters: readers disagree on their encoding`,
    );
  }
  return text;
}

/** Returns the text if it is valid; undefined if it is too long or damaged. */
function optionalText(chunk: TextChunk | undefined, maxBytes: number): string | undefined {
  try {
    return chunk === undefined ? undefined : textOf(chunk, maxBytes);
  } catch (error) {
    if (error instanceof CartridgeError) return undefined;
    throw error;
  }
}

/**
 * Returns the metadata in the texts of a PNG; undefined if the PNG is not a cartridge.
 *
 * @throws {CartridgeError} CARTRIDGE_BAD_METADATA, CARTRIDGE_UNSUPPORTED, CARTRIDGE_LIMIT.
 */
export function readMetadata(
  structure: Pick<Structure, "header" | "texts">,
  limits: PngLimits,
): CartridgeMetadata | undefined {
  const { texts } = structure;
  const proving = texts.filter(({ keyword }) => PROVING.has(keyword.toLowerCase()));
  const type = findText(texts, KEYWORDS.type);
  const record = findText(texts, KEYWORDS.record);
  const isOurs = type !== undefined || record !== undefined;
  if (isOurs) {
    checkUnambiguous(proving);
  } else if (proving.length !== 1) {
    return undefined;
  }
  const found = type !== undefined ? provingText(type, limits.textBytes) : undefined;
  if (found !== undefined && found !== CARTRIDGE_TYPE) {
    throw new CartridgeError(
      "CARTRIDGE_UNSUPPORTED",
      `expected a cartridge of type "${CARTRIDGE_TYPE}", got ${quote(found)}`,
    );
  }
  // Another form is another program's: it proves nothing, so it does not decide.
  const checksum = optionalText(findText(texts, KEYWORDS.checksum), limits.textBytes);
  const isValid = checksum !== undefined && isChecksum(checksum);
  if (!isOurs && !isValid) return undefined;
  const { width, height } = structure.header;
  return {
    width,
    height,
    cartridgeType: found,
    checksum: isValid ? checksum : undefined,
    createdAt: parseTime(optionalText(findText(texts, KEYWORDS.createdAt), limits.textBytes) ?? ""),
    software: optionalText(findText(texts, KEYWORDS.software), limits.textBytes),
    gvpie: record === undefined ? undefined : readDrawingRecord(provingText(record, limits.recordBytes)),
  };
}

/** True if the texts are those of a cartridge, and not only a `checksum` that may be another program's. */
export function isCartridge({ cartridgeType, gvpie }: CartridgeMetadata): boolean {
  return cartridgeType !== undefined || gvpie !== undefined;
}
