import { CartridgeError } from "./errors.ts";
import { readDrawingRecord } from "./drawing-record.ts";
import { KEYWORDS } from "./keywords.ts";
import type { Structure } from "./structure.ts";
import { textOf } from "./text.ts";
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

/** Returns the texts of a cartridge by keyword. Each may occur once. */
function collectTexts(texts: Structure["texts"], limits: PngLimits): ReadonlyMap<string, string> {
  const known: ReadonlySet<string> = new Set(Object.values(KEYWORDS));
  const found = new Map<string, string>();
  for (const text of texts) {
    const { keyword } = text;
    if (!known.has(keyword)) continue;
    if (found.has(keyword)) {
      throw new CartridgeError("CARTRIDGE_BAD_METADATA", `expected the text ${keyword} once, got it twice`);
    }
    found.set(keyword, textOf(text, keyword === KEYWORDS.record ? limits.recordBytes : limits.textBytes));
  }
  return found;
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
  const texts = collectTexts(structure.texts, limits);
  const type = texts.get(KEYWORDS.type);
  const checksum = texts.get(KEYWORDS.checksum);
  const record = texts.get(KEYWORDS.record);
  if (type === undefined && checksum === undefined && record === undefined) return undefined;
  if (type !== undefined && type !== CARTRIDGE_TYPE) {
    throw new CartridgeError(
      "CARTRIDGE_UNSUPPORTED",
      `expected a cartridge of type "${CARTRIDGE_TYPE}", got ${JSON.stringify(type.slice(0, 40))}`,
    );
  }
  const { width, height } = structure.header;
  return {
    width,
    height,
    cartridgeType: type,
    checksum,
    createdAt: parseTime(texts.get(KEYWORDS.createdAt) ?? ""),
    software: texts.get(KEYWORDS.software),
    gvpie: record === undefined ? undefined : readDrawingRecord(record),
  };
}
