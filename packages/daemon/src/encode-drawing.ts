import { encodeAnimation, encodeCartridge, type EncodeOptions } from "@gvpie/cartridge";
import { parseProgram } from "@gvpie/pxl-parser";
import type { Drawing } from "./types.ts";

/** Encodes a drawing as one cartridge, an animated one if it has several frames. */
export async function encodeDrawing(drawing: Drawing, engine: string): Promise<Uint8Array> {
  const { frame, frames, program, background, params, limits } = drawing;
  const options = { program, ...factsOf(program, background), params, limits, engine };
  return frames === undefined ? encodeCartridge(frame, options) : encodeAnimation(frames, options);
}

/** Returns the language of a program, and the background that it has if the caller gave none. */
function factsOf(
  program: string | undefined,
  background: string | undefined,
): Pick<EncodeOptions, "language" | "background"> {
  if (program === undefined) return { background };
  const { language, canvas } = parseProgram(program);
  const color = canvas?.background;
  if (background !== undefined || color === undefined) return { language, background };
  return { language, background: `#${color.toString(16).padStart(8, "0")}` };
}
