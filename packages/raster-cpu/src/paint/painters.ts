import type { DrawList } from "@gvpie/raster";

import type { Analysis } from "./analyze.ts";
import { bitPlane } from "./bit-plane.ts";
import { inOrder } from "./in-order.ts";
import { kernelBands } from "./kernel-bands.ts";
import { kernelBitPlane } from "./kernel-bit-plane.ts";
import type { Painter } from "./painter.ts";
import { visibleTiles } from "./visible-tiles.ts";

/** In order of preference. The last one fits every list. */
export const PAINTERS: readonly Painter[] = [kernelBands, visibleTiles, kernelBitPlane, bitPlane, inOrder];

/** Returns the first painter that fits. */
export function choosePainter(list: DrawList, analysis: Analysis): Painter {
  for (const painter of PAINTERS) {
    if (painter.fits(list, analysis)) return painter;
  }
  return inOrder;
}
