import { lowerProgram, type RenderOptions } from "@gvpie/raster";
import { assertSameFrame, randomProgram } from "@gvpie/raster/conformance";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { countPainted, paintList } from "./support/paint-list.ts";
import { renderReference } from "./support/reference.ts";

/** Lowers a program, paints it pixel by pixel, and compares with the reference renderer. */
function assertAsDefined(source: string, options: RenderOptions): void {
  assertSameFrame(paintList(lowerProgram(source, options)), renderReference(source, options), source);
}

const WIDTH = 23;
const HEIGHT = 17;
/** Translucent, so that a pixel painted twice has another colour. */
const CANVAS = { width: WIDTH, height: HEIGHT, background: "#20406080" };
const COLOR = "COLOR #ff8000a0";

const near = fc.integer({ min: -12, max: 34 });
const far = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: -(2 ** 31) + 40 }),
  fc.integer({ min: 2 ** 32 - 41, max: 2 ** 32 - 1 }),
  fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 }),
  fc.constantFrom(-(2 ** 24), 2 ** 24, -65536, 65535, 2 ** 31 - 1, 2 ** 31),
);
const position = fc.oneof({ weight: 3, arbitrary: near }, { weight: 1, arbitrary: far });
const size = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 40 }) },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.integer({ min: 2 ** 32 - 41, max: 2 ** 32 - 1 }),
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    ),
  },
);
/** Sizes that put the edge of a shape at an extreme position onto the canvas. */
const reaching = fc.tuple(fc.integer({ min: -(2 ** 31), max: -1 }), near).map(([x, edge]) => [x, edge - x]);

const setting = fc.oneof(
  fc.constant(""),
  fc.tuple(near, near).map(([x, y]) => `ORIGIN ${x} ${y}`),
  fc.tuple(position, position, size, size).map((box) => `CLIP ${box.join(" ")}`),
  fc.tuple(near, near, near, near).map(([x, y, cx, cy]) => `ORIGIN ${x} ${y}\nCLIP ${cx} ${cy} 9 8`),
);

const line = fc.tuple(position, position, position, position).map((at) => `LINE ${at.join(" ")}`);
/** A line with far ends that passes through the canvas. */
const passing = fc
  .tuple(
    near,
    near,
    fc.integer({ min: 1, max: 2 ** 31 - 99 }),
    fc.integer({ min: 1 - 2 ** 31 + 99, max: 2 ** 31 - 99 }),
  )
  .map(([x, y, dx, dy]) => `LINE ${x - dx} ${y - dy} ${x + dx} ${y + dy}`);
const round = fc
  .tuple(fc.constantFrom("CIRCLE", "DISC"), position, position, size)
  .map((shape) => shape.join(" "));
/** A circle of any size whose edge passes through the canvas. */
const largeRound = fc
  .tuple(fc.constantFrom("CIRCLE", "DISC"), fc.boolean(), reaching, near, fc.integer({ min: -2, max: 2 }))
  .map(([op, isSwapped, [x = 0, distance = 0], y, shift]) => {
    const r = Math.max(distance + shift, 0);
    return isSwapped ? `${op} ${y} ${x} ${r}` : `${op} ${x} ${y} ${r}`;
  });
const box = fc
  .tuple(fc.constantFrom("BOX", "RECT"), position, position, size, size)
  .map((shape) => shape.join(" "));
const largeBox = fc
  .tuple(fc.constantFrom("BOX", "RECT"), reaching, reaching)
  .map(([op, [x = 0, w = 0], [y = 0, h = 0]]) => `${op} ${x} ${y} ${Math.max(w, 0)} ${Math.max(h, 0)}`);
const scale = fc.constantFrom(1, 1, 2, 3, 8, 64).map((n) => `SCALE ${n}`);
const sprite = fc
  .tuple(
    scale,
    position,
    position,
    fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 6 }),
  )
  .map(([scale, x, y, rows]) => {
    const digits = rows.map((row) => row.toString(16).padStart(2, "0"));
    return `${scale}\nSPRITE ${x} ${y} 8 ${rows.length} ${digits.join(" ")}`;
  });
const farText = fc
  .tuple(
    scale,
    fc.constantFrom("left", "center", "right"),
    position,
    position,
    fc.integer({ min: 1, max: 30 }),
  )
  .map(([scale, align, x, y, length]) => `${scale}\nALIGN ${align}\nTXT ${x} ${y} ${"Ag8".repeat(length)}`);

describe("equals its definition, pixel by pixel, at any position", () => {
  test.each(
    Object.entries({
      line,
      passing,
      round,
      largeRound,
      box,
      largeBox,
      sprite,
      farText,
      clear: fc.constant("CLEAR"),
    }),
  )("%s", (_, shape) => {
    fc.assert(
      fc.property(setting, shape, (setting, shape) => {
        assertAsDefined(`${setting}\n${COLOR}\n${shape}`, CANVAS);
      }),
      { numRuns: 400 },
    );
  });

  test.each(Object.entries({ line, passing, round, largeRound, box, largeBox, sprite, farText }))(
    "%s, and no pixel is painted twice",
    (_, shape) => {
      fc.assert(
        fc.property(setting, shape, (setting, shape) => {
          const counts = countPainted(lowerProgram(`${setting}\n${shape}`, CANVAS));
          expect(Math.max(...counts)).toBeLessThanOrEqual(1);
        }),
        { numRuns: 200 },
      );
    },
  );
});

test("every circle and disc up to radius 40", () => {
  for (let r = 0; r <= 40; r++) {
    for (const op of ["CIRCLE", "DISC"]) {
      assertAsDefined(`${COLOR}\n${op} 42 42 ${r}`, { width: 85, height: 85 });
    }
  }
});

test("every line between the points of a grid", () => {
  for (let dx = -9; dx <= 9; dx++) {
    for (let dy = -9; dy <= 9; dy++) {
      assertAsDefined(`${COLOR}\nLINE 9 9 ${9 + dx} ${9 + dy}`, { width: 19, height: 19 });
    }
  }
});

test("random programs", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const { source, ...options } = randomProgram(seed, { sides: [1, 7, 33, 64] });
      assertAsDefined(source, options);
    }),
    { numRuns: 150 },
  );
});
