import { COMMAND_STRIDE, type DrawList, RUN_LENGTH } from "@gvpie/raster";

/** Returns a list without the unused memory after its last command and glyph, and without its number of frames. */
export function outlineOf({ width, height, background, count, commands, glyphs }: DrawList): unknown {
  const words = commands.subarray(0, count * COMMAND_STRIDE);
  let stored = 0;
  for (let at = 0; at < words.length; at += COMMAND_STRIDE) stored += words[at + RUN_LENGTH] ?? 0;
  return { width, height, background, count, commands: [...words], glyphs: [...glyphs.subarray(0, stored)] };
}
