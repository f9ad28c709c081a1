import type { Program } from "@gvpie/pxl-parser";

import { allocateList, DrawListBuilder } from "./draw-list.ts";
import { execute } from "./machine/execute.ts";
import { effectOf } from "./opcodes.ts";
import { prepare } from "./prepare.ts";
import type { Resolved } from "./resolved.ts";
import type { RasterWarning, RenderOptions } from "./types.ts";
import { MAX_WARNINGS, warnOfMissingGlyphs } from "./warnings.ts";

/** The options of a render that its draw list depends on. */
export type CheckDrawingOptions = Pick<RenderOptions, "width" | "height" | "params" | "limits">;

/**
 * Runs a program without painting and returns warnings: `RASTER_NO_GLYPH` for characters that the font lacks, and
 * `RASTER_DRAWS_NOTHING` for each instruction that ran and was entirely outside the canvas or the clip box every time.
 * Rectangles of width 0 and empty texts cause no warning.
 *
 * @returns at most a hundred warnings of each kind, each kind in source order.
 * @throws as `lowerProgram` does.
 */
export function checkDrawing(program: string | Program, options: CheckDrawingOptions = {}): RasterWarning[] {
  const { canvas, bound } = prepare(program, options);
  const warnings: RasterWarning[] = [];
  warnOfMissingGlyphs(bound, (warning) => warnings.push(warning));

  const { instructions } = bound.program;
  const hasMissed = new Uint8Array(instructions.length);
  const hasDrawn = new Uint8Array(instructions.length);
  const list = new DrawListBuilder(canvas, bound.limits, allocateList(0, 0));
  execute(bound, list, (index, drawing, commands) => {
    (commands > 0 || isEmpty(drawing) ? hasDrawn : hasMissed)[index] = 1;
  });

  let found = 0;
  for (const [index, { op, line, column, length }] of instructions.entries()) {
    if (hasDrawn[index] === 1 || hasMissed[index] === 0) continue;
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
