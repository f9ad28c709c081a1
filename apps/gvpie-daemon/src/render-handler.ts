import type { RenderHandler, RenderReply, RenderRequest } from "@gvpie/file-socket";
import { RasterError, type Limits } from "@gvpie/raster";
import { renderProgram } from "@gvpie/raster-cpu";
import { adapterLabel, type Backend } from "./backend.ts";
import { refusalOf } from "./refusal.ts";

/**
 * What is drawn at once, on the thread that answers: a few milliseconds of work at most, so that nobody waits long for
 * another's picture and the heartbeat goes on.
 */
const LIGHT: Limits & { readonly codeUnits: number } = {
  codeUnits: 65_536,
  pixels: 1_048_576,
  instructions: 8_192,
  glyphs: 65_536,
  paintedPixels: 4_194_304,
  commands: 65_536,
  fuel: 65_536,
};

type ChosenLimits = Pick<Limits, "pixels" | "instructions" | "paintedPixels">;

/** Draws light programs at once, where the backend allows that, and hands all others to it. */
export function createRenderHandler(backend: Backend, limits: ChosenLimits): RenderHandler {
  const lightLimits = lower(LIGHT, limits);
  // A reply is written out before the next one is drawn, so the next of its size may have its memory.
  let spare: Uint8ClampedArray | undefined;
  return (request, terms) => {
    if (!backend.drawsLightAtOnce) return drawAside(backend, request, limits, terms.signal);
    try {
      const bytes = request.width * request.height * 4;
      const reply = drawAtOnce(request, lightLimits, spare?.length === bytes ? spare : undefined);
      if (reply === undefined) return drawAside(backend, request, limits, terms.signal);
      spare = reply.data;
      return reply;
    } catch (error) {
      throw refusalOf(error);
    }
  };
}

/** The picture, or undefined where it is none of the light ones. */
function drawAtOnce(
  request: RenderRequest,
  limits: Limits,
  into: Uint8ClampedArray | undefined,
): (RenderReply & { readonly data: Uint8ClampedArray }) | undefined {
  const { code, width, height, background, params } = request;
  if (code.length > LIGHT.codeUnits) return undefined;
  try {
    const { data } = renderProgram(code, { width, height, background, params, limits, into });
    return { width, height, data, backend: "cpu", adapter: "cpu" };
  } catch (error) {
    if (error instanceof RasterError && error.code.startsWith("RASTER_LIMIT_")) return undefined;
    throw error;
  }
}

async function drawAside(
  backend: Backend,
  { code, ...canvas }: RenderRequest,
  limits: ChosenLimits,
  signal: AbortSignal,
): Promise<RenderReply> {
  try {
    const { width, height, data, info } = await backend.render(code, { ...canvas, limits, signal });
    return { width, height, data, backend: info.backend, adapter: adapterLabel(info) };
  } catch (error) {
    throw refusalOf(error);
  }
}

/** The stricter of the two in each respect. */
function lower(light: Limits, chosen: ChosenLimits): Limits {
  return {
    ...light,
    pixels: Math.min(light.pixels, chosen.pixels),
    instructions: Math.min(light.instructions, chosen.instructions),
    paintedPixels: Math.min(light.paintedPixels, chosen.paintedPixels),
  };
}
