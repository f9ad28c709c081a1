import { CapabilityError, type CapabilityGrant, limitError } from "@gvpie/capability";
import {
  DEFAULT_LIMITS,
  type Limits,
  RasterError,
  type RasterErrorCode,
  type Rasterizer,
  type RenderOptions,
} from "@gvpie/raster";

/** The limits of a render that a capability may lower, with the codes of both errors. */
const LOWERED = {
  pixels: ["RASTER_LIMIT_PIXELS", "CAP_LIMIT_PIXELS"],
  instructions: ["RASTER_LIMIT_INSTRUCTIONS", "CAP_LIMIT_INSTRUCTIONS"],
  paintedPixels: ["RASTER_LIMIT_PAINTED", "CAP_LIMIT_PAINTED_PIXELS"],
  fuel: ["RASTER_LIMIT_FUEL", "CAP_LIMIT_FUEL"],
  frames: ["RASTER_LIMIT_FRAMES", "CAP_LIMIT_FRAMES"],
} as const satisfies Partial<Record<keyof Limits, readonly [RasterErrorCode, CapabilityError["code"]]>>;

type LoweredLimit = keyof typeof LOWERED;

const NAMES = Object.keys(LOWERED) as LoweredLimit[];

/**
 * Returns a rasteriser that obeys a capability: each render is checked as a renderer checks a request, and has the lower one of each
 * limit. Its renders throw a {@link CapabilityError} if they exceed the capability.
 */
export function limitRasterizer(rasterizer: Rasterizer, grant: CapabilityGrant): Rasterizer {
  /** Returns the options with the lower limits, and the limits that the capability lowers. */
  function prepare(program: Parameters<Rasterizer["render"]>[0], options: RenderOptions): RenderOptions {
    // The hash of a program is that of its source.
    if (typeof program !== "string") throw new TypeError("expected the source of the program, got a Program");
    checkRequest(rasterizer, grant, program, options);
    const { limits } = grant.capability;
    const lowered = Object.fromEntries(
      NAMES.map((name) => [name, Math.min(givenLimit(options, name), limits[name] ?? Infinity)]),
    );
    return { ...options, limits: { ...options.limits, ...lowered } };
  }

  return {
    info: rasterizer.info,
    async render(program, options = {}) {
      const prepared = prepare(program, options);
      try {
        return await rasterizer.render(program, prepared);
      } catch (error) {
        throw asRefusal(error, options, grant);
      }
    },
    async *renderFrames(program, options = {}) {
      const prepared = prepare(program, options);
      try {
        yield* rasterizer.renderFrames(program, prepared);
      } catch (error) {
        throw asRefusal(error, options, grant);
      }
    },
    close: () => rasterizer.close(),
  };
}

function checkRequest(
  { info }: Rasterizer,
  grant: CapabilityGrant,
  code: string,
  { width, height, params = {}, frame = 0 }: RenderOptions,
): void {
  const { limits, limitedBy } = grant.capability;
  grant.checkNow();
  const pixels = width === undefined || height === undefined ? 0 : width * height;
  grant.checkUse({ operation: "render_program", code, params: Object.keys(params), pixels });
  const { backends, frames = Infinity } = limits;
  if (backends?.includes(info.backend) === false) {
    throw limitError("backends", { allowed: backends, got: info.backend, block: limitedBy.backends });
  }
  // A verification renders the frames one by one.
  if (frame >= frames) {
    throw limitError("frames", { allowed: frames, got: frame + 1, block: limitedBy.frames });
  }
  const { pixels: allowed = Infinity } = limits;
  const all = pixels * (frame + 1);
  if (all > allowed) throw limitError("pixels", { allowed, got: all, block: limitedBy.pixels });
}

function givenLimit({ limits }: RenderOptions, name: LoweredLimit): number {
  return limits?.[name] ?? DEFAULT_LIMITS[name];
}

/** Returns the error of the capability if its limit, and not that of the caller, was exceeded. */
function asRefusal(error: unknown, options: RenderOptions, grant: CapabilityGrant): unknown {
  if (!(error instanceof RasterError)) return error;
  const limit = NAMES.find((name) => LOWERED[name][0] === error.code);
  const { limits, limitedBy } = grant.capability;
  if (limit === undefined || (limits[limit] ?? Infinity) >= givenLimit(options, limit)) return error;
  const [, code] = LOWERED[limit];
  const expectation = error.message.replace(` (limits.${limit})`, "");
  return new CapabilityError(code, expectation, { block: limitedBy[limit], limit, cause: error });
}
