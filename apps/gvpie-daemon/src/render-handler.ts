import { adapterLabel } from "@gvpie/app-common";
import type { BackendName, CapabilityGrant } from "@gvpie/capability";
import type {
  RenderContext,
  RenderHandler,
  RenderReply,
  RenderRequest,
  RequestError,
} from "@gvpie/file-socket";
import { DEFAULT_LIMITS, RasterError, type Limits } from "@gvpie/raster";
import { renderProgram } from "@gvpie/raster-cpu";
import type { Backend, Renderer } from "./backend.ts";
import {
  allowedBackends,
  backendRefusal,
  capabilityRefusal,
  checkFrames,
  tightestLimits,
  type RenderLimits,
} from "./capability-limits.ts";
import type { Config } from "./config.ts";
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

/** The conditions under which one request is rendered. */
interface Terms {
  readonly renderer: Renderer;
  /** Undefined if the capability allows all backends. */
  readonly allowed: readonly BackendName[] | undefined;
  readonly limits: RenderLimits;
  /** Limits on the main thread. */
  readonly cheap: Limits;
  /** Converts an error into the reply that the client gets. */
  readonly toError: (error: unknown) => unknown;
  /** The refusal of a picture from a backend that is not allowed. */
  readonly refuse: () => RequestError;
}

type Context = RenderContext<CapabilityGrant>;

/**
 * Renders cheap programs on the main thread if the backend allows it, and passes all others to the backend.
 *
 * The lower limit of server and capability holds. A capability for the CPU alone is never rendered on a GPU, and one for
 * WebGPU alone gets no picture of the CPU.
 */
export function createRenderHandler(
  backend: Backend,
  chosen: Config["limits"],
): RenderHandler<CapabilityGrant> {
  const { fuel, frames } = DEFAULT_LIMITS;
  const server: RenderLimits = { fuel, frames, ...chosen };
  const plain = termsOf(backend, server, undefined);
  // A reply is written before the next one is rendered, so a next one of the same size can reuse its memory.
  let spare: Uint8ClampedArray | undefined;
  return (request, context) => {
    const terms = context.grant === undefined ? plain : termsOf(backend, server, context.grant);
    if (request.frames === "all") return renderAll(terms, request, context);
    if (!backend.allowsMainThread || terms.allowed?.includes("cpu") === false) {
      return renderOnBackend(terms, request, context);
    }
    try {
      const { width = 0, height = 0 } = request;
      const bytes = width * height * 4;
      const reply = renderOnMainThread(request, terms.cheap, spare?.length === bytes ? spare : undefined);
      if (reply === undefined) return renderOnBackend(terms, request, context);
      spare = reply.data;
      return reply;
    } catch (error) {
      throw terms.toError(error);
    }
  };
}

/** @throws {RequestError} if no backend of this server may render for the capability. */
function termsOf(backend: Backend, server: RenderLimits, grant: CapabilityGrant | undefined): Terms {
  checkFrames(grant);
  const allowed = allowedBackends(grant);
  const refuse = (): RequestError => backendRefusal(grant, backend.gpu);
  const allowsCpu = allowed?.includes("cpu") ?? true;
  const allowsGpu = allowed?.includes("webgpu") ?? true;
  if (!allowsCpu && (!allowsGpu || backend.gpu !== "ready")) throw refuse();
  const limits = tightestLimits(server, grant);
  return {
    renderer: allowsGpu ? backend : backend.cpu,
    allowed,
    limits,
    cheap: stricterOf(CHEAP, limits),
    toError: (error) =>
      (error instanceof RasterError && capabilityRefusal(error, server, grant)) || toRequestError(error),
    refuse,
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
  { renderer, allowed, limits, toError, refuse }: Terms,
  { code, width, height, background, params }: RenderRequest,
  { signal }: Context,
): Promise<RenderReply> {
  try {
    const options = { width, height, background, params, limits, signal };
    const { info, ...frame } = await renderer.render(code, options);
    if (allowed?.includes(info.backend) === false) throw refuse();
    return { ...frame, backend: info.backend, adapter: adapterLabel(info) };
  } catch (error) {
    throw toError(error);
  }
}

/** Renders every frame of an animation into one memory, whose size the limits bound before the first frame. */
async function renderAll(
  { renderer, allowed, limits, toError, refuse }: Terms,
  { code, width, height, background, params }: RenderRequest,
  { signal }: Context,
): Promise<RenderReply> {
  try {
    let reply: RenderReply | undefined;
    let offset = 0;
    const options = { width, height, background, params, limits, signal };
    for await (const { info, data, ...frame } of renderer.renderFrames(code, options)) {
      if (allowed?.includes(info.backend) === false) throw refuse();
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
    throw toError(error);
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
function stricterOf(cheap: Limits, limits: RenderLimits): Limits {
  return {
    ...cheap,
    pixels: Math.min(cheap.pixels, limits.pixels),
    instructions: Math.min(cheap.instructions, limits.instructions),
    paintedPixels: Math.min(cheap.paintedPixels, limits.paintedPixels),
    fuel: Math.min(cheap.fuel, limits.fuel),
    frames: Math.min(cheap.frames, limits.frames),
  };
}
