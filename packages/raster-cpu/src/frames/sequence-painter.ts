import {
  BOTTOM,
  COLOR,
  COMMAND_STRIDE,
  countCommonCommands,
  type DrawList,
  KIND,
  KIND_RECT,
  LEFT,
  RIGHT,
  RUN_LENGTH,
  RUN_START,
  TOP,
} from "@gvpie/raster";

import { paint } from "../paint/index.ts";
import { paintCommands } from "../paint/in-order.ts";

/** A pixel that is blended takes as long as this number of pixels that are replaced. */
const BLEND_COST = 4;

/**
 * Paints the frames of an animation, which usually differ in a few commands.
 *
 * The commands that consecutive lists begin with in common are painted once, into a base picture. A frame is then a copy of
 * it with the remaining commands on top, unless these paint so much that the painter of a whole list is faster.
 */
export class SequencePainter {
  /** A copy of the list before; empty before the first one. */
  #before: DrawList | undefined;
  /** The picture of the first `#baseCount` commands of every list since it was painted. */
  #base: Uint32Array | undefined;
  #baseCount = 0;
  /** True if the list before had more commands in common than the base picture has. */
  #hadMore = false;

  /** Paints a whole frame, as `paint` does. The list is copied, so its memory may be used again. */
  paint(list: DrawList, words: Uint32Array): void {
    const before = this.#before;
    const common = before === undefined ? 0 : countCommonCommands(list, before);
    this.#before = copyOf(list, before, common);
    const base = this.#baseFor(list, common);
    if (base === undefined) {
      paint(list, words);
      return;
    }
    words.set(base);
    paintCommands(list, words, this.#baseCount);
  }

  /** Returns the base picture if a frame is painted faster with it. */
  #baseFor(list: DrawList, common: number): Uint32Array | undefined {
    // One list with more commands in common is often followed by one with fewer: the base would be painted twice.
    const isWorthMore = common > this.#baseCount && this.#hadMore;
    this.#hadMore = common > this.#baseCount;
    if (common < this.#baseCount || isWorthMore) {
      this.#baseCount = common;
      this.#hadMore = false;
      if (common > 0) {
        this.#base ??= new Uint32Array(list.width * list.height);
        paint({ ...list, count: common }, this.#base);
      }
    }
    if (this.#baseCount === 0) return undefined;
    const mostCost = (list.width * list.height) / 2;
    return costFrom(list, this.#baseCount, mostCost) <= mostCost ? this.#base : undefined;
  }
}

/** Returns a copy of a list, in the memory of an earlier copy whose first `common` commands are equal. */
function copyOf(list: DrawList, old: DrawList | undefined, common: number): DrawList {
  const fits = old !== undefined && fitsInto(list, old);
  const commands = fits ? old.commands : new Int32Array(list.commands.length);
  const glyphs = fits ? old.glyphs : new Uint16Array(list.glyphs.length);
  const from = fits ? common : 0;
  commands.set(
    list.commands.subarray(from * COMMAND_STRIDE, list.count * COMMAND_STRIDE),
    from * COMMAND_STRIDE,
  );
  for (let at = from * COMMAND_STRIDE; at < list.count * COMMAND_STRIDE; at += COMMAND_STRIDE) {
    if (commands[at + KIND] === KIND_RECT) continue;
    const start = commands[at + RUN_START] as number;
    const end = start + (commands[at + RUN_LENGTH] as number);
    for (let i = start; i < end; i++) glyphs[i] = list.glyphs[i] as number;
  }
  return { ...list, commands, glyphs };
}

function fitsInto(list: DrawList, { commands, glyphs }: DrawList): boolean {
  return list.commands.length <= commands.length && list.glyphs.length <= glyphs.length;
}

/** Returns the cost of painting the commands from `from` on in order, in pixels; stops above `most`. */
function costFrom({ commands, count }: DrawList, from: number, most: number): number {
  let cost = 0;
  for (let at = from * COMMAND_STRIDE; at < count * COMMAND_STRIDE && cost <= most; at += COMMAND_STRIDE) {
    const w = (commands[at + RIGHT] as number) - (commands[at + LEFT] as number);
    const h = (commands[at + BOTTOM] as number) - (commands[at + TOP] as number);
    const isOpaque = (commands[at + COLOR] as number) >>> 24 === 255;
    cost += isOpaque ? w * h : w * h * BLEND_COST;
  }
  return cost;
}
