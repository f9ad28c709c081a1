import { Buffer } from "node:buffer";
import { StoreError } from "./errors.ts";
import { paramsText } from "./script-columns.ts";
import { LANGS, MAX_CODE_BYTES, MAX_PARAMS_BYTES, type ScriptOptions, type ScriptParams } from "./types.ts";

const MAX_NAME_LENGTH = 1_000;
const MAX_SIDE = 4_294_967_295;
const MAX_INTERVAL_MS = 31_536_000_000;
const PARAM_NAME = /^[A-Za-z_]\w{0,63}$/;
const COLOR = /^#(?:[0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i;

/** @throws {StoreError} `STORE_BAD_SCRIPT`. */
export function checkName(name: string): void {
  if (name.length === 0 || name.length > MAX_NAME_LENGTH) {
    throw bad(`a script's name has 1 to ${MAX_NAME_LENGTH} characters, not ${name.length}`);
  }
  if (!name.isWellFormed() || name.includes("\0"))
    throw bad("a script's name is Unicode text without NUL characters");
}

/** @throws {StoreError} `STORE_BAD_SCRIPT`. */
export function checkLang(lang: string): void {
  if (LANGS.some((known) => known === lang)) return;
  throw bad(`a script's language is one of ${LANGS.join(", ")}, not ${JSON.stringify(lang)}`);
}

/** @throws {StoreError} `STORE_BAD_SCRIPT`. */
export function checkCode(code: string): void {
  if (!code.isWellFormed() || code.includes("\0"))
    throw bad("a script's code is Unicode text without NUL characters");
  const bytes = Buffer.byteLength(code);
  if (bytes > MAX_CODE_BYTES) throw bad(`a script's code has at most ${MAX_CODE_BYTES} bytes, not ${bytes}`);
}

/** @throws {StoreError} `STORE_BAD_SCRIPT`. */
export function checkOptions(options: ScriptOptions): void {
  checkInteger("width", options.width, 1, MAX_SIDE);
  checkInteger("height", options.height, 1, MAX_SIDE);
  checkInteger("intervalMs", options.intervalMs, 0, MAX_INTERVAL_MS);
  if (options.background !== undefined && !COLOR.test(options.background)) {
    throw bad(
      `background is #rgb, #rrggbb or #rrggbbaa, not ${JSON.stringify(options.background.slice(0, 40))}`,
    );
  }
  if (options.params) checkParams(options.params);
}

function checkParams(params: ScriptParams): void {
  for (const [name, value] of Object.entries(params)) {
    if (!PARAM_NAME.test(name)) {
      const found = JSON.stringify(name.slice(0, 65));
      throw bad(`a parameter's name is 1 to 64 letters, digits or "_", no digit first, not ${found}`);
    }
    if (typeof value === "string" ? !value.isWellFormed() : !Number.isSafeInteger(value)) {
      throw bad(`parameter ${name} is a text or an integer within ±(2⁵³ − 1)`);
    }
  }
  const bytes = Buffer.byteLength(paramsText(params) ?? "");
  if (bytes > MAX_PARAMS_BYTES) {
    throw bad(`a script's parameters have at most ${MAX_PARAMS_BYTES} bytes as JSON, not ${bytes}`);
  }
}

function checkInteger(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw bad(`${name} is an integer from ${least} to ${most}, not ${value}`);
}

function bad(message: string): StoreError {
  return new StoreError("STORE_BAD_SCRIPT", message);
}
