import type { Render } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";

/** Draws a cartridge's program again, as its record says. */
export const redraw: Render = (program, { width, height, background }) =>
  renderProgram(program, { width, height, background });
