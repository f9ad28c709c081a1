import type { BackendName, CapabilityGrant, LimitName } from "@gvpie/capability";
import { RequestError } from "@gvpie/file-socket";
import type { Limits, RasterError, RasterErrorCode } from "@gvpie/raster";

/** The limits of the rasterisers that a server or a capability sets. */
export type RenderLimits = Pick<Limits, "pixels" | "instructions" | "paintedPixels" | "fuel" | "frames">;

/** A limit of a capability that a render can exceed. */
type RenderLimit = keyof RenderLimits | "backends";

/** The code of each refusal. */
const CODES = {
  pixels: "CAP_LIMIT_PIXELS",
  instructions: "CAP_LIMIT_INSTRUCTIONS",
  paintedPixels: "CAP_LIMIT_PAINTED_PIXELS",
  fuel: "CAP_LIMIT_FUEL",
  frames: "CAP_LIMIT_FRAMES",
  backends: "CAP_LIMIT_BACKENDS",
} as const satisfies Partial<Record<LimitName, string>>;

/** The limit that an error of a rasteriser names. */
const EXCEEDED: Readonly<Partial<Record<RasterErrorCode, keyof RenderLimits>>> = {
  RASTER_LIMIT_PIXELS: "pixels",
  RASTER_LIMIT_INSTRUCTIONS: "instructions",
  RASTER_LIMIT_PAINTED: "paintedPixels",
  RASTER_LIMIT_FUEL: "fuel",
  RASTER_LIMIT_FRAMES: "frames",
};

const RETRY_AFTER_MS = 500;

/** For each limit, the lower one of server and capability. A capability without a limit leaves the server's. */
export function tightestLimits(server: RenderLimits, grant: CapabilityGrant | undefined): RenderLimits {
  if (grant === undefined) return server;
  const { limits } = grant.capability;
  const lower = (name: keyof RenderLimits): number => Math.min(server[name], limits[name] ?? Infinity);
  return {
    pixels: lower("pixels"),
    instructions: lower("instructions"),
    paintedPixels: lower("paintedPixels"),
    fuel: lower("fuel"),
    frames: lower("frames"),
  };
}

/** Returns the refusal if the capability's limit, and not that of the server, made a rasteriser throw `error`. */
export function capabilityRefusal(
  error: RasterError,
  server: RenderLimits,
  grant: CapabilityGrant | undefined,
): RequestError | undefined {
  const name = EXCEEDED[error.code];
  if (name === undefined || grant === undefined) return undefined;
  const { [name]: limit = Infinity } = grant.capability.limits;
  if (limit >= server[name]) return undefined;
  return refusal(grant, name, error.message.replace(` (limits.${name})`, ""));
}

/** @throws {RequestError} if the capability allows no frame at all, which no rasteriser checks. */
export function checkFrames(grant: CapabilityGrant | undefined): void {
  if (grant?.capability.limits.frames !== 0) return;
  throw refusal(grant, "frames", "expected at most 0 frames, got 1");
}

/** Returns the backends that the capability allows; undefined if it allows all. */
export function allowedBackends(grant: CapabilityGrant | undefined): readonly BackendName[] | undefined {
  return grant?.capability.limits.backends;
}

/**
 * Returns the refusal of a render for which the server has no backend that the capability allows.
 *
 * @param gpu state of the server's GPU; a request that only a GPU may render can be repeated when it has started.
 */
export function backendRefusal(
  grant: CapabilityGrant | undefined,
  gpu: "absent" | "starting" | "ready",
): RequestError {
  const allowed = allowedBackends(grant) ?? [];
  const expected = `expected a picture from ${allowed.join(" or ") || "no backend"}`;
  if (allowed.includes("webgpu") && gpu === "starting") {
    return refusal(grant, "backends", `${expected}, got a GPU that is not ready yet`, RETRY_AFTER_MS);
  }
  const got = gpu === "ready" ? "one that this server renders on cpu" : "a server that renders on cpu only";
  return refusal(grant, "backends", `${expected}, got ${got}`);
}

function refusal(
  grant: CapabilityGrant | undefined,
  name: RenderLimit,
  reason: string,
  retryAfterMs?: number,
): RequestError {
  const block = grant?.capability.limitedBy[name];
  return new RequestError({
    status: retryAfterMs === undefined ? "forbidden" : "busy",
    code: CODES[name],
    message: `${reason} (limit ${name} of block ${block})`,
    retryAfterMs,
  });
}
