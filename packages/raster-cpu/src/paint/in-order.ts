import {
  BOTTOM,
  COLOR,
  COMMAND_STRIDE,
  type DrawList,
  KIND,
  KIND_RECT,
  LEFT,
  RIGHT,
  TOP,
} from "@gvpie/raster";

import { drawGlyphs } from "../primitives/draw-glyphs.ts";
import { fillRect } from "../primitives/fill-rect.ts";
import type { Analysis } from "./analyze.ts";
import type { Painter } from "./painter.ts";

/** Paints one command after another. */
export const inOrder: Painter = {
  name: "in order",
  fits: () => true,
  paint: paintInOrder,
};

function paintInOrder(list: DrawList, words: Uint32Array, { background, from }: Analysis): void {
  words.fill(background);
  paintCommands(list, words, from);
}

/** Paints the commands from number `from` on over the pixels in `words`. */
export function paintCommands(list: DrawList, words: Uint32Array, from: number): void {
  const { commands, width } = list;
  for (let at = from * COMMAND_STRIDE; at < list.count * COMMAND_STRIDE; at += COMMAND_STRIDE) {
    if (commands[at + KIND] === KIND_RECT) {
      fillRect(
        words,
        width,
        (commands[at + COLOR] as number) >>> 0,
        commands[at + LEFT] as number,
        commands[at + TOP] as number,
        commands[at + RIGHT] as number,
        commands[at + BOTTOM] as number,
      );
    } else {
      drawGlyphs(words, list, at);
    }
  }
}
