import { CartridgeError } from "./errors.ts";
import { checkFrame } from "./frame.ts";
import { renderLimits } from "./limits.ts";
import { describeValue } from "./options.ts";
import { escapeInvisible } from "./text.ts";
import type { Frame, NeededLimits, Render, RenderLimits, RenderRequest } from "./types.ts";

/** The limit behind each error code that says that the renderer was not allowed to go on. */
const LIMITS: Readonly<Record<string, keyof RenderLimits>> = {
  RASTER_LIMIT_PIXELS: "pixels",
  RASTER_LIMIT_INSTRUCTIONS: "instructions",
  RASTER_LIMIT_GLYPHS: "glyphs",
  RASTER_LIMIT_PAINTED: "paintedPixels",
  RASTER_LIMIT_COMMANDS: "commands",
  RASTER_LIMIT_FUEL: "fuel",
  PXL_TOO_MANY_INSTRUCTIONS: "instructions",
};

/** The other error codes that count against the program; so does each that begins with `PXL_`. */
const PROGRAM_ERRORS: ReadonlySet<unknown> = new Set([
  "RASTER_DIVISION_BY_ZERO",
  "RASTER_OVERFLOW",
  "RASTER_STACK_OVERFLOW",
  "RASTER_STACK_UNDERFLOW",
  "RASTER_BAD_VALUE",
  "RASTER_BAD_PARAM",
  "RASTER_BAD_COLOR",
  "RASTER_BAD_INDEX",
  "RASTER_BAD_FRAME",
]);

/** A program that was drawn, or the reason why it is invalid. */
export type Drawing =
  | { readonly drawn: Frame; readonly cause?: undefined }
  | { readonly drawn?: undefined; readonly reason: string; readonly cause: unknown };

function messageOf(error: unknown): string {
  const { message } = (error ?? {}) as { readonly message?: unknown };
  return escapeInvisible(typeof message === "string" ? message : describeValue(error));
}

/** Returns the frame that a renderer returned. Throws an error if it is none, or of another size. */
function frameOf(value: unknown, { width, height }: RenderRequest): Frame {
  const frame = checkFrame(value);
  if (frame.width === width && frame.height === height) return frame;
  throw new RangeError(`expected a frame of ${width}×${height}, got ${frame.width}×${frame.height}`);
}

/** The name of the limit that ended a drawing; undefined for any other error. */
function exceededLimit(error: unknown): keyof RenderLimits | undefined {
  const code: unknown = (error as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === "string" && Object.hasOwn(LIMITS, code) ? LIMITS[code] : undefined;
}

/** Returns the error of a verifier whose limit ended the drawing. */
function verifierLimit(
  name: keyof RenderLimits,
  { limits }: RenderRequest,
  needed: NeededLimits | undefined,
  cause: unknown,
): CartridgeError {
  const need = needed !== undefined && Object.hasOwn(needed, name) ? needed[name] : undefined;
  const recorded = need === undefined ? "does not record its need" : `records that it needs ${need}`;
  return new CartridgeError(
    "CARTRIDGE_VERIFIER_LIMIT",
    `expected a drawing within this verifier's ${name} of ${limits[name]}, got more; the file ${recorded}. This says nothing about the picture; raise renderLimits.${name} (${messageOf(cause)})`,
    { cause },
  );
}

/**
 * Draws a program. An error of the program is a result; any other is thrown, because it says nothing about the file.
 *
 * @throws {CartridgeError} CARTRIDGE_VERIFIER_LIMIT, CARTRIDGE_RENDER_FAILED.
 * @throws the reason of `signal` if it aborts.
 */
export async function drawProgram(
  render: Render,
  program: string,
  request: RenderRequest,
  needed: NeededLimits | undefined,
  signal: AbortSignal | undefined,
): Promise<Drawing> {
  let drawn: unknown;
  try {
    drawn = await render(program, request);
  } catch (cause) {
    signal?.throwIfAborted();
    const code: unknown = (cause as { readonly code?: unknown } | null | undefined)?.code;
    const limit = exceededLimit(cause);
    if (limit !== undefined) throw verifierLimit(limit, request, needed, cause);
    if (PROGRAM_ERRORS.has(code) || (typeof code === "string" && code.startsWith("PXL_"))) {
      return { reason: messageOf(cause), cause };
    }
    throw new CartridgeError(
      "CARTRIDGE_RENDER_FAILED",
      `the renderer failed, which says nothing about the file: ${messageOf(cause)}`,
      { cause },
    );
  }
  signal?.throwIfAborted();
  try {
    return { drawn: frameOf(drawn, request) };
  } catch (cause) {
    throw new CartridgeError("CARTRIDGE_RENDER_FAILED", `the renderer failed: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/**
 * Calls `draw` with the limits that a verification has by default. If the program needs more, each exceeded limit is doubled until
 * it suffices, up to `most`, and returned for the option `limits` of `encodeCartridge`: a verifier can then name the limits that it must raise.
 *
 * @param canvas the size of the picture, and the frames of an animation. The limits then hold for each frame, but for `pixels`, which
 * covers all of them.
 * @param draw draws the picture, with the error codes of `@gvpie/raster`.
 * @throws the error of `draw`.
 */
export async function drawForCartridge<Drawn>(
  canvas: { readonly width: number; readonly height: number; readonly frames?: number | undefined },
  most: RenderLimits,
  draw: (limits: RenderLimits) => Drawn | Promise<Drawn>,
): Promise<{ readonly drawn: Drawn; readonly limits: NeededLimits | undefined }> {
  const limits: { -readonly [Name in keyof RenderLimits]: number } = {
    ...renderLimits(canvas.width * canvas.height, undefined, canvas.frames),
  };
  for (const name of Object.keys(limits) as (keyof RenderLimits)[]) {
    limits[name] = Math.min(limits[name], most[name]);
  }
  const raised: Record<string, number> = {};
  for (;;) {
    try {
      const drawn = await draw({ ...limits });
      return { drawn, limits: Object.keys(raised).length > 0 ? raised : undefined };
    } catch (error) {
      const name = exceededLimit(error);
      if (name === undefined || limits[name] >= most[name]) throw error;
      limits[name] = Math.min(limits[name] * 2, most[name]);
      raised[name] = limits[name];
    }
  }
}
