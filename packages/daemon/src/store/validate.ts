import { Buffer } from "node:buffer";
import { isName, readHexColor } from "@gvpie/pxl-parser";
import { checkCron } from "./cron.ts";
import { StoreError } from "./errors.ts";
import { paramsText } from "./script-columns.ts";
import {
  LANGS,
  MAX_CAPABILITY_BYTES,
  MAX_CODE_BYTES,
  MAX_INTERVAL_MS,
  MAX_PARAMS_BYTES,
  MAX_RETRIES,
  type NewScript,
  type ScriptOptions,
  type ScriptParams,
} from "./types.ts";

const MAX_NAME_LENGTH = 1_000;
const MAX_SIDE = 4_294_967_295;
const MAX_TIMEOUT_MS = 2_147_483_647;

/** Checks a script as a store does that adds it. @throws {StoreError} `STORE_BAD_SCRIPT`. */
export function checkScript({ name, lang, code, options = {} }: NewScript): void {
  checkName(name);
  checkLang(lang);
  checkCode(code);
  checkOptions(options);
}

/** @throws {StoreError} `STORE_BAD_SCRIPT`. */
export function checkName(name: string): void {
  if (name.length === 0 || name.length > MAX_NAME_LENGTH) {
    throw bad(`name: expected 1 to ${MAX_NAME_LENGTH} characters, got ${name.length}`);
  }
  checkText("name", name);
}

/** @throws {StoreError} `STORE_BAD_SCRIPT`. */
export function checkLang(lang: string): void {
  if (LANGS.some((known) => known === lang)) return;
  throw bad(`lang: expected ${LANGS.join(", ")}; got ${JSON.stringify(lang)}`);
}

/** @throws {StoreError} `STORE_BAD_SCRIPT`. */
export function checkCode(code: string): void {
  checkText("code", code);
  const bytes = Buffer.byteLength(code);
  if (bytes > MAX_CODE_BYTES) throw bad(`code: expected at most ${MAX_CODE_BYTES} bytes, got ${bytes}`);
}

/** @throws {StoreError} `STORE_BAD_SCRIPT`. */
export function checkOptions(options: ScriptOptions): void {
  checkInteger("width", options.width, 1, MAX_SIDE);
  checkInteger("height", options.height, 1, MAX_SIDE);
  checkInteger("intervalMs", options.intervalMs, 0, MAX_INTERVAL_MS);
  if (options.background !== undefined && readHexColor(options.background) === undefined) {
    const found = JSON.stringify(options.background.slice(0, 40));
    throw bad(`background: expected #rgb, #rrggbb or #rrggbbaa, got ${found}`);
  }
  checkInteger("timeoutMs", options.timeoutMs, 1, MAX_TIMEOUT_MS);
  checkInteger("retries", options.retries, 0, MAX_RETRIES);
  checkSchedule(options);
  if (options.params) checkParams(options.params);
  if (options.capability !== undefined) checkCapability(options.capability);
}

function checkSchedule({ intervalMs, cron, timeZone, missed }: ScriptOptions): void {
  if (cron !== undefined && intervalMs !== undefined) {
    throw bad("cron: expected a cron line or an interval, got both");
  }
  if (cron === undefined && timeZone !== undefined) {
    throw bad(`timeZone: expected a cron line with it, got ${JSON.stringify(timeZone.slice(0, 64))} alone`);
  }
  if (cron !== undefined) checkCron(cron, timeZone, Date.now());
  if (missed !== undefined && missed !== "skip" && missed !== "once") {
    throw bad(`missed: expected skip or once, got ${JSON.stringify(missed)}`);
  }
}

/** Checks the characters only: the loop that uses a capability verifies it. */
function checkCapability(text: string): void {
  if (text.length > MAX_CAPABILITY_BYTES) {
    throw bad(`capability: expected at most ${MAX_CAPABILITY_BYTES} bytes, got ${text.length}`);
  }
  if (!/^[\w.~-]+$/.test(text)) {
    const found = JSON.stringify(text.slice(0, 40));
    throw bad(`capability: expected the text of a capability, without spaces or line feeds, got ${found}`);
  }
}

/** @throws {StoreError} `STORE_BAD_SCRIPT`. */
export function checkParams(params: ScriptParams): void {
  for (const [name, value] of Object.entries(params)) {
    if (!isName(name)) {
      const found = JSON.stringify(name.slice(0, 65));
      throw bad(
        `params: expected names of 1 to 64 letters, digits or "_", not starting with a digit; got ${found}`,
      );
    }
    if (typeof value === "string" ? !value.isWellFormed() : !Number.isSafeInteger(value)) {
      throw bad(`params: expected text or an integer within ±(2⁵³ − 1) for ${name}`);
    }
  }
  const bytes = Buffer.byteLength(paramsText(params) ?? "");
  if (bytes > MAX_PARAMS_BYTES) {
    throw bad(`params: expected at most ${MAX_PARAMS_BYTES} bytes as JSON, got ${bytes}`);
  }
}

function checkInteger(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw bad(`${name}: expected an integer from ${least} to ${most}, got ${value}`);
}

function checkText(name: string, text: string): void {
  if (!text.isWellFormed() || text.includes("\0")) {
    throw bad(`${name}: expected well-formed Unicode text without NUL characters`);
  }
}

function bad(message: string): StoreError {
  return new StoreError("STORE_BAD_SCRIPT", message);
}
