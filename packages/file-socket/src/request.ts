import { RequestError, type RequestErrorCode } from "./errors.ts";
import type { Oddity } from "./files.ts";
import { JsonError, type JsonObject, type JsonValue, parseJson } from "./json.ts";
import type { RenderRequest, RequestParams, ServerLimits } from "./types.ts";

/** A command that passed validation. */
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
const SPOOL_KEYS: ReadonlySet<string> = new Set([...SLOT_KEYS, "id", "ttlMs", "background"]);

function refuse(code: RequestErrorCode, message: string): RequestError {
  return new RequestError({ status: "bad_request", code, message });
}

/**
 * Parse the bytes of a request.
 *
 * @throws {RequestError} `FSOCK_BAD_JSON`
 */
export function parseRequestJson(bytes: Uint8Array): JsonValue {
  try {
    return parseJson(bytes);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw refuse("FSOCK_BAD_JSON", `the request is no strict JSON: ${error.message}`);
  }
}

/**
 * Check what `cmd.json` holds.
 *
 * @throws {RequestError}
 */
export function slotCommand(value: JsonValue, limits: ServerLimits): Command {
  return command(object(value, SLOT_KEYS), ["render_program", "ping", "read_canvas"], limits);
}

/**
 * Check what a spool request with the file name's `id` holds.
 *
 * @throws {RequestError}
 */
export function spoolCommand(value: JsonValue, id: string, limits: ServerLimits): Command {
  const fields = object(value, SPOOL_KEYS);
  if (fields["id"] !== id) {
    throw refuse("FSOCK_BAD_VALUE", `"id" must be ${id}, as in the file name; found ${shown(fields["id"])}`);
  }
  return command(fields, ["render_program", "ping"], limits);
}

function object(value: JsonValue, known: ReadonlySet<string>): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refuse("FSOCK_BAD_VALUE", `the request must be an object; found ${shown(value)}`);
  }
  for (const key in value) {
    if (!known.has(key)) {
      throw refuse("FSOCK_UNKNOWN_KEY", `unknown key ${shown(key)}; known are ${[...known].join(", ")}`);
    }
  }
  return value;
}

function command(fields: JsonObject, ops: readonly Command["op"][], limits: ServerLimits): Command {
  const op = fields["op"];
  const known = ops.find((candidate) => candidate === op);
  if (known === undefined) {
    throw refuse("FSOCK_UNKNOWN_OP", `"op" must be one of ${ops.join(", ")}; found ${shown(op)}`);
  }
  const ttlMs = integer(fields, "ttlMs", MAX_TTL_MS);
  const width = integer(fields, "width", MAX_SIDE) ?? DEFAULT_WIDTH;
  const height = integer(fields, "height", MAX_SIDE) ?? DEFAULT_HEIGHT;
  const format = fields["format"];
  if (format !== undefined && format !== "RGBA")
    throw refuse("FSOCK_BAD_VALUE", `"format" must be "RGBA"; found ${shown(format)}`);
  const background = color(fields["background"]);
  const params = parameters(fields["params"]);
  const code = fields["code"];
  if (code !== undefined && typeof code !== "string") {
    throw refuse("FSOCK_BAD_VALUE", `"code" must be a string; found ${shown(code)}`);
  }
  if (known === "ping") return { op: known, ttlMs };
  if (known === "read_canvas") return { op: known, ttlMs: undefined };
  if (code === undefined) throw refuse("FSOCK_BAD_VALUE", '"code" is missing');
  if (width * height > limits.pixels) {
    throw new RequestError({
      status: "too_large",
      code: "FSOCK_CANVAS_TOO_LARGE",
      message: `a canvas of ${width} × ${height} exceeds the limit of ${limits.pixels} pixels`,
    });
  }
  return { op: known, request: { code, width, height, background, params }, ttlMs };
}

function integer(fields: JsonObject, key: string, max: number): number | undefined {
  const value = fields[key];
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > max) {
    throw refuse("FSOCK_BAD_VALUE", `"${key}" must be an integer from 1 to ${max}; found ${shown(value)}`);
  }
  return value;
}

/** `#rrggbbaa` of the three notations that a request may use. */
function color(value: JsonValue | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value.length > 9 || !COLOR.test(value)) {
    throw refuse(
      "FSOCK_BAD_VALUE",
      `"background" must be "#rgb", "#rrggbb" or "#rrggbbaa"; found ${shown(value)}`,
    );
  }
  const digits = value.slice(1).toLowerCase();
  if (digits.length === 8) return `#${digits}`;
  return digits.length === 6 ? `#${digits}ff` : `#${digits.replace(/./g, "$&$&")}ff`;
}

function parameters(value: JsonValue | undefined): RequestParams | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refuse("FSOCK_BAD_VALUE", `"params" must be an object; found ${shown(value)}`);
  }
  const entries = Object.entries(value);
  if (entries.length > MAX_PARAMS) {
    throw refuse(
      "FSOCK_BAD_VALUE",
      `"params" may hold at most ${MAX_PARAMS} values; found ${entries.length}`,
    );
  }
  for (const [name, given] of entries) {
    if (!PARAM_NAME.test(name)) {
      throw refuse(
        "FSOCK_BAD_VALUE",
        `a name in "params" must be 1 to 64 letters, digits or "_", no digit first; found ${shown(name)}`,
      );
    }
    if (typeof given === "string" && given.length > MAX_PARAM_LENGTH) {
      throw refuse(
        "FSOCK_BAD_VALUE",
        `"params.${name}" may have at most ${MAX_PARAM_LENGTH} code units; found ${given.length}`,
      );
    }
    if (typeof given !== "string" && !Number.isSafeInteger(given)) {
      throw refuse(
        "FSOCK_BAD_VALUE",
        `"params.${name}" must be a string or an integer within ±(2⁵³ − 1); found ${shown(given)}`,
      );
    }
  }
  // Checked just now: nothing in it is anything else.
  return value as RequestParams;
}

function shown(value: JsonValue | undefined): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return "an object";
  const text = typeof value === "string" ? JSON.stringify(value.slice(0, 64).toWellFormed()) : String(value);
  return typeof value === "string" && value.length > 64 ? `${text}…` : text;
}

/** How a file that is no plain request looks to its client. */
export function oddityError(odd: Oddity): RequestError {
  if (odd === "too large") {
    return new RequestError({
      status: "too_large",
      code: "FSOCK_REQUEST_TOO_LARGE",
      message: "the request file exceeds the limit on its size",
    });
  }
  return new RequestError({
    status: "bad_request",
    code: "FSOCK_BAD_FILE",
    message: `the request must be a regular file with one name that the server may read; found: ${odd}`,
  });
}
