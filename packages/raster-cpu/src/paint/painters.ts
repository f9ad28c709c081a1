import type { DrawList } from "@gvpie/raster";

import type { Analysis } from "./analyze.ts";
import { bitPlane } from "./bit-plane.ts";
import { inOrder } from "./in-order.ts";
import { kernelBands } from "./kernel-bands.ts";
import { kernelBitPlane } from "./kernel-bit-plane.ts";
import type { Painter } from "./painter.ts";
import { visibleTiles } from "./visible-tiles.ts";

/** The painters in order of preference. The last one fits every list. */
export const PAINTERS: readonly Painter[] = [kernelBands, visibleTiles, kernelBitPlane, bitPlane, inOrder];

/** Returns the first painter that fits. The calls are written out so that the engine inlines them; a loop makes A1 4 % slower. */
export function choosePainter(list: DrawList, analysis: Analysis): Painter {
  if (kernelBands.fits(list, analysis)) return kernelBands;
  if (visibleTiles.fits(list, analysis)) return visibleTiles;
  if (kernelBitPlane.fits(list, analysis)) return kernelBitPlane;
  if (bitPlane.fits(list, analysis)) return bitPlane;
  return inOrder;
}
