import { blendPixel, COMMAND_STRIDE, type DrawList, KIND_RECT } from "@gvpie/raster";

import { drawGlyphs } from "./draw-glyphs.ts";
import { fillRect } from "./fill-rect.ts";
import { paintBands, WIDEST } from "./paint-bands.ts";
import { canExpand, paintExpanded } from "./paint-expanded.ts";
import { paintPlane } from "./paint-plane.ts";
import { paintVisible, TILE } from "./paint-visible.ts";
import { getKernel } from "./wasm/kernel.ts";

/** Opaque rectangles must cover the canvas this many times before looking for hidden ones pays. */
const OVERDRAW = 2;
/** Pixels of an average glyph's box that are set. */
const GLYPH_INK = 14;

/** The kernel pays from this share of pixels on: of the canvas, to paint in one colour, or to blend; and of opaque ones, to blend. */
const KERNEL_SHARE = 1 / 4;

/**
 * Paints a whole frame: the background, then every command, in the way that pays for what the list holds.
 *
 * @param words one packed colour a pixel, `list.width * list.height` of them.
 */
export function paint(list: DrawList, words: Uint32Array): void {
  const pixels = list.width * list.height;
  const { background, from, coveredPixels, paintedPixels, blendedPixels, isOneColor } = survey(list);
  const isOverdrawn = coveredPixels >= OVERDRAW * pixels;
  const isForBands =
    blendedPixels >= pixels * KERNEL_SHARE &&
    blendedPixels >= coveredPixels * KERNEL_SHARE &&
    background >>> 24 === 255 &&
    list.width <= WIDEST;
  const isForBits = isOneColor && !isOverdrawn && paintedPixels >= pixels * KERNEL_SHARE && canExpand(list);
  const kernel = isForBands || isForBits ? getKernel(paintedPixels) : undefined;
  if (kernel !== undefined) {
    if (isForBands) paintBands(kernel, list, words, from, background);
    else paintExpanded(kernel, list, words, from, background);
    return;
  }
  words.fill(background);
  if (isOverdrawn) paintVisible(list, words, from, isOneColor);
  else if (isOneColor && paintedPixels >= pixels) paintPlane(list, words, from);
  else paintInOrder(list, words, from);
}

interface Survey {
  /** Packed colour of every pixel before command `from`. */
  readonly background: number;
  /** The first command after the last one that covers the whole canvas. */
  readonly from: number;
  /** Of the opaque rectangles from there on that are large enough to cover a tile. */
  readonly coveredPixels: number;
  /** Of all commands from there on, overdraw counted each time; for glyphs an estimate. */
  readonly paintedPixels: number;
  /** Of the translucent rectangles from there on. */
  readonly blendedPixels: number;
  /** Whether all commands from there on have the same opaque colour. */
  readonly isOneColor: boolean;
}

function survey(list: DrawList): Survey {
  const { commands, width, height } = list;
  let background = list.background;
  let from = 0;
  let coveredPixels = 0;
  let paintedPixels = 0;
  let blendedPixels = 0;
  let color = 0;
  let isOneColor = true;
  for (let i = 0, at = 0; i < list.count; i++, at += COMMAND_STRIDE) {
    const isRect = commands[at] === KIND_RECT;
    const w = (commands[at + 4] as number) - (commands[at + 2] as number);
    const h = (commands[at + 5] as number) - (commands[at + 3] as number);
    const previous = color;
    color = commands[at + 1] as number;
    const isOpaque = color >>> 24 === 255;
    if (isRect && (isOpaque || from === i) && w === width && h === height) {
      // The whole canvas: nothing before it shows, or nothing but the background.
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
    const scale = commands[at + 10] as number;
    if (isRect && !isOpaque) blendedPixels += w * h;
    paintedPixels += isRect ? w * h : (commands[at + 9] as number) * GLYPH_INK * scale * scale;
  }
  return { background, from, coveredPixels, paintedPixels, blendedPixels, isOneColor };
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
