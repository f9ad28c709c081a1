import type { DrawList } from "@gvpie/raster";

import { analyze } from "./analyze.ts";
import { choosePainter } from "./painters.ts";

/**
 * Paints a whole frame with the painter that fits the list.
 *
 * @param words one packed colour a pixel, `list.width * list.height` of them.
 */
export function paint(list: DrawList, words: Uint32Array): void {
  const analysis = analyze(list);
  choosePainter(list, analysis).paint(list, words, analysis);
}
