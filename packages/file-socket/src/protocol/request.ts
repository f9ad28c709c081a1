import { RequestError, type RequestErrorCode } from "../errors.ts";
import { JsonError, type JsonObject, type JsonValue, parseJson } from "./json.ts";
import type { RenderRequest, RequestParams, ServerLimits } from "../types.ts";

/** A validated command. */
export type Command =
  | { readonly op: "ping"; readonly ttlMs: number | undefined }
  | { readonly op: "read_canvas"; readonly ttlMs: undefined }
  | { readonly op: "render_program"; readonly request: RenderRequest; readonly ttlMs: number | undefined };

export const DEFAULT_WIDTH = 128;
export const DEFAULT_HEIGHT = 64;
export const MAX_TTL_MS = 60_000;
const MAX_SIDE = 2 ** 32 - 1;
const MAX_PARAMS = 256;
const MAX_PARAM_LENGTH = 65_536;
const PARAM_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const COLOR = /^#(?:[0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i;

const SLOT_KEYS: ReadonlySet<string> = new Set(["op", "code", "width", "height", "format", "params"]);
const SPOOL_KEYS: ReadonlySet<string> = new Set([...SLOT_KEYS, "id", "ttlMs", "background", "frames"]);

function refusal(code: RequestErrorCode, message: string): RequestError {
  return new RequestError({ status: "bad_request", code, message });
}

function badValue(expected: string, found: JsonValue | undefined): RequestError {
  return refusal("FSOCK_BAD_VALUE", `expected ${expected}, got ${shown(found)}`);
}

/**
 * Parses the bytes of a request.
 *
 * @throws {RequestError} `FSOCK_BAD_JSON`
 */
export function parseRequestJson(bytes: Uint8Array): JsonValue {
  try {
    return parseJson(bytes);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw refusal("FSOCK_BAD_JSON", `the request is not strict JSON: ${error.message}`);
  }
}

/**
 * Validates the content of `cmd.json`.
 *
 * @throws {RequestError}
 */
export function slotCommand(value: JsonValue, limits: ServerLimits): Command {
  const fields = object(value, SLOT_KEYS);
  // The program does not decide: a client of the slot knows the size of the reply.
  const { width = DEFAULT_WIDTH, height = DEFAULT_HEIGHT } = fields;
  const sized = { ...fields, width, height };
  return command(sized, ["render_program", "ping", "read_canvas"], limits);
}

/**
 * Validates the content of a spool request. `id` is the one in its file name; `ttlMs` that of its head, if it has one.
 *
 * @throws {RequestError}
 */
export function spoolCommand(value: JsonValue, id: string, limits: ServerLimits, ttlMs?: number): Command {
  const fields = object(value, SPOOL_KEYS);
  if (fields["id"] !== id) throw badValue(`"id" to be ${id}, as in the file name`, fields["id"]);
  if (ttlMs !== undefined && fields["ttlMs"] !== ttlMs) {
    throw badValue(`"ttlMs" to be ${ttlMs}, as in the head`, fields["ttlMs"]);
  }
  return command(fields, ["render_program", "ping"], limits);
}

function object(value: JsonValue, known: ReadonlySet<string>): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badValue("the request to be an object", value);
  }
  for (const key in value) {
    if (!known.has(key)) {
      throw refusal(
        "FSOCK_UNKNOWN_KEY",
        `expected only the keys ${[...known].join(", ")}, got ${shown(key)}`,
      );
    }
  }
  return value;
}

function command(fields: JsonObject, ops: readonly Command["op"][], limits: ServerLimits): Command {
  const op = fields["op"];
  const known = ops.find((candidate) => candidate === op);
  if (known === undefined) {
    throw refusal("FSOCK_UNKNOWN_OP", `expected "op" to be one of ${ops.join(", ")}, got ${shown(op)}`);
  }
  const ttlMs = integer(fields, "ttlMs", MAX_TTL_MS);
  const width = integer(fields, "width", MAX_SIDE);
  const height = integer(fields, "height", MAX_SIDE);
  const format = fields["format"];
  if (format !== undefined && format !== "RGBA") throw badValue('"format" to be "RGBA"', format);
  const background = color(fields["background"]);
  const params = parameters(fields["params"]);
  const frames = fields["frames"];
  if (frames !== undefined && frames !== "all") throw badValue('"frames" to be "all"', frames);
  const code = fields["code"];
  if (code !== undefined && typeof code !== "string") throw badValue('"code" to be a string', code);
  if (known === "ping") return { op: known, ttlMs };
  if (known === "read_canvas") return { op: known, ttlMs: undefined };
  if (code === undefined) throw refusal("FSOCK_BAD_VALUE", 'expected "code", got a request without it');
  // A side that the request leaves out has at least one pixel.
  if ((width ?? 1) * (height ?? 1) > limits.pixels) {
    throw new RequestError({
      status: "too_large",
      code: "FSOCK_CANVAS_TOO_LARGE",
      message: `expected a canvas of at most ${limits.pixels} pixels, got ${width ?? "?"} × ${height ?? "?"}`,
    });
  }
  return { op: known, request: { code, width, height, background, params, frames }, ttlMs };
}

function integer(fields: JsonObject, key: string, max: number): number | undefined {
  const value = fields[key];
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > max) {
    throw badValue(`"${key}" to be an integer from 1 to ${max}`, value);
  }
  return value;
}

/** Returns a `#rgb`, `#rrggbb` or `#rrggbbaa` colour as `#rrggbbaa`. */
function color(value: JsonValue | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value.length > 9 || !COLOR.test(value)) {
    throw badValue('"background" to be "#rgb", "#rrggbb" or "#rrggbbaa"', value);
  }
  const digits = value.slice(1).toLowerCase();
  if (digits.length === 8) return `#${digits}`;
  return digits.length === 6 ? `#${digits}ff` : `#${digits.replace(/./g, "$&$&")}ff`;
}

function parameters(value: JsonValue | undefined): RequestParams | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badValue('"params" to be an object', value);
  }
  const entries = Object.entries(value);
  if (entries.length > MAX_PARAMS) throw badValue(`at most ${MAX_PARAMS} values in "params"`, entries.length);
  for (const [name, given] of entries) {
    if (!PARAM_NAME.test(name)) {
      throw badValue('a name in "params" to be 1 to 64 letters, digits or "_", the first not a digit', name);
    }
    if (typeof given === "string" && given.length > MAX_PARAM_LENGTH) {
      throw badValue(`at most ${MAX_PARAM_LENGTH} UTF-16 code units in "params.${name}"`, given.length);
    }
    if (typeof given !== "string" && !Number.isSafeInteger(given)) {
      throw badValue(`"params.${name}" to be a string or an integer within ±(2⁵³ − 1)`, given);
    }
  }
  // The loop above has checked every value.
  return value as RequestParams;
}

function shown(value: JsonValue | undefined): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return "an object";
  const text = typeof value === "string" ? JSON.stringify(value.slice(0, 64).toWellFormed()) : String(value);
  return typeof value === "string" && value.length > 64 ? `${text}…` : text;
}
