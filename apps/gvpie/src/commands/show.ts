import { decodeAnimation, type DecodedAnimation, decodePng } from "@gvpie/cartridge";
import type { Frame, RenderOptions } from "@gvpie/raster";
import { renderFrames } from "@gvpie/raster-cpu";
import { CANVAS_OPTIONS, canvasSize, PARAM_OPTION, readParams } from "../canvas-options.ts";
import { defineCommand, integerOption, type Command } from "../command.ts";
import { drawProgram } from "../draw.ts";
import { FUEL_OPTION, limitsWithFuel } from "../fuel-option.ts";
import { inputName, readProgramOrPng } from "../input.ts";
import { print } from "../output.ts";
import { drawPicture } from "../picture.ts";
import type { Animation, TimedFrame } from "../player.ts";
import { toProgramError } from "../program-error.ts";
import { detectTerminal } from "../terminal.ts";
import { TerminalText } from "../terminal-text.ts";

const MAX_LOOPS = 1_000_000;

/** A picture, or an animation. */
interface Shown {
  /** Printed of a still picture, and if there is no terminal. */
  readonly first: Frame;
  /** Undefined for a still picture. */
  readonly animation: Animation | undefined;
}

export const show: Command = defineCommand({
  usage: "<png|pxl|->",
  positionals: [1, 1],
  details: [
    "The picture is scaled to the terminal's width (COLUMNS), in colour if the terminal has it (NO_COLOR, FORCE_COLOR).",
    "An animation is played in a terminal until q or Ctrl-C is pressed; elsewhere its first frame is printed.",
  ].join("\n"),
  examples: [
    ["gvpie show hello.pxl", "the picture of a program"],
    ["gvpie show hello.png", "a cartridge, or any other PNG"],
    ["echo 'TXT 1 1 hi' | gvpie show -", "a program from a pipe"],
    ["gvpie show blink.pxl --loops 3", "play an animation three times"],
  ],
  seeAlso: ["render", "diff"],
  options: {
    ...CANVAS_OPTIONS,
    param: PARAM_OPTION,
    fuel: FUEL_OPTION,
    loops: { type: "string", value: "n", help: "play an animation n times, then exit" },
  },
  async run(values, [path = ""]) {
    const { background } = values;
    const params = readParams(values.param);
    const limits = limitsWithFuel(values.fuel);
    const loops =
      values.loops === undefined ? undefined : integerOption("--loops", values.loops, 1, MAX_LOOPS);
    const input = readProgramOrPng(path);
    const isTerminal = process.stdout.isTTY;
    const { first, animation } =
      "png" in input
        ? await fromPng(input.png, isTerminal)
        : fromProgram(path, input.source, { ...canvasSize(values), background, params, limits });
    if (animation === undefined || !isTerminal) {
      print(TerminalText.trust(drawPicture(first, detectTerminal(process.env, process.stdout))));
      return 0;
    }
    const { play } = await import("../player.ts");
    return play(animation, loops);
  },
});

function fromProgram(path: string, source: string, options: RenderOptions): Shown {
  const [first] = drawProgram(path, source, options).frames;
  const delayMs = first.animation?.delayMs;
  if (delayMs === undefined) return { first, animation: undefined };
  async function* open(): AsyncGenerator<TimedFrame, void, undefined> {
    try {
      for await (const frame of renderFrames(source, options)) yield { frame, delayMs: delayMs as number };
    } catch (error) {
      throw toProgramError(error, inputName(path), source);
    }
  }
  return { first, animation: { open, plays: Infinity } };
}

async function fromPng(png: Uint8Array, isTerminal: boolean): Promise<Shown> {
  const first = await decodePng(png);
  const decoded = isTerminal ? decodeAnimation(png) : undefined;
  if (decoded === undefined || decoded.frameCount < 2) return { first, animation: undefined };
  const { plays } = decoded;
  async function* open(): AsyncGenerator<TimedFrame, void, undefined> {
    for await (const frame of (decoded as DecodedAnimation).frames()) yield { frame, delayMs: frame.delayMs };
  }
  return { first, animation: { open, plays: plays === 0 ? Infinity : plays } };
}
