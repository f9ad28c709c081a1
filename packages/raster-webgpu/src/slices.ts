import {
  BOTTOM,
  COMMAND_STRIDE,
  type DrawList,
  KIND,
  KIND_GLYPHS,
  LEFT,
  RIGHT,
  RUN_LENGTH,
  TOP,
} from "@gvpie/raster";

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
    const cost = maxWordsOf(list.commands, i * COMMAND_STRIDE, region);
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

/** Words of the upload that the command at `at` takes if no command hides it. */
function maxWordsOf(commands: Int32Array, at: number, { left, top, width, height }: Region): number {
  const x0 = Math.max((commands[at + LEFT] as number) - left, 0);
  const y0 = Math.max((commands[at + TOP] as number) - top, 0);
  const x1 = Math.min((commands[at + RIGHT] as number) - left, width);
  const y1 = Math.min((commands[at + BOTTOM] as number) - top, height);
  if (x0 >= x1 || y0 >= y1) return 0;
  const columns = Math.floor((x1 - 1) / TILE_WIDTH) - Math.floor(x0 / TILE_WIDTH) + 1;
  const rows = Math.floor((y1 - 1) / TILE_HEIGHT) - Math.floor(y0 / TILE_HEIGHT) + 1;
  const entries = columns * rows * ENTRY_WORDS;
  if (commands[at + KIND] !== KIND_GLYPHS) return entries;
  return entries + RUN_WORDS + (commands[at + RUN_LENGTH] as number);
}
