import type { Program } from "@gvpie/pxl-parser";
import { type Frame, prepareFrames, type PreparedFrames, type RenderOptions } from "@gvpie/raster";

import { drawFrame } from "../render.ts";
import { SequencePainter } from "./sequence-painter.ts";

/** The frames of one program, drawn synchronously; in order, they reuse what did not change. */
export class FrameSequence {
  readonly #prepared: PreparedFrames;
  readonly #painter = new SequencePainter();

  /** @throws as `prepareFrames` does. */
  constructor(program: string | Program, options: RenderOptions) {
    this.#prepared = prepareFrames(program, options);
  }

  get count(): number {
    return this.#prepared.count;
  }

  /** Pixels of one frame. */
  get pixels(): number {
    return this.#prepared.width * this.#prepared.height;
  }

  draw(frame: number, into: Uint8ClampedArray | undefined): Frame {
    return drawFrame(this.#prepared.lower(frame), into, (list, words) => this.#painter.paint(list, words));
  }
}
