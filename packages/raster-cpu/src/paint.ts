import { COMMAND_STRIDE, type DrawList, KIND_RECT } from "@gvpie/raster";

import { drawGlyphs } from "./draw-glyphs.ts";
import { fillRect } from "./fill-rect.ts";
import { paintVisible, TILE } from "./paint-visible.ts";

/** Opaque rectangles must cover the canvas this many times before looking for hidden ones pays. */
const OVERDRAW = 2;

/**
 * Paints a whole frame: the background, then every command that a later one does not hide.
 *
 * @param words one packed colour a pixel, `list.width * list.height` of them.
 */
export function paint(list: DrawList, words: Uint32Array): void {
  const { commands, width, height } = list;
  let background = list.background;
  let from = 0;
  let covered = 0;
  for (let i = 0, at = 0; i < list.count; i++, at += COMMAND_STRIDE) {
    const color = (commands[at + 1] as number) >>> 0;
    if (commands[at] !== KIND_RECT || color >>> 24 !== 255) continue;
    const w = (commands[at + 4] as number) - (commands[at + 2] as number);
    const h = (commands[at + 5] as number) - (commands[at + 3] as number);
    if (w === width && h === height) {
      // The whole canvas: nothing before it shows.
      background = color;
      from = i + 1;
      covered = 0;
    } else if (w >= TILE && h >= TILE) {
      covered += w * h;
    }
  }
  words.fill(background);
  if (covered >= OVERDRAW * width * height) paintVisible(list, words, from);
  else paintInOrder(list, words, from);
}

/** Paints the commands from number `from` on, one after the other: what every faster way must equal. */
export function paintInOrder(list: DrawList, words: Uint32Array, from: number): void {
  const { commands, width } = list;
  for (let at = from * COMMAND_STRIDE; at < list.count * COMMAND_STRIDE; at += COMMAND_STRIDE) {
    if (commands[at] === KIND_RECT) {
      fillRect(
        words,
        width,
        (commands[at + 1] as number) >>> 0,
        commands[at + 2] as number,
        commands[at + 3] as number,
        commands[at + 4] as number,
        commands[at + 5] as number,
      );
    } else {
      drawGlyphs(words, list, at);
    }
  }
}
