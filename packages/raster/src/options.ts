import { checkOptions, checkPlainObject, describeValue, type Program } from "@gvpie/pxl-parser";

import { admitProgram } from "./admit-program.ts";
import { checkSide, DEFAULT_HEIGHT, DEFAULT_WIDTH } from "./canvas.ts";
import { BLACK, parseColor } from "./color.ts";
import { checkLimit, resolveLimits } from "./limits.ts";
import type { Limits, RenderOptions } from "./types.ts";

/** The names of {@link RenderOptions}. A backend with more options adds their names. */
export const RENDER_OPTION_NAMES: ReadonlySet<string> = new Set<keyof RenderOptions>([
  "width",
  "height",
  "background",
  "params",
  "limits",
  "into",
  "onWarning",
  "signal",
]);

/** Checked options, each read once. */
export interface CheckedOptions extends Pick<RenderOptions, "background" | "params" | "onWarning"> {
  readonly canvas: { readonly width: number; readonly height: number; readonly background: number };
  readonly limits: Limits;
}

/**
 * Checks the options of a render, all but `into` and the values of `params`, which depend on the frame and the program.
 *
 * @throws as `lowerProgram` does.
 */
export function readOptions(options: RenderOptions): CheckedOptions {
  checkOptions("options", options, RENDER_OPTION_NAMES);
  const { width = DEFAULT_WIDTH, height = DEFAULT_HEIGHT, background, params, onWarning, signal } = options;
  const limits = resolveLimits(options.limits);
  checkSide("width", width);
  checkSide("height", height);
  checkLimit("pixels", width * height, limits);
  const packed = background === undefined ? BLACK : parseColor(background);
  if (params !== undefined) checkParams(params);
  if (onWarning !== undefined && typeof onWarning !== "function") {
    throw new TypeError(`expected onWarning as a function, got ${describeValue(onWarning)}`);
  }
  if (signal !== undefined) checkSignal(signal);
  return { canvas: { width, height, background: packed }, limits, background, params, onWarning };
}

function checkParams(params: unknown): void {
  checkPlainObject("params", params);
  const [symbol] = Object.getOwnPropertySymbols(params);
  if (symbol !== undefined) throw new TypeError("expected params with names of parameters, got a symbol");
}

/** @throws the reason of an aborted signal. */
function checkSignal(signal: NonNullable<RenderOptions["signal"]>): void {
  // By its method, not `instanceof`: the signal may come from another realm.
  if (typeof (signal as { throwIfAborted?: unknown } | null)?.throwIfAborted !== "function") {
    throw new TypeError(`expected signal as an AbortSignal, got ${describeValue(signal)}`);
  }
  signal.throwIfAborted();
}

/** A program and the options of its render as plain data. */
export interface PortableRequest {
  readonly program: string | Program;
  readonly width: number;
  readonly height: number;
  readonly background: string | undefined;
  readonly params: RenderOptions["params"];
  readonly limits: Limits;
}

/**
 * Checks a program and its options and copies them as plain data, for a backend that draws in another thread or process.
 * Source text is not parsed, and the values of the parameters are not checked, because that backend does it.
 *
 * @throws as `lowerProgram` does before it parses source text.
 */
export function toPortable(program: string | Program, options: RenderOptions): PortableRequest {
  const { canvas, limits, background, params } = readOptions(options);
  const { width, height } = canvas;
  const copied =
    typeof program === "string"
      ? program
      : { language: "1" as const, labels: new Map(), ...admitProgram(program, limits, true) };
  return { program: copied, width, height, background, params: params && { ...params }, limits };
}
