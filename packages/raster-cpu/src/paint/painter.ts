import type { DrawList } from "@gvpie/raster";

import type { Analysis } from "./analyze.ts";

/** A strategy for painting draw lists. All painters paint the same pixels; they differ in speed. */
export interface Painter {
  readonly name: string;
  /**
   * True if the painter can paint the list and is expected to be faster than the painters after it. Depends on the list
   * alone and, for a painter that uses the kernel, on the engine.
   */
  fits(list: DrawList, analysis: Analysis): boolean;
  /**
   * Paints every pixel: the background, then the commands from `analysis.from` on.
   *
   * @param words one packed colour a pixel, `list.width * list.height` of them.
   */
  paint(list: DrawList, words: Uint32Array, analysis: Analysis): void;
}
