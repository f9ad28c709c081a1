import type { OperatorName } from "@gvpie/pxl-parser";

import type { Pen } from "../pen.ts";
import { textLines, textPitch, textWidth } from "../shapes/text.ts";
import { scaledCosine, scaledSine } from "../sine.ts";

/** The constants of a run that expressions may use. */
export interface Surroundings {
  /** Pixels of the canvas. */
  readonly width: number;
  readonly height: number;
  /** The number of the frame, from 0. */
  readonly frame: number;
  readonly frames: number;
}

/** An operator of one or two integers. */
export interface Calculation {
  readonly kind: "calculation";
  /** Returns the result, before the check for overflow; not finite for a division by 0. */
  readonly calculate: (a: number, b: number) => number;
  /** Least operand, if there is one. */
  readonly least?: number;
}

/** A name for something that does not change while an instruction runs. */
interface Constant {
  readonly kind: "constant";
  readonly read: (surroundings: Surroundings, pen: Pen) => number;
}

/** A property of a text in the font of the pen; `width` is the operand. */
interface Measure {
  readonly kind: "measure";
  readonly measure: (text: string, pen: Pen, width: number) => number;
}

/** A random number below the operand. */
interface Random {
  readonly kind: "random";
  readonly least: 1;
}

/** The number of cells of an array, or the cell at the operand. */
interface Access {
  readonly kind: "length" | "cell";
}

export type OperatorEffect = Calculation | Constant | Measure | Random | Access;

function calculation(calculate: Calculation["calculate"]): Calculation {
  return { kind: "calculation", calculate };
}

function constant(read: Constant["read"]): Constant {
  return { kind: "constant", read };
}

/** The effect of each operator: one entry for each entry of the table in `@gvpie/pxl-parser`. */
export const OPERATOR_EFFECTS: { readonly [Operator in OperatorName]: OperatorEffect } = {
  "+": calculation((a, b) => a + b),
  "-": calculation((a, b) => a - b),
  // A product that is not exact as a double is far beyond the range, and stays so when rounded.
  "*": calculation((a, b) => a * b),
  "/": calculation((a, b) => Math.trunc(a / b)),
  "%": calculation((a, b) => a % b),
  negate: calculation((a) => -a),
  min: calculation((a, b) => (a < b ? a : b)),
  max: calculation((a, b) => (a > b ? a : b)),
  abs: calculation((a) => Math.abs(a)),
  // Exact: the root of a square is rounded to itself, and that of a lesser integer lies below by more than rounding adds.
  sqrt: { kind: "calculation", calculate: (a) => Math.floor(Math.sqrt(a)), least: 0 },
  sin: calculation(scaledSine),
  cos: calculation(scaledCosine),
  rand: { kind: "random", least: 1 },
  len: { kind: "length" },
  index: { kind: "cell" },
  textwidth: { kind: "measure", measure: (text, pen) => textWidth(text, pen) },
  textlines: { kind: "measure", measure: (text, pen, width) => textLines(text, width, pen) },
  width: constant(({ width }) => width),
  height: constant(({ height }) => height),
  frame: constant(({ frame }) => frame),
  frames: constant(({ frames }) => frames),
  pitch: constant((_, pen) => textPitch(pen)),
};
