import {
  drawForCartridge,
  encodeAnimation,
  type EncodeAnimationOptions,
  encodeCartridge,
  encodePng,
} from "@gvpie/cartridge";
import { parseProgram, type Program } from "@gvpie/pxl-parser";
import {
  DEFAULT_HEIGHT,
  DEFAULT_LIMITS,
  DEFAULT_WIDTH,
  type Frame,
  type Limits,
  type Rasterizer,
  type RasterizerInfo,
} from "@gvpie/raster";
import type { AnyDiagnostic } from "./diagnostics.ts";
import { drawFrames, drawOn, drawOnAdapter, type Drawn, drawProgram } from "./draw.ts";
import { UsageError } from "./errors.ts";
import { frameBytes } from "./frame-bytes.ts";
import { say } from "./output.ts";

/** The options of a rendering, the same for all files of one command. */
export interface RenderSettings {
  readonly format: string;
  readonly backend: string;
  readonly adapter: string | undefined;
  /** Draws instead of the backend, and stays open. */
  readonly rasterizer?: Rasterizer | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly background: string | undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly limits: Limits;
  /** The only frame of an animation to render; undefined for all. */
  readonly frame: number | undefined;
}

/** A rendered program. */
export interface RenderedFile {
  readonly bytes: Uint8Array;
  readonly frames: readonly [Frame, ...Frame[]];
  /** True if the file holds every frame of an animation. */
  readonly isAnimation: boolean;
  readonly warnings: readonly AnyDiagnostic[];
  readonly info: RasterizerInfo;
}

/**
 * Renders the source text that was read from `path`, and encodes the picture.
 *
 * @throws {ProgramError | RasterError | UsageError}
 */
export async function renderFile(
  path: string,
  source: string,
  settings: RenderSettings,
): Promise<RenderedFile> {
  const { format, backend, adapter, rasterizer, width, height, params, frame: number } = settings;
  const program = programOf(source);
  const background = settings.background ?? backgroundOf(program);
  const options = { width, height, background, params, frame: number };
  const isAnimation = program?.frames !== undefined && number === undefined && format !== "raw";
  const { drawn, limits } = await drawForCartridge(
    { ...sizeOf(options, program), frames: isAnimation ? program.frames?.count : undefined },
    settings.limits,
    (limits) => {
      const request = { ...options, limits };
      if (rasterizer) return drawOn(rasterizer, path, source, request, isAnimation);
      if (backend === "webgpu") return drawOnAdapter(path, source, request, adapter, isAnimation);
      return (isAnimation ? drawFrames : drawProgram)(path, source, request);
    },
  );
  const { frames, warnings, info } = drawn;
  const bytes = await encode(format, frames, number !== undefined, {
    program: source,
    language: program?.language,
    background,
    params,
    limits,
    engine: `raster-${info.backend}`,
  });
  return { bytes, frames, isAnimation, warnings, info };
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
  if (format === "webp") return (await import("./encode-webp.ts")).encodeWebp(frames, delayMs);
  if (format === "gif") {
    const { encodeGif } = await import("./encode-gif.ts");
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

/** The only value of the caller that reaches the encoder unchecked is SOURCE_DATE_EPOCH, of the environment. */
function toUsageError(error: unknown): never {
  throw error instanceof RangeError && error.message.includes("SOURCE_DATE_EPOCH")
    ? new UsageError(error.message)
    : error;
}
