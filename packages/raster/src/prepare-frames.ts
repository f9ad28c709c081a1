import type { Program } from "@gvpie/pxl-parser";

import { allocateList, type ListMemory } from "./draw-list.ts";
import { countExpected, lower } from "./lower.ts";
import { prepare } from "./prepare.ts";
import type { DrawList, FrameAnimation, RenderOptions } from "./types.ts";

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
 * @throws as `lowerProgram` does before the program runs.
 */
export function prepareFrames(program: string | Program, options: RenderOptions = {}): PreparedFrames {
  const prepared = prepare(program, options);
  const { width, height } = prepared.canvas;
  const animation: FrameAnimation | undefined = undefined;
  const { commands, glyphs } = countExpected(prepared.bound.program.instructions);
  let memory: ListMemory = allocateList(commands, glyphs);
  return {
    width,
    height,
    count: 1,
    animation,
    lower(frame) {
      const list = lower(frame === 0 ? prepared : { ...prepared, onWarning: undefined }, memory);
      // A list that has outgrown its memory has moved.
      memory = list;
      return list;
    },
  };
}
