import type { Render } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";

/** Draws a cartridge's program again, with the canvas and the parameters that its record holds. */
export const redraw: Render = renderProgram;
