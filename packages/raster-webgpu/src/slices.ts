import { COMMAND_STRIDE, KIND_GLYPHS, type DrawList } from "@gvpie/raster";

import type { Region } from "./bands.ts";
import { ENTRY_WORDS, RUN_WORDS, TILE_HEIGHT, TILE_WIDTH } from "./layout.ts";

/** Consecutive commands of a draw list: `start` inclusive, `end` exclusive. */
export interface Slice {
  readonly start: number;
  readonly end: number;
}

/**
 * Cuts a draw list into slices, in painter's order, whose upload for `region` takes about `maxWords` 32-bit words at
 * most. Nearly every list is one slice; several bound the memory of a program at the limits and the time of one dispatch.
 */
export function slicesOf(list: DrawList, region: Region, maxWords: number): Slice[] {
  const slices: Slice[] = [];
  let start = 0;
  let words = 0;
  for (let i = 0; i < list.count; i++) {
    const cost = wordsFor(list.commands, i * COMMAND_STRIDE, region);
    if (words + cost > maxWords && words > 0) {
      slices.push({ start, end: i });
      start = i;
      words = 0;
    }
    words += cost;
  }
  slices.push({ start, end: list.count });
  return slices;
}

/** Words that the command at `at` takes if nothing hides it. */
function wordsFor(commands: Int32Array, at: number, { left, top, width, height }: Region): number {
  const x0 = Math.max((commands[at + 2] as number) - left, 0);
  const y0 = Math.max((commands[at + 3] as number) - top, 0);
  const x1 = Math.min((commands[at + 4] as number) - left, width);
  const y1 = Math.min((commands[at + 5] as number) - top, height);
  if (x0 >= x1 || y0 >= y1) return 0;
  const columns = Math.floor((x1 - 1) / TILE_WIDTH) - Math.floor(x0 / TILE_WIDTH) + 1;
  const rows = Math.floor((y1 - 1) / TILE_HEIGHT) - Math.floor(y0 / TILE_HEIGHT) + 1;
  const entries = columns * rows * ENTRY_WORDS;
  if (commands[at] !== KIND_GLYPHS) return entries;
  return entries + RUN_WORDS + (commands[at + 9] as number);
}
