import type { Program } from "@gvpie/pxl-parser";

import { bindParameters } from "../../src/machine/parameters.ts";
import type { BoundProgram } from "../../src/machine/state.ts";
import type { Limits } from "../../src/types.ts";

/** Binds a program to its defaults and a canvas of one pixel. */
export function bindDefaults(program: Program, limits: Limits): BoundProgram {
  const surroundings = { width: 1, height: 1, frame: 0, frames: 1 };
  return { program, ...bindParameters(program), surroundings, limits };
}
