import { encodePng } from "@gvpie/cartridge";
import type { Frame } from "@gvpie/raster";
import { CANVAS_OPTIONS, canvasSize, PARAM_OPTION, readParams } from "../canvas-options.ts";
import { defineCommand, type Command } from "../command.ts";
import { compareFrames, drawDifference, type FrameDifference } from "../compare-frames.ts";
import { StdoutClosed, UsageError } from "../errors.ts";
import { FUEL_OPTION, limitsWithFuel } from "../fuel-option.ts";
import { inputName } from "../input.ts";
import { print, printBinary, printJson, say } from "../output.ts";
import { drawPicture } from "../picture.ts";
import { openPicture, type PictureFrames } from "../picture-file.ts";
import { detectTerminal } from "../terminal.ts";
import { line, TerminalText } from "../terminal-text.ts";
import { writeFile } from "../write-file.ts";

const SAME = 0;
const DIFFERENT = 1;
/** As of verify: 2 is wrong usage. */
const UNDECIDED = 3;

/** The result of a comparison; `--json` prints it. */
interface Result {
  readonly same: boolean;
  /** In words. */
  readonly explanation: string;
  /** Number of the first frame that differs, 0 for still pictures; null if the pictures differ as a whole. */
  readonly frame: number | null;
  readonly difference: FrameDifference | null;
}

interface Comparison extends Result {
  /** The frames of the difference. */
  readonly frames?: readonly [Frame, Frame];
}

export const diff: Command = defineCommand({
  usage: "<png|pxl|-> <png|pxl|->",
  positionals: [2, 2],
  details: [
    "Compares the pixels of two pictures, of animations every frame and its time.",
    "On a terminal, and with -o in a file, the difference is shown over the first picture in grey:",
    "red where the second one is darker, green where it is lighter.",
  ].join("\n"),
  examples: [
    ["gvpie diff hello.png hello.pxl", "does the program still draw the picture?"],
    ["gvpie diff hello.png hello.pxl -o difference.png", "the same, with a picture of the difference"],
  ],
  exitCodes: [
    ["0", "The pictures are the same."],
    ["1", "They differ."],
    ["2", "Wrong usage."],
    ["3", "They cannot be compared."],
  ],
  seeAlso: ["verify", "show"],
  options: {
    output: {
      type: "string",
      short: "o",
      value: "file|-",
      help: "file for a PNG of the difference; - is stdout",
    },
    ...CANVAS_OPTIONS,
    param: PARAM_OPTION,
    fuel: FUEL_OPTION,
    json: { type: "boolean", help: "print the result as JSON" },
  },
  async run({ output, json, ...values }, paths) {
    const [first = "", second = ""] = paths;
    if (first === "-" && second === "-") throw new UsageError("expected a file and -, got - twice");
    if (json && output === "-") {
      throw new UsageError("--json writes to stdout; name another output file with -o");
    }
    const options = {
      ...canvasSize(values),
      background: values.background,
      params: readParams(values.param),
      limits: limitsWithFuel(values.fuel),
    };
    let comparison: Comparison;
    try {
      comparison = await compare(await openPicture(first, options), await openPicture(second, options));
    } catch (error) {
      if (error instanceof UsageError || error instanceof StdoutClosed) throw error;
      const { explain } = await import("../explain.ts");
      const { message, data } = explain(error);
      say(line`gvpie diff: ${message}`);
      if (json) printJson({ error: data });
      return UNDECIDED;
    }
    const { frames, ...result } = comparison;
    const drawn = frames && drawDifference(...frames);
    if (drawn !== undefined && output !== undefined) {
      const png = await encodePng(drawn);
      if (output === "-") {
        printBinary(png);
      } else {
        writeFile(output, png);
      }
    } else if (output !== undefined && !result.same) {
      say(line`gvpie diff: no picture was written, because the difference is not one of pixels`);
    }
    if (json) {
      printJson(result);
    } else if (output !== "-") {
      print(line`${inputName(first)} and ${inputName(second)} ${result.explanation}\n`);
      if (drawn !== undefined && process.stdout.isTTY) {
        print(TerminalText.trust(drawPicture(drawn, detectTerminal(process.env, process.stdout))));
      }
    }
    return result.same ? SAME : DIFFERENT;
  },
});

async function compare(one: PictureFrames, other: PictureFrames): Promise<Comparison> {
  if (one.count !== other.count) {
    return different(`differ: they have ${one.count} and ${other.count} frames`);
  }
  const others = other.frames()[Symbol.asyncIterator]();
  let number = 0;
  let size = "";
  for await (const a of one.frames()) {
    const { value: b } = (await others.next()) as IteratorYieldResult<Frame & { readonly delayMs?: number }>;
    const place = one.count === 1 ? "" : ` in frame ${number}`;
    size = `${a.width}×${a.height} pixels`;
    if (a.width !== b.width || a.height !== b.height) {
      return different(`differ: they have ${size} and ${b.width}×${b.height} pixels`);
    }
    const difference = compareFrames(a, b);
    if (difference !== undefined) {
      const { pixels, first, box } = difference;
      const where = `first at ${first.x},${first.y}: ${first.colors[0]} and ${first.colors[1]}`;
      const area = `all within ${box.width}×${box.height} at ${box.x},${box.y}`;
      const explanation = `differ${place} in ${pixels} of ${a.width * a.height} pixels; ${where}; ${area}`;
      return { same: false, explanation, frame: number, difference, frames: [a, b] };
    }
    if (a.delayMs !== b.delayMs) {
      return different(`differ${place}: it is shown for ${a.delayMs} and ${b.delayMs} ms`, number);
    }
    number++;
  }
  const count = number === 1 ? "" : ` in ${number} frames`;
  return { same: true, explanation: `are the same: ${size}${count}`, frame: null, difference: null };
}

function different(explanation: string, frame: number | null = null): Comparison {
  return { same: false, explanation, frame, difference: null };
}
