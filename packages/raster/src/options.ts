import { checkOptions, checkPlainObject, describeValue, type Program } from "@gvpie/pxl-parser";

import { admitProgram } from "./admit-program.ts";
import { checkSide, DEFAULT_HEIGHT, DEFAULT_WIDTH } from "./canvas.ts";
import { BLACK, packColor, parseColor } from "./color.ts";
import { RasterError } from "./errors.ts";
import { exceeded, HARD_LIMITS, resolveLimits } from "./limits.ts";
import { withPlace } from "./machine/failures.ts";
import type { Limits, RenderOptions } from "./types.ts";

/** The names of {@link RenderOptions}. A backend with more options adds their names. */
export const RENDER_OPTION_NAMES: ReadonlySet<string> = new Set<keyof RenderOptions>([
  "width",
  "height",
  "background",
  "frame",
  "params",
  "limits",
  "into",
  "onWarning",
  "signal",
]);

/** Checked options, each read once. */
export interface CheckedOptions extends Pick<
  RenderOptions,
  "width" | "height" | "background" | "params" | "onWarning"
> {
  /** The packed background; undefined if the caller gives none. */
  readonly color: number | undefined;
  readonly frame: number;
  readonly limits: Limits;
  /** The failure of the default size, which a CANVAS of the program may replace; undefined if it does not fail. */
  readonly tooLarge: RasterError | undefined;
}

/** The size and the packed background of a canvas. */
export interface CanvasSetting {
  readonly width: number;
  readonly height: number;
  readonly background: number;
}

/**
 * Checks the options of a render, all but `into`, the values of `params`, and what depends on the program.
 *
 * @throws as `lowerProgram` does.
 */
export function readOptions(options: RenderOptions): CheckedOptions {
  checkOptions("options", options, RENDER_OPTION_NAMES);
  const { width, height, background, frame = 0, params, onWarning, signal } = options;
  const limits = resolveLimits(options.limits);
  if (width !== undefined) checkSide("width", width);
  if (height !== undefined) checkSide("height", height);
  const tooLarge = checkSize(width, height, limits);
  const color = background === undefined ? undefined : parseColor(background);
  checkFrame(frame);
  if (params !== undefined) checkParams(params);
  if (onWarning !== undefined && typeof onWarning !== "function") {
    throw new TypeError(`expected onWarning as a function, got ${describeValue(onWarning)}`);
  }
  if (signal !== undefined) checkSignal(signal);
  return { width, height, background, color, frame, limits, tooLarge, params, onWarning };
}

/** Checks the pixels of a canvas; returns the failure if the program may set a lesser side. */
function checkSize(
  width: number | undefined,
  height: number | undefined,
  limits: Limits,
): RasterError | undefined {
  const pixels = (width ?? DEFAULT_WIDTH) * (height ?? DEFAULT_HEIGHT);
  if (pixels <= limits.pixels) return undefined;
  const failure = exceeded("pixels", pixels, limits);
  if (width !== undefined && height !== undefined) throw failure;
  return failure;
}

/**
 * Returns the canvas of a program: the caller's sides and background, else those of its CANVAS, else the defaults.
 *
 * @throws {RasterError} `RASTER_LIMIT_PIXELS`, with the place of the CANVAS if there is one.
 */
export function resolveCanvas(
  { width, height, color, limits, tooLarge }: CheckedOptions,
  { canvas, instructions }: Pick<Program, "canvas" | "instructions">,
): CanvasSetting {
  if (canvas === undefined && tooLarge !== undefined) throw tooLarge;
  const resolved = {
    width: width ?? canvas?.width ?? DEFAULT_WIDTH,
    height: height ?? canvas?.height ?? DEFAULT_HEIGHT,
    background: color ?? (canvas?.background === undefined ? BLACK : packColor(canvas.background)),
  };
  const pixels = resolved.width * resolved.height;
  if (pixels <= limits.pixels) return resolved;
  const span = instructions.find(({ op }) => op === "CANVAS");
  throw withPlace(exceeded("pixels", pixels, limits), span);
}

/** @throws {RasterError} `RASTER_BAD_FRAME` unless the value is an integer from 0 to 65,534. */
function checkFrame(frame: unknown): void {
  const most = HARD_LIMITS.frames - 1;
  if (typeof frame === "number" && Number.isInteger(frame) && frame >= 0 && frame <= most) return;
  const expected = `frame as an integer from 0 to ${most}`;
  throw new RasterError("RASTER_BAD_FRAME", `expected ${expected}, got ${describeValue(frame)}`);
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
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly background: string | undefined;
  readonly frame: number | undefined;
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
  const { width, height, background, frame, params, limits } = readOptions(options);
  const copied =
    typeof program === "string" ? program : { labels: new Map(), ...admitProgram(program, limits, true) };
  return {
    program: copied,
    width,
    height,
    background,
    frame: options.frame === undefined ? undefined : frame,
    params: params && { ...params },
    limits,
  };
}
