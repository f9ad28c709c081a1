import type { Instruction, IntegerValue, OpcodeName, Program } from "@gvpie/pxl-parser";

import { allocateList, DrawListBuilder } from "./draw-list.ts";
import { RasterError } from "./errors.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { effectOf } from "./opcodes.ts";
import type { Pen } from "./pen.ts";
import type { Resolved } from "./resolved.ts";
import type { Limits } from "./types.ts";

/**
 * The opcodes whose drawings are reported. A rectangle, a gradient or a line that ends beyond the edge looks like one that
 * ends at it.
 */
const TEXTS: ReadonlySet<OpcodeName> = new Set<OpcodeName>(["TXT", "PRINT", "WRAP"]);
const SHAPES: ReadonlySet<OpcodeName> = new Set<OpcodeName>([
  "BOX",
  "CIRCLE",
  "DISC",
  "TRI",
  "POLY",
  "ARC",
  "SPRITE",
  "IMAGE",
]);

/** A larger missing part of a shape, or of a text at a calculated position, is meant: a half disc on the horizon. */
const GREATEST_LOSS = 1 / 4;
/** Least number of pixels around the canvas that are searched for the rest of a drawing. */
const LEAST_MARGIN = 64;
/** The work after which nothing more is searched: the surroundings of a drawing may be far more than what is visible. */
const MAX_WORK: Limits = { ...DEFAULT_LIMITS, paintedPixels: 2 ** 29 };

/** Finds drawings that are partly outside the canvas. */
export class CutFinder {
  readonly #margin: number;
  readonly #canvas: DrawListBuilder;
  readonly #surroundings: DrawListBuilder;
  #commands = 0;
  #paintedPixels = 0;

  constructor({ width, height }: { readonly width: number; readonly height: number }) {
    const create = (margin: number): DrawListBuilder =>
      new DrawListBuilder(
        { width: width + 2 * margin, height: height + 2 * margin, background: 0 },
        MAX_WORK,
        allocateList(0, 0),
      );
    this.#margin = Math.max(width, height, LEAST_MARGIN);
    this.#canvas = create(0);
    this.#surroundings = create(this.#margin);
  }

  /**
   * True if a drawing is cut by the edge of the canvas, and probably not on purpose. A clip box is on purpose.
   *
   * @param isPlaced true if the position of the drawing is that of the program's text.
   */
  isCut(pen: Pen, drawing: Resolved, isPlaced: boolean): boolean {
    const isText = TEXTS.has(drawing.op);
    if (pen.clip !== undefined || !(isText || SHAPES.has(drawing.op)) || this.#isExhausted) return false;
    const inside = this.#countPainted(this.#canvas, pen, drawing);
    if (inside === 0) return false;
    const { originX, originY } = pen;
    const margin = this.#margin;
    const moved = { ...pen, originX: originX + margin, originY: originY + margin };
    const whole = this.#countPainted(this.#surroundings, moved, drawing);
    if (this.#isExhausted) return false;
    return whole > inside && ((isText && isPlaced) || whole - inside < GREATEST_LOSS * whole);
  }

  /** True if there has been so much work that nothing more is searched. */
  get #isExhausted(): boolean {
    return this.#commands > MAX_WORK.commands || this.#paintedPixels > MAX_WORK.paintedPixels;
  }

  /** Returns the number of pixels that a drawing paints. */
  #countPainted(list: DrawListBuilder, pen: Pen, drawing: Resolved): number {
    const effect = effectOf(drawing.op);
    if (effect.kind !== "drawing") return 0;
    const undo = list.savepoint();
    const { count, paintedPixels } = list;
    try {
      effect.draw(list, pen, drawing);
    } catch (error) {
      if (!(error instanceof RasterError)) throw error;
      this.#paintedPixels = Infinity;
    }
    const painted = list.paintedPixels - paintedPixels;
    this.#commands += list.count - count;
    this.#paintedPixels += painted;
    undo();
    return painted;
  }
}

/** True if the position of an instruction is written as numbers. */
export function isPlaced(instruction: Instruction): boolean {
  const { x, y } = instruction as { readonly x?: IntegerValue; readonly y?: IntegerValue };
  return typeof x === "number" && typeof y === "number";
}

/**
 * True if an instruction is moved on purpose: a position is a parameter or, in an animation, not a number. Its drawings may
 * enter and leave the canvas.
 */
export function isMoved(
  instruction: Instruction,
  { params, frames }: Pick<Program, "params" | "frames">,
): boolean {
  const { x, y } = instruction as { readonly x?: IntegerValue; readonly y?: IntegerValue };
  return [x, y].some((position) => {
    if (typeof position !== "object") return false;
    if (frames !== undefined) return true;
    return !("operator" in position) && params.some(({ name }) => name === position.name);
  });
}
