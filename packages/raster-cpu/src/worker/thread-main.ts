/** The entry module of a worker thread. Replies to one render after another. */
import { parentPort } from "node:worker_threads";

import type { Diagnostic, Program } from "@gvpie/pxl-parser";
import type { Frame, RasterWarning, RenderOptions } from "@gvpie/raster";

import { FrameSequence } from "../frames/frame-sequence.ts";
import { renderProgram } from "../render.ts";
import { type FrameBatch, type RenderReply, type RenderRequest, toWire } from "./messages.ts";

if (parentPort === null) throw new Error("expected a worker thread, got the main thread");
const port = parentPort;

/** Most frames of a batch, and most pixels of one with several frames. */
const MAX_BATCH_FRAMES = 64;
const MAX_BATCH_PIXELS = 1_048_576;

/** The animation that is being drawn, in batches; other renders may come between them. */
let current: { readonly sequence: number; readonly frames: FrameSequence } | undefined;

port.on("message", (request: RenderRequest) => {
  const reply = answer(request);
  port.postMessage(reply, "frames" in reply ? [...reply.frames] : []);
});

function answer({ program, wantsWarnings, spare, batch, ...options }: RenderRequest): RenderReply {
  const warnings: (Diagnostic | RasterWarning)[] = [];
  const onWarning = wantsWarnings
    ? (warning: Diagnostic | RasterWarning) => warnings.push(warning)
    : undefined;
  try {
    const frames =
      batch === undefined
        ? [renderProgram(program, { ...options, into: spare && new Uint8ClampedArray(spare), onWarning })]
        : drawBatch(program, { ...options, onWarning }, batch);
    const [{ width, height, animation }] = frames as [Frame];
    const [first, ...rest] = frames.map(({ data }) => data.buffer as ArrayBuffer) as [ArrayBuffer];
    return { width, height, animation, frames: [first, ...rest], warnings };
  } catch (error) {
    return { error: toWire(error) };
  }
}

function drawBatch(
  program: string | Program,
  options: RenderOptions,
  { sequence, from }: FrameBatch,
): readonly Frame[] {
  if (current?.sequence !== sequence) current = { sequence, frames: new FrameSequence(program, options) };
  const { frames } = current;
  const most = Math.max(1, Math.min(MAX_BATCH_FRAMES, Math.floor(MAX_BATCH_PIXELS / frames.pixels)));
  const to = Math.min(from + most, frames.count);
  const drawn: Frame[] = [];
  try {
    for (let frame = from; frame < to; frame++) drawn.push(frames.draw(frame, undefined));
  } catch (error) {
    // The next batch begins with the frame that failed, and fails.
    if (drawn.length === 0) throw error;
  }
  // Nothing of a finished animation is kept.
  if (to === frames.count) current = undefined;
  return drawn;
}
