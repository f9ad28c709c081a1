import {
  blendPixel,
  BOTTOM,
  COLOR,
  COMMAND_STRIDE,
  type DrawList,
  KIND,
  KIND_RECT,
  LEFT,
  RIGHT,
  RUN_LENGTH,
  RUN_SCALE,
  TOP,
} from "@gvpie/raster";

import { TILE } from "./visible-tiles.ts";

/** Set pixels of an average glyph. */
const GLYPH_INK = 14;

/** The properties of a draw list that the choice of a painter depends on. */
export interface Analysis {
  /** Packed colour of every pixel before command `from`. */
  readonly background: number;
  /** Number of the first command after the last one that covers the whole canvas. Earlier ones need not be painted. */
  readonly from: number;
  /** Pixels of the opaque rectangles from there on that are large enough to cover a tile. */
  readonly coveredPixels: number;
  /** Pixels of all commands from there on, counted again where they overlap; for glyphs an estimate. */
  readonly paintedPixels: number;
  /** Pixels of the translucent rectangles from there on. */
  readonly blendedPixels: number;
  /** True if all commands from there on have the same opaque colour. */
  readonly isOneColor: boolean;
}

export function analyze(list: DrawList): Analysis {
  const { commands, width, height } = list;
  let background = list.background;
  let from = 0;
  let coveredPixels = 0;
  let paintedPixels = 0;
  let blendedPixels = 0;
  let color = 0;
  let isOneColor = true;
  for (let i = 0, at = 0; i < list.count; i++, at += COMMAND_STRIDE) {
    const isRect = commands[at + KIND] === KIND_RECT;
    const w = (commands[at + RIGHT] as number) - (commands[at + LEFT] as number);
    const h = (commands[at + BOTTOM] as number) - (commands[at + TOP] as number);
    const previous = color;
    color = commands[at + COLOR] as number;
    const isOpaque = color >>> 24 === 255;
    if (isRect && (isOpaque || from === i) && w === width && h === height) {
      // It covers the canvas, and hides everything before it or has only the background under it.
      background = blendPixel(background, color);
      from = i + 1;
      coveredPixels = 0;
      paintedPixels = 0;
      blendedPixels = 0;
      isOneColor = true;
      continue;
    }
    if (!isOpaque || (i > from && color !== previous)) isOneColor = false;
    if (isRect && isOpaque && w >= TILE && h >= TILE) coveredPixels += w * h;
    if (isRect && !isOpaque) blendedPixels += w * h;
    if (isRect) {
      paintedPixels += w * h;
    } else {
      const scale = commands[at + RUN_SCALE] as number;
      paintedPixels += (commands[at + RUN_LENGTH] as number) * GLYPH_INK * scale * scale;
    }
  }
  return { background, from, coveredPixels, paintedPixels, blendedPixels, isOneColor };
}
