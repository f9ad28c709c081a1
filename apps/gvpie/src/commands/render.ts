import { format as formatPath, parse as parsePath } from "node:path";
import {
  drawForCartridge,
  encodeAnimation,
  type EncodeAnimationOptions,
  encodeCartridge,
  encodePng,
  readCartridgeMetadata,
} from "@gvpie/cartridge";
import { parseProgram, type Program } from "@gvpie/pxl-parser";
import { DEFAULT_HEIGHT, DEFAULT_LIMITS, DEFAULT_WIDTH, HARD_LIMITS } from "@gvpie/raster";
import { CANVAS_OPTIONS, canvasSize, PARAM_OPTION, readParams } from "../canvas-options.ts";
import { defineCommand, integerOption, type Command } from "../command.ts";
import { drawFrames, drawOnAdapter, type Drawn, drawProgram } from "../draw.ts";
import { CommandError, UsageError } from "../errors.ts";
import { frameBytes } from "../frame-bytes.ts";
import { FUEL_OPTION, limitsWithFuel } from "../fuel-option.ts";
import { exists, inputName, readPng, readProgram } from "../input.ts";
import { printBinary, printJson, say } from "../output.ts";
import { line } from "../terminal-text.ts";
import { writeFile } from "../write-file.ts";

/** The extension of a file of each format; raw pixels have none, because by default they go to stdout. */
const EXTENSIONS: Readonly<Record<string, string>> = { png: ".png", gif: ".gif", webp: ".webp" };

export const render: Command = defineCommand({
  usage: "<file|->",
  positionals: [1, 1],
  details: [
    "By default, x.pxl is rendered to x.png in its directory, and a program from stdin, or raw pixels, to stdout.",
    "A program with FRAMES becomes an animation; raw is its first frame.",
  ].join("\n"),
  options: {
    output: { type: "string", short: "o", value: "file|-", help: "output file; - is stdout" },
    ...CANVAS_OPTIONS,
    param: PARAM_OPTION,
    fuel: FUEL_OPTION,
    format: {
      type: "string",
      value: "name",
      help: "png is a cartridge",
      choices: ["png", "raw", "gif", "webp"],
      default: "png",
      env: "GVPIE_FORMAT",
    },
    frame: {
      type: "string",
      value: "number",
      help: "render one frame of an animation, from 0; the file is not a cartridge",
    },
    backend: {
      type: "string",
      value: "name",
      help: "backend to render with; all give the same bytes",
      choices: ["cpu", "webgpu"],
      default: "cpu",
    },
    adapter: {
      type: "string",
      value: "name",
      help: "use the WebGPU adapter whose name contains <name>; hardware is preferred",
    },
    json: { type: "boolean", help: "print the result as JSON" },
  },
  async run(values, [path = ""]) {
    const { backend, adapter, format } = values;
    const params = readParams(values.param);
    const output = values.output ?? defaultOutput(path, format);
    if (values.json && STDOUT_NAMES.has(output)) {
      throw new UsageError("--json writes to stdout; name another output file with -o");
    }
    if (backend === "cpu" && adapter !== undefined) throw new UsageError("--adapter needs --backend webgpu");
    const number = frameNumber(values);

    const source = readProgram(path);
    const program = programOf(source);
    const background = values.background ?? backgroundOf(program);
    const options = { ...canvasSize(values), background, params, frame: number };
    const all = program?.frames !== undefined && number === undefined && format !== "raw";
    const { drawn, limits } = await drawForCartridge(
      { ...sizeOf(options, program), frames: all ? program.frames?.count : undefined },
      limitsWithFuel(values.fuel),
      (limits) => {
        if (backend === "webgpu") return drawOnAdapter(path, source, { ...options, limits }, adapter, all);
        return (all ? drawFrames : drawProgram)(path, source, { ...options, limits });
      },
    );
    const { frames, warnings, info } = drawn;
    if (warnings.length > 0) {
      const [{ formatDiagnostics }, { styleFor }] = await Promise.all([
        import("../diagnostics.ts"),
        import("../style.ts"),
      ]);
      say(formatDiagnostics(inputName(path), source, warnings, styleFor("stderr")).trimEnd());
    }
    const [frame] = frames;
    const bytes = await encode(format, frames, number !== undefined, {
      program: source,
      language: program?.language,
      background,
      params,
      limits,
      engine: `raster-${info.backend}`,
    });
    if (output === "-") {
      printBinary(bytes);
      return;
    }
    if (values.output === undefined) refuseToReplace(output, format);
    writeFile(output, bytes);
    const { width, height } = frame;
    if (!values.json) {
      const by = backend === "cpu" ? "" : `, rendered by ${info.adapter}`;
      const count = all ? `, ${frames.length} frames` : "";
      say(line`wrote ${output}, ${width}×${height}${count}, ${bytes.length} bytes${by}`);
      return;
    }
    const { hash } = await import("node:crypto");
    printJson({
      file: output,
      format,
      bytes: bytes.length,
      width,
      height,
      animation: all ? (frame.animation ?? null) : null,
      checksum: hash("sha256", frameBytes(frame)),
      ...info,
      warnings,
    });
  },
});

/** Returns the number in `--frame`; undefined without it. */
function frameNumber(values: {
  readonly frame: string | undefined;
  readonly format: string;
  readonly output: string | undefined;
}): number | undefined {
  const { frame, format, output } = values;
  if (frame === undefined) return undefined;
  if (format !== "png" && format !== "raw") throw new UsageError("--frame needs --format png or raw");
  if (format === "png" && output === undefined) {
    throw new UsageError("--frame writes a picture that is not a cartridge; name the file with -o");
  }
  return integerOption("--frame", frame, 0, HARD_LIMITS.frames - 1);
}

/** Returns the parsed program; undefined if it has errors, which the renderer reports. */
function programOf(source: string): Program | undefined {
  try {
    return parseProgram(source, { maxInstructions: DEFAULT_LIMITS.instructions, maxDiagnostics: 1 });
  } catch {
    return undefined;
  }
}

/** Returns the background of a program's canvas, which its cartridge records. */
function backgroundOf(program: Program | undefined): string | undefined {
  const background = program?.canvas?.background;
  return background === undefined ? undefined : `#${background.toString(16).padStart(8, "0")}`;
}

function sizeOf(
  given: { readonly width: number | undefined; readonly height: number | undefined },
  program: Program | undefined,
): { width: number; height: number } {
  return {
    width: given.width ?? program?.canvas?.width ?? DEFAULT_WIDTH,
    height: given.height ?? program?.canvas?.height ?? DEFAULT_HEIGHT,
  };
}

/** Returns the file. A picture `alone` of an animation is not a cartridge, because the program draws more. */
async function encode(
  format: string,
  frames: Drawn["frames"],
  alone: boolean,
  record: EncodeAnimationOptions,
): Promise<Uint8Array> {
  const [frame] = frames;
  const delayMs = frame.animation?.delayMs ?? 0;
  if (format === "raw") return frameBytes(frame);
  if (format === "webp") return (await import("../encode-webp.ts")).encodeWebp(frames, delayMs);
  if (format === "gif") {
    const { encodeGif } = await import("../encode-gif.ts");
    const { bytes, reducedFrames, hasTranslucent } = await encodeGif(frames, delayMs);
    if (reducedFrames > 0) {
      const some =
        frames.length === 1 ? "the picture has" : `${reducedFrames} of ${frames.length} frames have`;
      say(`a GIF has 256 colours a frame: ${some} more, and the colours are reduced`);
    }
    if (hasTranslucent) say("the pixels of a GIF are opaque or transparent: translucent ones are changed");
    return bytes;
  }
  if (alone) return encodePng(frame);
  const encoded =
    frame.animation === undefined ? encodeCartridge(frame, record) : encodeAnimation(frames, record);
  return encoded.catch(toUsageError);
}

/** Names of stdout, where `--json` writes. */
const STDOUT_NAMES = new Set(["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]);

function defaultOutput(path: string, format: string): string {
  if (path === "-" || format === "raw") return "-";
  const { root, dir, name } = parsePath(path);
  return formatPath({ root, dir, name, ext: EXTENSIONS[format] ?? "" });
}

/** @throws {CommandError} if `output`, a default name, exists and is not a cartridge that this format replaces. */
function refuseToReplace(output: string, format: string): void {
  if (!exists(output)) return;
  try {
    if (format === "png" && readCartridgeMetadata(readPng(output, false)).checksum !== undefined) return;
  } catch {
    // Not a PNG.
  }
  throw new CommandError(
    "WOULD_OVERWRITE",
    `${output} exists${format === "png" ? " and is not a cartridge" : ""}; name it with -o to replace it`,
  );
}

/** The only value of the caller that reaches the encoder unchecked is SOURCE_DATE_EPOCH, of the environment. */
function toUsageError(error: unknown): never {
  throw error instanceof RangeError && error.message.includes("SOURCE_DATE_EPOCH")
    ? new UsageError(error.message)
    : error;
}
