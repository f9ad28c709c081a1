import { CartridgeError } from "./errors.ts";
import type { DrawingRecord, Params } from "./types.ts";

/** Version of the JSON object. A reader refuses a higher one. */
const VERSION = 1;
export const DEFAULT_LANGUAGE = "1";
export const DEFAULT_BACKGROUND = "#000000ff";

function bad(message: string, options?: ErrorOptions): CartridgeError {
  return new CartridgeError("CARTRIDGE_BAD_METADATA", `the gvpie text ${message}`, options);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function optionalString(record: Record<string, unknown>, key: string): string | undefined {
  const value = record[key];
  if (value !== undefined && typeof value !== "string") {
    throw bad(`has a ${key} that is not a string`);
  }
  return value;
}

function side(record: Record<string, unknown>, key: "width" | "height"): number {
  const value = record[key];
  if (!Number.isSafeInteger(value) || (value as number) < 1) {
    throw bad(`has a ${key} that is not a positive integer`);
  }
  return value as number;
}

/** Whether every value is a string or a finite number. */
export function isParams(value: unknown): value is Params {
  return isObject(value) && Object.values(value).every((v) => typeof v === "string" || Number.isFinite(v));
}

/**
 * Read the JSON of the `gvpie` text. Unknown keys are ignored.
 *
 * @throws {CartridgeError} CARTRIDGE_BAD_METADATA; CARTRIDGE_UNSUPPORTED for a later version.
 */
export function readDrawingRecord(text: string): DrawingRecord {
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch (cause) {
    throw bad("is not JSON", { cause });
  }
  if (!isObject(record)) {
    throw bad("is not a JSON object");
  }
  const { v, params = {} } = record;
  if (!Number.isSafeInteger(v) || (v as number) < 1) {
    throw bad("has no version");
  }
  if (v !== VERSION) {
    throw new CartridgeError(
      "CARTRIDGE_UNSUPPORTED",
      `the gvpie text has version ${v as number}; this reader knows ${VERSION}, a newer one is needed`,
    );
  }
  const programSha256 = optionalString(record, "programSha256");
  if (programSha256 !== undefined && !/^[0-9a-f]{64}$/.test(programSha256)) {
    throw bad("has a programSha256 that is not 64 lower-case hex digits");
  }
  if (!isParams(params)) {
    throw bad("has params that are not all strings or numbers");
  }
  return {
    program: optionalString(record, "program"),
    programSha256,
    language: optionalString(record, "language") ?? DEFAULT_LANGUAGE,
    width: side(record, "width"),
    height: side(record, "height"),
    background: optionalString(record, "background") ?? DEFAULT_BACKGROUND,
    params,
    engine: optionalString(record, "engine"),
  };
}

/**
 * The JSON of the `gvpie` text: the same record gives the same characters, all of them ASCII, so that the text survives
 * programs that re-encode PNG texts.
 */
export function writeDrawingRecord(record: DrawingRecord): string {
  const { program, programSha256, language, width, height, background, params, engine } = record;
  const sorted = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  const json = JSON.stringify({
    v: VERSION,
    program,
    programSha256,
    language,
    width,
    height,
    background,
    params: Object.fromEntries(sorted),
    engine,
  });
  return json.replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
