import type { CapabilityGrant } from "@gvpie/capability";
import type { Rasterizer } from "@gvpie/raster";
import { Buffer } from "node:buffer";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunContext, RunnableScript } from "../types.ts";
import { limitRasterizer } from "./limit-rasterizer.ts";

/**
 * Calls `work` with a rasteriser that obeys the capability of the run, if it has one. The run counts as one request of the bytes of its
 * code and parameters, until `work` has ended.
 *
 * @throws {CapabilityError}
 */
export async function useCapability<T>(
  rasterizer: Rasterizer,
  script: RunnableScript,
  context: RunContext,
  work: (rasterizer: Rasterizer) => Promise<T>,
): Promise<T> {
  if (context.capability === undefined) return work(rasterizer);
  const grant = await context.capability.open();
  const release = await admit(grant, requestBytes(script), context);
  try {
    return await work(limitRasterizer(rasterizer, grant));
  } finally {
    release();
  }
}

async function admit(grant: CapabilityGrant, bytes: number, context: RunContext): Promise<() => void> {
  for (;;) {
    grant.checkNow();
    try {
      return grant.admit({ bytes });
    } catch (error) {
      await waitToRetry(error, context);
    }
  }
}

/**
 * Waits for as long as an error asks, in `retryAfterMs`. The run keeps its concurrency slot, and its time limit goes on.
 *
 * @throws the error, if it asks for no retry, or for one after the time limit of the run.
 */
export async function waitToRetry(error: unknown, { signal, timeLeftMs }: RunContext): Promise<void> {
  const { retryAfterMs } = error as { readonly retryAfterMs?: unknown };
  if (typeof retryAfterMs !== "number" || retryAfterMs >= timeLeftMs()) throw error;
  await sleep(retryAfterMs, undefined, { signal });
}

function requestBytes({ code, options: { params } }: RunnableScript): number {
  return Buffer.byteLength(code) + (params === undefined ? 0 : Buffer.byteLength(JSON.stringify(params)));
}
