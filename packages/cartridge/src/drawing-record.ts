import { CartridgeError } from "./errors.ts";
import { describeValue } from "./options.ts";
import { findAmbiguity } from "./strict-json.ts";
import { quote } from "./text.ts";
import type { DrawingRecord, NeededLimits, Params, RecordedAnimation } from "./types.ts";

/** Version of the JSON object. A reader rejects any other. */
const VERSION = 1;
export const DEFAULT_LANGUAGE = "1";
/** The newest version of the language that a verifier knows. */
export const NEWEST_LANGUAGE = 2;
export const DEFAULT_BACKGROUND = "#000000ff";

function bad(message: string, options?: ErrorOptions): CartridgeError {
  return new CartridgeError("CARTRIDGE_BAD_METADATA", `the gvpie text: expected ${message}`, options);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Describes a value from JSON in an error message, without its texts. */
function describe(value: unknown): string {
  if (typeof value === "string") return "a string";
  return typeof value === "object" && value !== null ? describeValue(value) : String(value);
}

function optionalString(record: Record<string, unknown>, key: string): string | undefined {
  const value = record[key];
  if (value !== undefined && typeof value !== "string") {
    throw bad(`a string as ${key}, got ${describe(value)}`);
  }
  return value;
}

function side(record: Record<string, unknown>, key: "width" | "height"): number {
  const value = record[key];
  if (!Number.isSafeInteger(value) || (value as number) < 1) {
    throw bad(`a positive integer as ${key}, got ${describe(value)}`);
  }
  return value as number;
}

/** True if every value is a string or a finite number. */
function isParams(value: unknown): value is Params {
  return isObject(value) && Object.values(value).every((v) => typeof v === "string" || Number.isFinite(v));
}

/** True for a version of the language: a positive integer of at most 9 decimal digits. */
export function isLanguage(text: string): boolean {
  return /^[1-9]\d{0,8}$/.test(text);
}

/** The most frames of an animation, and the most milliseconds of each: those of the language. */
export const MAX_FRAMES = 65_535;
export const MAX_DELAY_MS = 65_535;

/** True for an integer from 1 to `most`. */
export function isCount(value: unknown, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= most;
}

function isSha256(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

function animationOf(value: unknown): RecordedAnimation | undefined {
  if (value === undefined) return undefined;
  if (!isObject(value)) throw bad(`an object as animation, got ${describe(value)}`);
  const { frames, delayMs, sha256 } = value;
  if (!isCount(frames, MAX_FRAMES) || !isCount(delayMs, MAX_DELAY_MS)) {
    throw bad(
      `animation with frames and delayMs from 1 to 65535, got ${describe(frames)} and ${describe(delayMs)}`,
    );
  }
  if (!isSha256(sha256)) throw bad("animation with 64 lower-case hex digits as sha256");
  return { frames, delayMs, sha256 };
}

/** The most limits that a record may name. */
const MAX_LIMITS = 32;

/** True if the value is an object of up to 32 positive integers by limit name. */
export function isNeededLimits(value: unknown): value is NeededLimits {
  if (!isObject(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= MAX_LIMITS &&
    entries.every(
      ([name, needed]) =>
        /^[a-z][A-Za-z]{0,31}$/.test(name) && Number.isSafeInteger(needed) && (needed as number) > 0,
    )
  );
}

/** Returns the object with its keys sorted by UTF-16 code unit. */
function sorted<T>(values: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Parses the JSON of the `gvpie` text. Unknown keys are ignored.
 *
 * @throws {CartridgeError} CARTRIDGE_BAD_METADATA; CARTRIDGE_UNSUPPORTED for another version.
 */
export function readDrawingRecord(text: string): DrawingRecord {
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch (cause) {
    throw bad("JSON", { cause });
  }
  const ambiguity = findAmbiguity(text);
  if (ambiguity !== undefined) {
    const { offset, expected, got } = ambiguity;
    throw bad(`${expected}, got ${quote(got)} at offset ${offset}: readers disagree on its value`);
  }
  if (!isObject(record)) throw bad(`a JSON object, got ${describe(record)}`);
  const { v, params = {}, limits } = record;
  if (!Number.isSafeInteger(v) || (v as number) < 1) throw bad(`a version as v, got ${describe(v)}`);
  if (v !== VERSION) {
    throw new CartridgeError(
      "CARTRIDGE_UNSUPPORTED",
      `the gvpie text: expected version ${VERSION}, got ${v as number}; a newer @gvpie/cartridge is needed`,
    );
  }
  const programSha256 = optionalString(record, "programSha256");
  if (programSha256 !== undefined && !isSha256(programSha256)) {
    throw bad(`64 lower-case hex digits as programSha256, got ${quote(programSha256)}`);
  }
  const program = optionalString(record, "program");
  if (program !== undefined && programSha256 !== undefined) {
    throw bad("either program or programSha256, got both: readers disagree on the one to use");
  }
  const language = optionalString(record, "language") ?? DEFAULT_LANGUAGE;
  if (!isLanguage(language)) {
    throw bad(`language as a positive integer in decimal digits, got ${quote(language)}`);
  }
  if (!isParams(params)) throw bad("an object of strings and numbers as params");
  if (limits !== undefined && !isNeededLimits(limits)) {
    throw bad(`an object of at most ${MAX_LIMITS} limit names with positive integers as limits`);
  }
  return {
    program,
    programSha256,
    language,
    width: side(record, "width"),
    height: side(record, "height"),
    background: optionalString(record, "background") ?? DEFAULT_BACKGROUND,
    params,
    engine: optionalString(record, "engine"),
    limits,
    animation: animationOf(record["animation"]),
  };
}

/**
 * Returns the JSON of the `gvpie` text. Equal records give equal text. It is ASCII, so that it survives programs that
 * re-encode PNG texts.
 */
export function writeDrawingRecord(record: DrawingRecord): string {
  const { program, programSha256, language, width, height, background, params, engine, limits, animation } =
    record;
  const json = JSON.stringify({
    v: VERSION,
    program,
    programSha256,
    language,
    width,
    height,
    background,
    params: sorted(params),
    engine,
    limits: limits === undefined || Object.keys(limits).length === 0 ? undefined : sorted(limits),
    animation: animation && {
      frames: animation.frames,
      delayMs: animation.delayMs,
      sha256: animation.sha256,
    },
  });
  return json.replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
