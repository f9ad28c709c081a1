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
    if (request.frames === "all") return renderAll(backend, request, limits, terms.signal);
    if (!backend.allowsMainThread) return renderOnBackend(backend, request, limits, terms.signal);
    try {
      const { width = 0, height = 0 } = request;
      const bytes = width * height * 4;
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
    const frame = renderProgram(code, { width, height, background, params, limits, into });
    return { ...frame, backend: "cpu", adapter: "cpu" };
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
    const { info, ...frame } = await backend.render(code, options);
    return { ...frame, backend: info.backend, adapter: adapterLabel(info) };
  } catch (error) {
    throw toRequestError(error);
  }
}

/** Renders every frame of an animation into one memory, whose size the limits bound before the first frame. */
async function renderAll(
  backend: Backend,
  { code, width, height, background, params }: RenderRequest,
  limits: ChosenLimits,
  signal: AbortSignal,
): Promise<RenderReply> {
  try {
    let reply: RenderReply | undefined;
    let offset = 0;
    const options = { width, height, background, params, limits, signal };
    for await (const { info, data, ...frame } of backend.renderFrames(code, options)) {
      const { animation } = frame;
      const all = reply?.data ?? allocate(data.length * (animation?.frames ?? 1));
      all.set(data, offset);
      offset += data.length;
      // A backend that fails over changes between two frames.
      reply = { ...frame, data: all, backend: info.backend, adapter: adapterLabel(info) };
    }
    if (reply === undefined) throw new RasterError("RASTER_BACKEND", "expected at least one frame, got none");
    return reply;
  } catch (error) {
    throw toRequestError(error);
  }
}

function allocate(bytes: number): Uint8ClampedArray {
  try {
    return new Uint8ClampedArray(bytes);
  } catch (cause) {
    throw new RasterError("RASTER_OUT_OF_MEMORY", `no memory for a reply of ${bytes} bytes`, { cause });
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
