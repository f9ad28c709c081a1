import { adapterLabel } from "@gvpie/app-common";
import type { RenderHandler, RenderReply, RenderRequest } from "@gvpie/file-socket";
import { RasterError, type Limits } from "@gvpie/raster";
import { renderProgram } from "@gvpie/raster-cpu";
import type { Backend } from "./backend.ts";
import { toRequestError } from "./request-error.ts";

/**
 * Limits of a program that is rendered on the main thread: a few milliseconds of work at most, so that other requests
 * and the heartbeat are not delayed.
 */
const CHEAP: Limits = {
  pixels: 1_048_576,
  instructions: 8_192,
  glyphs: 65_536,
  paintedPixels: 4_194_304,
  commands: 65_536,
  fuel: 8_192,
  frames: 1,
};

/**
 * UTF-16 code units of the longest source that is read on the main thread. Bounds the time for a bad program, too: it may
 * have an error on every line.
 */
const CHEAP_CODE_UNITS = 16_384;

type ChosenLimits = Pick<Limits, "pixels" | "instructions" | "paintedPixels">;

/** Renders cheap programs on the main thread if the backend allows it, and passes all others to the backend. */
export function createRenderHandler(backend: Backend, limits: ChosenLimits): RenderHandler {
  const cheapLimits = stricterOf(CHEAP, limits);
  // A reply is written before the next one is rendered, so a next one of the same size can reuse its memory.
  let spare: Uint8ClampedArray | undefined;
  return (request, terms) => {
    if (!backend.allowsMainThread) return renderOnBackend(backend, request, limits, terms.signal);
    try {
      const bytes = request.width * request.height * 4;
      const reply = renderOnMainThread(request, cheapLimits, spare?.length === bytes ? spare : undefined);
      if (reply === undefined) return renderOnBackend(backend, request, limits, terms.signal);
      spare = reply.data;
      return reply;
    } catch (error) {
      throw toRequestError(error);
    }
  };
}

/** Returns undefined if the program exceeds `CHEAP`. */
function renderOnMainThread(
  request: RenderRequest,
  limits: Limits,
  into: Uint8ClampedArray | undefined,
): (RenderReply & { readonly data: Uint8ClampedArray }) | undefined {
  const { code, width, height, background, params } = request;
  if (code.length > CHEAP_CODE_UNITS) return undefined;
  try {
    const { data } = renderProgram(code, { width, height, background, params, limits, into });
    return { width, height, data, backend: "cpu", adapter: "cpu" };
  } catch (error) {
    if (error instanceof RasterError && error.code.startsWith("RASTER_LIMIT_")) return undefined;
    throw error;
  }
}

async function renderOnBackend(
  backend: Backend,
  { code, width, height, background, params }: RenderRequest,
  limits: ChosenLimits,
  signal: AbortSignal,
): Promise<RenderReply> {
  try {
    const options = { width, height, background, params, limits, signal };
    const { data, info } = await backend.render(code, options);
    return { width, height, data, backend: info.backend, adapter: adapterLabel(info) };
  } catch (error) {
    throw toRequestError(error);
  }
}

/** For each limit, the lower of the two. */
function stricterOf(cheap: Limits, chosen: ChosenLimits): Limits {
  return {
    ...cheap,
    pixels: Math.min(cheap.pixels, chosen.pixels),
    instructions: Math.min(cheap.instructions, chosen.instructions),
    paintedPixels: Math.min(cheap.paintedPixels, chosen.paintedPixels),
  };
}
