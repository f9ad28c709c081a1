import { decodeAnimation, decodePng } from "@gvpie/cartridge";
import type { Frame, RenderOptions } from "@gvpie/raster";
import { renderFrames, renderProgram } from "@gvpie/raster-cpu";
import { inputName, readProgramOrPng } from "./input.ts";
import { toProgramError } from "./program-error.ts";

/** The frames of a PNG or of a program: one for a still picture. */
export interface PictureFrames {
  readonly kind: "program" | "png";
  /** Number of frames, at least 1. */
  readonly count: number;
  /** Yields the frames in order, with the milliseconds that each is shown; undefined for a still picture. */
  frames(): AsyncIterable<Frame & { readonly delayMs?: number | undefined }>;
}

/**
 * Reads a program or a PNG. The options are those of a program.
 *
 * @throws {CommandError | CartridgeError | ProgramError | RasterError}
 */
export async function openPicture(path: string, options: RenderOptions): Promise<PictureFrames> {
  const input = readProgramOrPng(path);
  if ("png" in input) return openPng(input.png);
  const { source } = input;
  const first = drawn(path, source, () => renderProgram(source, options));
  const { animation } = first;
  if (animation === undefined) return still("program", first);
  return {
    kind: "program",
    count: animation.frames,
    async *frames() {
      try {
        const { delayMs } = animation;
        for await (const frame of renderFrames(source, options)) yield { ...frame, delayMs };
      } catch (error) {
        throw toProgramError(error, inputName(path), source);
      }
    },
  };
}

async function openPng(png: Uint8Array): Promise<PictureFrames> {
  const animation = decodeAnimation(png);
  if (animation === undefined || animation.frameCount < 2) return still("png", await decodePng(png));
  return { kind: "png", count: animation.frameCount, frames: () => animation.frames() };
}

function still(kind: PictureFrames["kind"], frame: Frame): PictureFrames {
  return {
    kind,
    count: 1,
    async *frames() {
      yield frame;
    },
  };
}

function drawn(path: string, source: string, render: () => Frame): Frame {
  try {
    return render();
  } catch (error) {
    throw toProgramError(error, inputName(path), source);
  }
}
