import { describeValue, type Program, type Span } from "@gvpie/pxl-parser";

import { allocateList, DrawListBuilder } from "./draw-list.ts";
import { withPlace } from "./machine/failures.ts";
import { initialState, type MachineState } from "./machine/state.ts";
import { step } from "./machine/step.ts";
import { effectOf } from "./opcodes.ts";
import type { Pen } from "./pen.ts";
import { prepare } from "./prepare.ts";
import type { DrawList, RenderOptions } from "./types.ts";

/** A program that runs one instruction at a time. */
export interface Debugger {
  /** Index of the next instruction; the number of instructions after the last one has run. */
  readonly pc: number;
  /** Place of the next instruction; `undefined` once halted. */
  readonly position: Span | undefined;
  readonly isHalted: boolean;
  /** Every variable; 0 before its first SET. */
  readonly variables: ReadonlyMap<string, number>;
  /** A copy of the cells of every LIST and ARRAY. */
  readonly arrays: ReadonlyMap<string, Int32Array>;
  /** The text of every PARAM, and the digits of every INT. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Indexes of the instructions to return to; RET pops the last one. */
  readonly stack: readonly number[];
  /** Steps left before `RASTER_LIMIT_FUEL`. */
  readonly fuel: number;
  readonly pen: Pen;
  /**
   * Runs one instruction; no-op once halted.
   *
   * @throws {RasterError} with its place if the instruction fails. The state does not change, so the next call throws too.
   */
  step(): void;
  /**
   * Runs at least one instruction, then stops before the first instruction on `line`. Without a line, runs to the end.
   *
   * @returns true if the next instruction is on `line`; false once halted.
   * @throws {RangeError} if `line` is not an integer of at least 1.
   * @throws {RasterError} as `step` does.
   */
  runTo(line?: number): boolean;
  /** Returns a copy of the draw list so far, for any rasteriser. */
  drawList(): DrawList;
}

/**
 * Prepares a program, with the options of a render, and stops before its first instruction.
 *
 * @throws as `lowerProgram` does before the first instruction.
 */
export function createDebugger(
  program: string | Program,
  options: Omit<RenderOptions, "into" | "onWarning"> = {},
): Debugger {
  const { canvas, bound } = prepare(program, options);
  const { instructions } = bound.program;
  const list = new DrawListBuilder(canvas, bound.limits, allocateList(0, 0));
  const parameters = new Map(Array.from(bound.parameters, ([name, value]) => [name, String(value)]));
  let state: MachineState = initialState(bound);

  const advance = (): void => {
    const result = step(bound, state);
    if (result.drawing !== undefined) {
      list.clip(state.pen.clip);
      const undo = list.savepoint();
      try {
        const effect = effectOf(result.drawing.op);
        if (effect.kind === "drawing") effect.draw(list, state.pen, result.drawing);
      } catch (error) {
        undo();
        throw withPlace(error, instructions[state.pc]);
      }
    }
    state = result.state;
  };
  const position = (): Span | undefined => {
    const instruction = state.status === "halted" ? undefined : instructions[state.pc];
    if (instruction === undefined) return undefined;
    const { line, column, length } = instruction;
    return { line, column, length };
  };

  return {
    get pc() {
      return state.pc;
    },
    get position() {
      return position();
    },
    get isHalted() {
      return state.status === "halted";
    },
    get variables() {
      return state.variables;
    },
    get arrays() {
      return new Map(Array.from(state.arrays, ([name, cells]) => [name, Int32Array.from(cells)]));
    },
    get parameters() {
      return parameters;
    },
    get stack() {
      return state.stack;
    },
    get fuel() {
      return state.fuel;
    },
    get pen() {
      return state.pen;
    },
    step: advance,
    runTo(line) {
      if (line !== undefined && !(Number.isInteger(line) && line >= 1)) {
        throw new RangeError(`expected line as an integer of at least 1, got ${describeValue(line)}`);
      }
      do advance();
      while (state.status === "running" && position()?.line !== line);
      return position() !== undefined;
    },
    drawList: () => list.copy(),
  };
}
