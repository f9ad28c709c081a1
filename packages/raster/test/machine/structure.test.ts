// FOR, IF, DEF and CALL with values, and arrays: the variables at the end of programs, by `step` and by the executor.
import { parseProgram } from "@gvpie/pxl-parser";
import { RasterError } from "@gvpie/raster";
import { describe, expect, test } from "vitest";

import { allocateList, DrawListBuilder } from "../../src/draw-list.ts";
import { DEFAULT_LIMITS } from "../../src/limits.ts";
import { execute } from "../../src/machine/execute.ts";
import { initialState, type MachineState } from "../../src/machine/state.ts";
import { step } from "../../src/machine/step.ts";
import { bindDefaults } from "./bind.ts";

describe("at the end of", () => {
  test.each([
    ["FOR i 1 3\nADD n i\nNEXT\nSET n n", "n i", [6, 3]],
    ["SET n 0\nFOR i 3 1 -1\nMUL n 10\nADD n i\nNEXT", "n i", [321, 1]],
    ["SET n 0\nFOR i 0 9 4\nADD n 1\nNEXT", "n i", [3, 8]],
    ["SET n 0\nFOR i 2 1\nADD n 1\nNEXT", "n i", [0, 2]],
    ["SET n 0\nFOR i 1 2 -1\nADD n 1\nNEXT", "n i", [0, 1]],
    ["SET n 0\nFOR i 2147483646 2147483647\nADD n 1\nNEXT", "n i", [2, 2147483647]],
    ["SET n 0\nFOR i -2147483647 -2147483648 -1\nADD n 1\nNEXT", "n i", [2, -2147483648]],
    ["SET n 0\nFOR i 0 2147483647 2147483647\nADD n 1\nNEXT", "n i", [2, 2147483647]],
    ["SET n 0\nSET m 3\nFOR i 1 m\nSET m 9\nADD n 1\nNEXT", "n", [3]],
    ["SET n 0\nFOR i 1 5\nADD i 1\nADD n 1\nNEXT", "n i", [3, 6]],
    ["SET n 0\nFOR i 1 2\nFOR j 1 3\nADD n i*j\nNEXT\nNEXT", "n i j", [18, 2, 3]],
    ["SET n 1\nIF n = 1\nSET n 5\nEND", "n", [5]],
    ["SET n 2\nIF n = 1\nSET n 5\nEND", "n", [2]],
    ["SET n 2\nIF n = 1\nSET n 5\nELSE\nSET n 6\nEND", "n", [6]],
    ["SET n 1\nIF n = 1\nSET n 5\nELSE\nSET n 6\nEND", "n", [5]],
    ["SET n 2\nIF n < 1\nELSE\nIF n < 5\nSET n 7\nEND\nEND", "n", [7]],
    ["PARAM on yes\nSET n 0\nIF on IS yes\nSET n 1\nEND", "n", [1]],
    ["PARAM on yes\nSET n 0\nIF on IS Yes\nSET n 1\nEND", "n", [0]],
    ["INT t -9 9 -3\nSET n 0\nIF t IS -3 there\nSET n 1\nthere:", "n", [0]],
    ["SET n 0\nDEF f a b\nSET n a*10+b\nEND\nCALL f 3 4", "n f.a", [34, 0]],
    ["SET n 0\nDEF f a\nSET x a\nADD n x\nEND\nCALL f 1\nCALL f 2", "n f.x", [3, 0]],
    ["SET n 0\nSET x 7\nDEF f a\nSET x a\nEND\nCALL f 1\nSET n x", "n", [1]],
    ["SET n 0\nDEF f a\nADD n 1\nIF a > 0\nCALL f a-1\nADD n a*100\nEND\nEND\nCALL f 3", "n", [604]],
    ["SET n 0\nDEF f\nFOR i 1 9\nADD n 1\nIF i = 3\nRET\nEND\nNEXT\nEND\nCALL f\nCALL f", "n", [6]],
    ["SET n 0\nDEF f\nADD n 1\nEND\nADD n 10", "n", [10]],
    ["SET n 1\nDEF f\nADD n 1\nEND\nCALL sub\nHALT\nsub:\nCALL f\nRET", "n", [2]],
    ["ARRAY a 3\nSET a[1] 5\nSET a[2] a[1]*2\nSET n a[2]+len(a)", "n", [13]],
    ["LIST l 4 -5 6\nSET n l[0]+l[1]+l[2]\nSET l[0] n", "n", [5]],
    ["SET i 1\nARRAY a 4\nSET a[i+1] i\nSET n a[2]", "n", [1]],
    ["SET n width*1000+height", "n", [1001]],
    ["SET n frame*10+frames", "n", [1]],
    ["SCALE 2\nSET n pitch", "n", [16]],
    [`SET n textwidth("ab")`, "n", [11]],
    ["PARAM t hello\nSCALE 3\nSET n textwidth(t)", "n", [87]],
    [`SET k 7\nSET n textlines("a b {k}", 17)`, "n", [2]],
  ] as const)("%j, %s are %j", (source, names, values) => {
    for (const { variables } of outcomes(source) as [MachineState, MachineState]) {
      expect(names.split(" ").map((name) => variables.get(name))).toEqual(values);
    }
  });
});

/** Returns the state and the error of a program's end, by `step` and by the executor. */
function outcomes(source: string, fuel = 1000): [unknown, unknown] {
  const bound = bindDefaults(parseProgram(source), { ...DEFAULT_LIMITS, fuel });
  const attempt = (run: () => MachineState): unknown => {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof RasterError)) throw error;
      return error.message;
    }
  };
  const list = new DrawListBuilder({ width: 1, height: 1, background: 0 }, bound.limits, allocateList(0, 0));
  return [
    attempt(() => {
      let state = initialState(bound);
      while (state.status === "running") ({ state } = step(bound, state));
      return state;
    }),
    attempt(() => execute(bound, list)),
  ];
}
