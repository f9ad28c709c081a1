import type { Program } from "@gvpie/pxl-parser";
import type { Frame, RenderOptions } from "@gvpie/raster";

import { FrameSequence } from "./frame-sequence.ts";

/** Milliseconds of drawing after which the event loop gets a turn. Without it, no timer could abort the signal. */
const TURN_AFTER_MS = 16;

/**
 * Renders the frames of an animation on the CPU, in order, and yields each when it is requested; one frame for a program
 * without FRAMES. The program is parsed once, and what consecutive frames have in common is painted once.
 *
 * Each frame has its own memory. With `into` they share that of `into`, which then holds a frame until the next one is requested.
 *
 * @throws as `renderProgram` does, when a frame is requested. Frames before it have been yielded.
 */
export async function* renderFrames(
  program: string | Program,
  options: RenderOptions = {},
): AsyncGenerator<Frame, void, undefined> {
  const { into, signal } = options;
  const frames = new FrameSequence(program, options);
  let turnAt = Date.now() + TURN_AFTER_MS;
  for (let frame = 0; frame < frames.count; frame++) {
    if (Date.now() >= turnAt) {
      await turnOfTheEventLoop();
      turnAt = Date.now() + TURN_AFTER_MS;
    }
    signal?.throwIfAborted();
    yield frames.draw(frame, into);
  }
}

function turnOfTheEventLoop(): Promise<void> {
  // Browsers and Node have this function; the type library of the language does not declare it.
  const { setTimeout } = globalThis as unknown as { setTimeout(callback: () => void): unknown };
  return new Promise((resolve) => setTimeout(resolve));
}
