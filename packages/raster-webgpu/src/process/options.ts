import { describeValue } from "@gvpie/pxl-parser";

import { ADAPTER_CHOICE_NAMES, checkAdapterChoice } from "../device.ts";
import type { ProcessRasterizerOptions } from "./types.ts";

const NAMES: ReadonlySet<string> = new Set<string>([
  ...ADAPTER_CHOICE_NAMES,
  ...([
    "cpu",
    "minPixels",
    "minLayers",
    "timeoutMs",
    "startTimeoutMs",
    "signal",
    "restartDelayMs",
    "onEvent",
  ] satisfies (keyof ProcessRasterizerOptions)[]),
]);

/** Timers take no longer delay. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** @throws {TypeError} or {RangeError} if an option is unknown, of another type or out of its range. */
export function checkProcessOptions(options: ProcessRasterizerOptions): void {
  checkAdapterChoice(options, NAMES);
  const { cpu, minPixels, minLayers, timeoutMs, startTimeoutMs, signal, restartDelayMs, onEvent } = options;
  if (typeof cpu?.render !== "function") {
    throw new TypeError(`expected cpu as a Rasterizer, got ${describeValue(cpu)}`);
  }
  checkNumber("minPixels", minPixels, 0, Infinity);
  checkNumber("minLayers", minLayers, 0, Infinity);
  checkNumber("timeoutMs", timeoutMs, 1, MAX_DELAY_MS);
  checkNumber("startTimeoutMs", startTimeoutMs, 1, MAX_DELAY_MS);
  if (signal !== undefined && typeof signal?.throwIfAborted !== "function") {
    throw new TypeError(`expected signal as an AbortSignal, got ${describeValue(signal)}`);
  }
  checkFunction("restartDelayMs", restartDelayMs);
  checkFunction("onEvent", onEvent);
}

function checkNumber(name: string, value: unknown, min: number, max: number): void {
  if (value === undefined) return;
  if (typeof value !== "number" || !(value >= min && value <= max)) {
    throw new RangeError(`expected ${name} as a number from ${min} to ${max}, got ${describeValue(value)}`);
  }
}

function checkFunction(name: string, value: unknown): void {
  if (value === undefined || typeof value === "function") return;
  throw new TypeError(`expected ${name} as a function, got ${describeValue(value)}`);
}
