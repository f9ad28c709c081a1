import type { Program } from "@gvpie/pxl-parser";

import { allocateList, DrawListBuilder } from "./draw-list.ts";
import { execute } from "./machine/execute.ts";
import { effectOf } from "./opcodes.ts";
import { prepare } from "./prepare.ts";
import type { Resolved } from "./resolved.ts";
import type { RasterWarning, RenderOptions } from "./types.ts";
import { MAX_WARNINGS, warnOfMissingGlyphs } from "./warnings.ts";

/** The options of a render that decide where things are drawn. */
export type CheckDrawingOptions = Pick<RenderOptions, "width" | "height" | "params" | "limits">;

/**
 * Runs a program without painting and reports what it draws in vain: `RASTER_NO_GLYPH` for characters that the font
 * lacks, and `RASTER_DRAWS_NOTHING` for each instruction that ran and, whenever it did, lay entirely outside the canvas
 * or the clip box. A rectangle of no width and a text of no characters are nobody's mistake.
 *
 * @returns at most a hundred warnings of each kind, in source order within it.
 * @throws as `lowerProgram` does.
 */
export function checkDrawing(program: string | Program, options: CheckDrawingOptions = {}): RasterWarning[] {
  const { canvas, bound } = prepare(program, options);
  const warnings: RasterWarning[] = [];
  warnOfMissingGlyphs(bound, (warning) => warnings.push(warning));

  const { instructions } = bound.program;
  const hasDrawnInVain = new Uint8Array(instructions.length);
  const hasDrawn = new Uint8Array(instructions.length);
  const list = new DrawListBuilder(canvas, bound.limits, allocateList(0, 0));
  execute(bound, list, (index, drawing, commands) => {
    (commands > 0 || isEmpty(drawing) ? hasDrawn : hasDrawnInVain)[index] = 1;
  });

  let found = 0;
  for (const [index, { op, line, column, length }] of instructions.entries()) {
    if (hasDrawn[index] === 1 || hasDrawnInVain[index] === 0) continue;
    if (++found > MAX_WARNINGS) break;
    const message = `${op} draws nothing: it is entirely outside the canvas or the clip box`;
    warnings.push({ severity: "warning", code: "RASTER_DRAWS_NOTHING", message, line, column, length });
  }
  return warnings;
}

function isEmpty(drawing: Resolved): boolean {
  const effect = effectOf(drawing.op);
  return effect.kind === "drawing" && effect.isEmpty(drawing);
}
