import { createDebugger, lowerProgram } from "@gvpie/raster";
import { randomProgram } from "@gvpie/raster/conformance";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { outlineOf } from "./support/outline.ts";

const SOURCE = `PARAM name you
SET i 0
again:
CALL dot
ADD i 1
IF i < 3 again
TXT 0 9 {name}
HALT
dot:
COLOR red
PIX {i} 0
RET`;

describe("createDebugger", () => {
  test("shows the place, the variables, the stack, the fuel and the pen before each instruction", () => {
    const debug = createDebugger(SOURCE, { limits: { fuel: 100 }, params: { name: "me" } });
    expect(debug.position).toMatchObject({ line: 1, column: 1 });
    expect(debug.parameters).toEqual(new Map([["name", "me"]]));
    const seen: unknown[] = [];
    while (debug.position?.line !== 5) {
      seen.push([debug.position?.line, debug.variables.get("i"), debug.stack, debug.fuel, debug.pen.color]);
      debug.step();
    }
    const WHITE = 0xff_ff_ff_ff;
    expect(seen).toEqual([
      [1, 0, [], 100, WHITE],
      [2, 0, [], 99, WHITE],
      [4, 0, [], 98, WHITE],
      [10, 0, [3], 97, WHITE],
      [11, 0, [3], 96, 0xff_00_00_ff],
      [12, 0, [3], 95, 0xff_00_00_ff],
    ]);
  });

  test("runs to a line repeatedly, and then to the end", () => {
    const debug = createDebugger(SOURCE);
    const counts: [boolean, number | undefined, number][] = [];
    for (let i = 0; i < 5; i++) {
      counts.push([debug.runTo(11), debug.variables.get("i"), debug.drawList().count]);
    }
    expect(counts).toEqual([
      [true, 0, 0],
      [true, 1, 1],
      [true, 2, 2],
      [false, 3, 4],
      [false, 3, 4],
    ]);
    expect(debug).toMatchObject({ isHalted: true, position: undefined, pc: 6 });
  });

  test("runs to the end without a line, and for a line without an instruction", () => {
    for (const line of [undefined, 3, 99]) {
      const debug = createDebugger(SOURCE);
      expect(debug.runTo(line)).toBe(false);
      expect(debug.isHalted).toBe(true);
      expect(outlineOf(debug.drawList())).toEqual(outlineOf(lowerProgram(SOURCE)));
    }
  });

  test("has no next instruction after the last one, and step is then a no-op", () => {
    const debug = createDebugger("PIX 0 0");
    debug.step();
    const { pc, fuel } = debug;
    debug.step();
    expect(debug).toMatchObject({ pc, fuel, isHalted: true, position: undefined });
    expect(pc).toBe(1);
  });

  test("an empty program is halted at the start", () => {
    const debug = createDebugger("# nothing");
    expect(debug).toMatchObject({ isHalted: true, pc: 0, position: undefined });
    expect(debug.drawList()).toMatchObject({ count: 0, width: 128, height: 64 });
  });

  test("later steps do not change a returned list", () => {
    const debug = createDebugger("TXT 0 0 ab\nTXT 0 9 cd");
    debug.step();
    const list = debug.drawList();
    const before = structuredClone(list);
    debug.step();
    expect(list).toEqual(before);
    expect(debug.drawList().count).toBe(2);
  });

  test("throws the errors of a render", () => {
    const refused = [
      [() => createDebugger("NOPE"), "PXL_UNKNOWN_OPCODE"],
      [() => createDebugger("", { width: 0 }), "RASTER_BAD_CANVAS"],
      [() => createDebugger("", { background: "x" }), "RASTER_BAD_COLOR"],
      [() => createDebugger("", { params: { a: 1 } }), "RASTER_BAD_PARAM"],
      [() => createDebugger("HALT\nHALT", { limits: { instructions: 1 } }), "RASTER_LIMIT_INSTRUCTIONS"],
    ] as const;
    for (const [start, code] of refused) expect(start).toThrow(expect.objectContaining({ code }));
  });

  test("ends with the list of a render, for any sequence of steps", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 8 }),
        (seed, lines) => {
          const { source, ...options } = randomProgram(seed);
          const debug = createDebugger(source, options);
          for (const line of lines) {
            debug.runTo(line);
            debug.step();
          }
          if (!debug.isHalted) debug.runTo();
          expect(outlineOf(debug.drawList())).toEqual(outlineOf(lowerProgram(source, options)));
        },
      ),
      { numRuns: 200 },
    );
  });
});
