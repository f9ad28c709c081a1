import type { Program } from "@gvpie/pxl-parser";

import { allocateList, type ListMemory } from "./draw-list.ts";
import { RasterError } from "./errors.ts";
import { checkLimit } from "./limits.ts";
import { countExpected, lower } from "./lower.ts";
import { Executor } from "./machine/execute.ts";
import { prepare } from "./prepare.ts";
import type { DrawList, Frame, FrameAnimation, Limits, RenderOptions } from "./types.ts";

/** A program whose frames can be drawn: parsed, checked and bound once. Each frame is a run of its own. */
export interface PreparedFrames {
  /** Pixels of the canvas. */
  readonly width: number;
  /** Pixels of the canvas. */
  readonly height: number;
  /** Number of frames, at least 1. */
  readonly count: number;
  /** Undefined for a program without FRAMES, which has one frame. */
  readonly animation: FrameAnimation | undefined;
  /**
   * Runs the program for one frame, from 0, and returns its draw list, which is valid until the next call: that one uses
   * its memory again. Warnings are reported for frame 0 alone.
   *
   * @throws as `lowerProgram` does while the program runs.
   */
  lower(frame: number): DrawList;
}

/**
 * Prepares the frames of a program.
 *
 * @throws as `lowerProgram` does before the program runs, and {RasterError} `RASTER_LIMIT_FRAMES`, or `RASTER_LIMIT_PIXELS`
 * if all frames together have more pixels than `limits.pixels`.
 * @throws {TypeError} if `options` has a number of a frame.
 */
export function prepareFrames(program: string | Program, options: RenderOptions = {}): PreparedFrames {
  const prepared = prepare(program, options);
  refuseFrame(options);
  const { animation, bound } = prepared;
  const { width, height } = prepared.canvas;
  checkAnimation({ width, height, animation }, bound.limits);
  const { commands, glyphs } = countExpected(bound.program.instructions);
  let memory: ListMemory = allocateList(commands, glyphs);
  const { plain, straight } = bound.program;
  const executor = plain ? undefined : new Executor(bound, !straight || animation !== undefined);
  return {
    width,
    height,
    count: animation?.frames ?? 1,
    animation,
    lower(frame) {
      const onWarning = frame === 0 ? prepared.onWarning : undefined;
      const surroundings = { ...bound.surroundings, frame };
      const list = lower({ ...prepared, bound: { ...bound, surroundings }, onWarning }, memory, executor);
      // A list that has outgrown its memory has moved.
      memory = list;
      return list;
    },
  };
}

/** @throws {TypeError} if the options of all frames have a number of one. */
export function refuseFrame({ frame }: RenderOptions): void {
  if (frame === undefined) return;
  throw new TypeError("expected no frame in the options of all frames; render that frame alone instead");
}

/** @throws {RasterError} `RASTER_LIMIT_FRAMES` or `RASTER_LIMIT_PIXELS` if an animation exceeds the limits. */
export function checkAnimation(
  {
    width,
    height,
    animation,
  }: Pick<Frame, "width" | "height"> & { readonly animation: FrameAnimation | undefined },
  limits: Limits,
): void {
  if (animation === undefined) return;
  checkLimit("frames", animation.frames, limits);
  const pixels = animation.frames * width * height;
  if (pixels <= limits.pixels) return;
  throw new RasterError(
    "RASTER_LIMIT_PIXELS",
    `expected at most ${limits.pixels} pixels of all frames (limits.pixels), got ${animation.frames} frames of ${width} × ${height}`,
  );
}
