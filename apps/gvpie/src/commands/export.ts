import { parse as parsePath } from "node:path";
import { type Frame, packFrame, PIXEL_FORMATS, type PixelFormat } from "@gvpie/raster";
import { CANVAS_OPTIONS, canvasSize, PARAM_OPTION, readParams } from "../canvas-options.ts";
import { defineCommand, integerOption, listOf, type Command } from "../command.ts";
import { CommandError, UsageError } from "../errors.ts";
import { identifierOf, toCArray, toPython } from "../export/source-code.ts";
import { frameBytes } from "../frame-bytes.ts";
import { FUEL_OPTION, limitsWithFuel } from "../fuel-option.ts";
import { print, printBinary, say } from "../output.ts";
import { openPicture, type PictureFrames } from "../picture-file.ts";
import { line, TerminalText } from "../terminal-text.ts";
import { writeFile } from "../write-file.ts";

const FORMATS = ["ssd1306", "c-array", "python", "ppm", "raw"] as const;
type Format = (typeof FORMATS)[number];

/** The pixels of a format without `--pixels`. */
const DEFAULT_PIXELS: Readonly<Record<Format, PixelFormat | "rgba">> = {
  ssd1306: "ssd1306",
  "c-array": "ssd1306",
  python: "ssd1306",
  ppm: "rgb",
  raw: "rgba",
};

export const exportPicture: Command = defineCommand({
  usage: "<png|pxl|->",
  positionals: [1, 1],
  details: [
    "Writes the pixels for displays and other programs; a cartridge is written by render.",
    "c-array is a C header and python a module, with constants named after the file. ppm is a binary PPM,",
    "raw the bytes alone, and ssd1306 the memory of that display. Of an animation, one frame is written.",
    "Layouts of c-array, python (both by default ssd1306) and raw (by default rgba), one bit a pixel:",
    "  ssd1306   columns of eight rows, the top row in bit 0",
    "  epd-1bit  rows, the left pixel in bit 7",
    "  xbm       rows, the left pixel in bit 0",
    "and whole bytes: gray8, rgb565 (high byte first), rgb565le, rgb, bgr, rgba.",
  ].join("\n"),
  examples: [
    ["gvpie export hello.pxl --format ssd1306 -o hello.bin", "the memory of a 128×64 OLED"],
    ["gvpie export hello.png --format c-array --pixels rgb565 -o hello.h", "a header for a colour TFT"],
    ["gvpie export hello.pxl --format ppm -o hello.ppm", "a picture for tools without PNG"],
  ],
  seeAlso: ["render", "show"],
  options: {
    format: { type: "string", value: "name", help: "what to write, required", choices: FORMATS },
    pixels: {
      type: "string",
      value: "layout",
      help: "layout of the pixels for c-array, python and raw",
    },
    threshold: {
      type: "string",
      value: "n",
      help: "least brightness of a light pixel, 0 to 256; default 128",
    },
    invert: { type: "boolean", help: "write 1 for dark pixels, for one bit a pixel" },
    frame: { type: "string", value: "number", help: "frame of an animation, from 0", default: "0" },
    output: { type: "string", short: "o", value: "file|-", help: "output file; default -, stdout" },
    ...CANVAS_OPTIONS,
    param: PARAM_OPTION,
    fuel: FUEL_OPTION,
  },
  async run(values, [path = ""]) {
    const { output = "-", invert } = values;
    const format = values.format as Format | undefined;
    if (format === undefined) throw new UsageError(`expected --format with ${FORMATS.join(", ")}, got none`);
    const pixels = pixelsOf(format, values.pixels as PixelFormat | "rgba" | undefined);
    const threshold =
      values.threshold === undefined ? undefined : integerOption("--threshold", values.threshold, 0, 256);
    if ((threshold !== undefined || invert) && !isOneBit(pixels)) {
      throw new UsageError(`--${invert ? "invert" : "threshold"} needs one bit a pixel; ${pixels} has more`);
    }
    const picture = await openPicture(path, {
      ...canvasSize(values),
      background: values.background,
      params: readParams(values.param),
      limits: limitsWithFuel(values.fuel),
    });
    const frame = await frameAt(picture, integerOption("--frame", values.frame, 0, picture.count - 1));
    const bytes = pixels === "rgba" ? frameBytes(frame) : packFrame(frame, pixels, { threshold, invert });
    const { width, height } = frame;
    const name = identifierOf(path === "-" ? "" : parsePath(path).name);
    const packed = { name, pixels, width, height, bytes };
    if (format === "c-array" || format === "python") {
      const text = format === "python" ? toPython(packed) : toCArray(packed);
      if (output === "-") return print(TerminalText.trust(text));
      writeFile(output, new TextEncoder().encode(text));
    } else {
      const header = format === "ppm" ? `P6\n${width} ${height}\n255\n` : "";
      const file = Buffer.concat([Buffer.from(header), bytes]);
      if (output === "-") return printBinary(file);
      writeFile(output, file);
    }
    say(line`wrote ${output}, ${width}×${height}, ${bytes.length} bytes of pixels as ${pixels}`);
  },
});

function pixelsOf(format: Format, given: PixelFormat | "rgba" | undefined): PixelFormat | "rgba" {
  if (given === undefined) return DEFAULT_PIXELS[format];
  if (given !== "rgba" && !PIXEL_FORMATS.includes(given)) {
    throw new UsageError(`--pixels: expected ${listOf([...PIXEL_FORMATS, "rgba"])}, got "${given}"`);
  }
  if (format === "ssd1306" || format === "ppm") {
    throw new UsageError(`--pixels: ${format} has its own layout; expected --format c-array, python or raw`);
  }
  return given;
}

function isOneBit(pixels: PixelFormat | "rgba"): boolean {
  return pixels === "ssd1306" || pixels === "epd-1bit" || pixels === "xbm";
}

async function frameAt(picture: PictureFrames, number: number): Promise<Frame> {
  let at = 0;
  for await (const frame of picture.frames()) if (at++ === number) return frame;
  throw new CommandError("NO_FRAME", `the animation has no frame ${number}`);
}
