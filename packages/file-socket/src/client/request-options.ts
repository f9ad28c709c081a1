import { checkOptions, checkPlainObject, checkType, describeValue } from "../options.ts";
import type { ClientFramesOptions, ClientPingOptions, ClientRenderOptions } from "../types.ts";

/** A request without its id and its ttlMs. */
export type RequestBody = Readonly<Record<string, unknown>>;

export const FRAMES_OPTION_NAMES: readonly (keyof ClientFramesOptions)[] = [
  "width",
  "height",
  "background",
  "params",
  "capability",
  "signal",
  "timeoutMs",
];
export const RENDER_OPTION_NAMES: readonly (keyof ClientRenderOptions)[] = [...FRAMES_OPTION_NAMES, "into"];
export const PING_OPTION_NAMES: readonly (keyof ClientPingOptions)[] = ["capability", "signal", "timeoutMs"];

/**
 * Checks the arguments of a render, and returns the request without its id.
 *
 * @throws {TypeError} for an argument of another type, or an unknown option.
 */
export function renderBody(
  source: unknown,
  options: ClientFramesOptions,
  names: readonly string[],
): RequestBody {
  if (typeof source !== "string") {
    throw new TypeError(`expected the program as a string, got ${describeValue(source)}`);
  }
  checkOptions("options", options, names);
  const { width, height, background, params, signal } = options;
  if (width !== undefined) checkNumber("width", width);
  if (height !== undefined) checkNumber("height", height);
  checkType("background", background, "string");
  if (params !== undefined) checkParams(params);
  checkSignal(signal);
  // JSON leaves out what is undefined: the program then decides.
  return { op: "render_program", code: source, width, height, format: "RGBA", background, params };
}

/** @throws {RangeError} if the caller's memory has another length. */
export function checkLength(into: Uint8ClampedArray | undefined, bytes: number): void {
  if (into === undefined || into.byteLength === bytes) return;
  throw new RangeError(`expected into to have ${bytes} bytes, got ${into.byteLength}`);
}

/** @throws {TypeError} for a value that JSON would leave out or change. */
function checkParams(params: object): void {
  checkPlainObject("params", params);
  for (const [name, value] of Object.entries(params) as [string, unknown][]) {
    if (typeof value === "string") continue;
    checkNumber(`parameter ${name}`, value, "a string or a number");
  }
}

function checkNumber(what: string, value: unknown, expected = "a number"): void {
  if (typeof value === "number" && Number.isFinite(value)) return;
  throw new TypeError(`expected ${what} as ${expected}, got ${describeValue(value)}`);
}

export function checkSignal(signal: AbortSignal | undefined): void {
  const { throwIfAborted } = (signal ?? {}) as { readonly throwIfAborted?: unknown };
  if (signal === undefined || typeof throwIfAborted === "function") return;
  throw new TypeError(`expected signal as an AbortSignal, got ${describeValue(signal)}`);
}

export function checkDir(dir: unknown): void {
  if (typeof dir === "string" && dir !== "") return;
  throw new TypeError(`expected dir as the path of a directory, got ${describeValue(dir)}`);
}
