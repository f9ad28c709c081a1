/** The entry module of a worker thread. Replies to one render after another. */
import { parentPort } from "node:worker_threads";

import type { Diagnostic } from "@gvpie/pxl-parser";
import type { RasterWarning } from "@gvpie/raster";

import { renderProgram } from "../render.ts";
import { type RenderReply, type RenderRequest, toWire } from "./messages.ts";

if (parentPort === null) throw new Error("expected a worker thread, got the main thread");
const port = parentPort;

port.on("message", (request: RenderRequest) => {
  const reply = answer(request);
  port.postMessage(reply, "pixels" in reply ? [reply.pixels] : []);
});

function answer({ program, wantsWarnings, spare, ...options }: RenderRequest): RenderReply {
  const warnings: (Diagnostic | RasterWarning)[] = [];
  try {
    const frame = renderProgram(program, {
      ...options,
      into: spare && new Uint8ClampedArray(spare),
      onWarning: wantsWarnings ? (warning) => warnings.push(warning) : undefined,
    });
    return { width: frame.width, height: frame.height, pixels: frame.data.buffer as ArrayBuffer, warnings };
  } catch (error) {
    return { error: toWire(error) };
  }
}
