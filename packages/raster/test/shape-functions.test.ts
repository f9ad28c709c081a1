import { type Direction, parseProgram } from "@gvpie/pxl-parser";
import { checkDrawing, COLOR, COMMAND_STRIDE, lowerProgram } from "@gvpie/raster";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { allocateList, DrawListBuilder } from "../src/draw-list.ts";
import { DEFAULT_LIMITS } from "../src/limits.ts";
import { drawArc } from "../src/shapes/arc.ts";
import { drawPolygon } from "../src/shapes/polygon.ts";
import {
  arc,
  type Clip,
  fill,
  findWrongPixel,
  findWrongShape,
  HEIGHT,
  image,
  polygon,
  rounded,
  type Shape,
  WIDTH,
} from "./support/shape-check.ts";

const ALL: Clip = { left: 0, top: 0, right: WIDTH, bottom: HEIGHT };

const near = fc.integer({ min: -12, max: 32 });
const far = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: -(2 ** 31) + 40 }),
  fc.integer({ min: 2 ** 31 - 41, max: 2 ** 31 - 1 }),
  fc.integer(),
  fc.constantFrom(2 ** 32 - 1, 2 ** 33 - 2, -(2 ** 32), -(2 ** 24), 2 ** 24),
);
const position = fc.oneof({ weight: 5, arbitrary: near }, { weight: 1, arbitrary: far });
const size = fc.oneof(
  { weight: 5, arbitrary: fc.nat(40) },
  {
    weight: 1,
    arbitrary: fc.oneof(fc.integer({ min: 2 ** 32 - 41, max: 2 ** 32 - 1 }), fc.nat(2 ** 32 - 1)),
  },
);
const box = fc
  .tuple(fc.nat(WIDTH), fc.nat(HEIGHT), fc.nat(WIDTH), fc.nat(HEIGHT))
  .map(([x0, y0, x1, y1]) => ({
    left: Math.min(x0, x1),
    top: Math.min(y0, y1),
    right: Math.max(x0, x1),
    bottom: Math.max(y0, y1),
  }));
const clip: fc.Arbitrary<Clip> = fc.oneof(fc.constant(ALL), box);

const roundedShape = fc
  .tuple(position, position, size, size, size, fc.boolean())
  .map((shape) => rounded(...shape));
/** An enormous rectangle with an edge or a rounded corner on the canvas. */
const largeRounded = fc
  .tuple(
    near,
    near,
    fc.integer({ min: 2 ** 24, max: 2 ** 31 }),
    fc.integer({ min: 2 ** 24, max: 2 ** 31 }),
    fc.integer({ min: 2 ** 24, max: 2 ** 31 }),
    fc.boolean(),
    fc.boolean(),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([x, y, w, h, r, isRight, isBelow, isCorner, isOutline]) => {
    // The edge is 0.29 r inside the corner, on the corner's diagonal.
    const inset = isCorner ? Math.floor(Math.min(r, (Math.min(w, h) - 1) / 2) * (1 - Math.SQRT1_2)) : 0;
    return rounded(
      isRight ? x - w + inset : x - inset,
      isBelow ? y - h + inset : y - inset,
      w,
      h,
      r,
      isOutline,
    );
  });

const points = fc
  .oneof(
    fc.array(near, { minLength: 2, maxLength: 24 }),
    fc.array(fc.nat(9), { minLength: 6, maxLength: 12 }),
    fc.array(position, { minLength: 2, maxLength: 12 }),
    fc.array(far, { minLength: 6, maxLength: 8 }),
  )
  .map((values) => values.slice(0, values.length - (values.length % 2)));
const polygonShape = fc.tuple(points, near, near).map(([points, x, y]) => polygon(points, x, y));

const angle = fc.oneof(
  fc.integer({ min: -400, max: 800 }),
  fc.integer({ min: -4, max: 8 }).map((turns) => turns * 45),
  fc.integer(),
);
const sweep = fc.oneof(
  fc.integer({ min: 0, max: 361 }),
  fc.constantFrom(89, 90, 91, 179, 180, 181, 359, 360),
);
const angles = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(angle, sweep).map(([from, by]) => [from, from + by] as const) },
  { weight: 1, arbitrary: fc.tuple(angle, angle) },
);
const radius = fc.oneof(fc.nat(14), size);
const arcShape = fc
  .tuple(position, position, radius, radius, angles)
  .map(([x, y, r, thickness, [from, to]]) => arc(x, y, r, thickness, from, to));
/** An enormous arc of which a side passes through the canvas, and often the outer or the inner edge. */
const largeArc = fc
  .tuple(
    fc.integer({ min: 2 ** 20, max: 2 ** 31 }),
    fc.nat(359),
    fc.integer({ min: -20, max: 20 }),
    fc.integer({ min: -20, max: 20 }),
    fc.nat(40),
    fc.nat(182),
    fc.boolean(),
  )
  .map(([distance, degrees, dx, dr, thickness, sweep, isStart]) => {
    const radians = (degrees * Math.PI) / 180;
    const x = 10 + dx - Math.round(Math.sin(radians) * distance);
    const y = 7 + Math.round(Math.cos(radians) * distance);
    const from = isStart ? degrees : degrees - sweep;
    return arc(x, y, distance + dr, thickness, from, from + sweep);
  });

const color = fc.oneof(
  fc.integer().map((word) => word >>> 0),
  fc.constantFrom(0xff_00_00_00, 0xff_ff_ff_ff, 0),
);
const fillShape = fc
  .tuple(
    position,
    position,
    size,
    size,
    color,
    color,
    fc.constantFrom<Direction>("right", "down", "left", "up"),
  )
  .map((shape) => fill(...shape));

const PALETTE = new Map([
  ["a", 0xff_00_00_ff],
  ["\u{1f600}", 0x80_12_34_56],
  ["#", 0xff_ff_ff_ff],
]);
const imageShape = fc
  .integer({ min: 1, max: 9 })
  .chain((w) =>
    fc.tuple(
      position,
      position,
      fc.array(fc.array(fc.constantFrom(".", "a", "\u{1f600}", "#", "#"), { minLength: w, maxLength: w }), {
        minLength: 1,
        maxLength: 9,
      }),
      fc.constantFrom(PALETTE, new Map([...PALETTE, [".", 0xff_20_20_20]])),
      fc.constantFrom(1, 1, 2, 3, 4, 64),
    ),
  )
  .map(([x, y, rows, palette, scale]) =>
    image(
      x,
      y,
      rows.map((row) => row.join("")),
      palette,
      scale,
    ),
  );

describe("paints exactly the pixels of its definition, each once, in any clip box", () => {
  test.each<[string, fc.Arbitrary<Shape>]>([
    ["rounded rectangles and boxes", roundedShape],
    ["enormous rounded rectangles and boxes", largeRounded],
    ["triangles and polygons", polygonShape],
    ["arcs", arcShape],
    ["enormous arcs", largeArc],
    ["gradients", fillShape],
    ["images", imageShape],
  ])("%s", (_, shape) => {
    fc.assert(
      fc.property(clip, shape, (clip, shape) => {
        expect(findWrongPixel(shape, clip)).toBeUndefined();
      }),
      { numRuns: 700 },
    );
  });

  test("a fixed selection of shapes", () => {
    expect(findWrongShape()).toBeUndefined();
  });

  test("every triangle between points of a small grid", () => {
    for (let p = 0; p < 16; p++) {
      for (let q = 0; q < 16; q++) {
        const points = [5, 5, 3 + (p % 4), 3 + (p >> 2), 3 + (q % 4), 3 + (q >> 2)];
        expect(findWrongPixel(polygon(points), ALL)).toBeUndefined();
      }
    }
  });
});

test("sectors that follow each other cover the disc, each pixel once", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(359), { minLength: 2, maxLength: 9 }), fc.integer(), (cuts, turn) => {
      const sorted = cuts.sort((a, b) => a - b);
      const pieces = sorted.map((from, i) =>
        arc(10, 7, 7, 99, turn + from, turn + (sorted[i + 1] ?? (sorted[0] ?? 0) + 360)),
      );
      const whole = arc(10, 7, 7, 7, 0, 360);
      const cover: Shape = {
        name: whole.name,
        draw: (list) => pieces.forEach((piece) => piece.draw(list)),
        colorAt: whole.colorAt,
      };
      expect(findWrongPixel(cover, ALL)).toBeUndefined();
    }),
    { numRuns: 200 },
  );
});

test.each([
  "ARC 99 99 9 0 0 90",
  "ARC 99 99 9 2 90 90",
  "FILL 99 99 0 9 red blue right",
  "RECT 99 99 0 9 2",
  "BOX 99 99 9 0 2",
  "IMAGE 99 99 2 1 a=red\n| ..",
])("checkDrawing does not warn of a shape without pixels: %j", (source) => {
  expect(checkDrawing(source, { width: 20, height: 10 })).toEqual([]);
});

test.each([
  "ARC 99 99 9 1 0 90",
  "TRI 99 99 99 99 99 99",
  "POLY 99 99",
  "FILL 99 99 1 9 red blue right",
  "IMAGE 99 99 2 1 .=red\n| ..",
])("checkDrawing warns of a shape outside the canvas: %j", (source) => {
  const codes = checkDrawing(source, { width: 20, height: 10 }).map(({ code }) => code);
  expect(codes).toEqual(["RASTER_DRAWS_NOTHING"]);
});

test("the rows of a program object are read again in each render", () => {
  const program = parseProgram("IMAGE 0 0 2 1 a=red b=blue\n| a.");
  const colors = (): number[] => {
    const { commands, count } = lowerProgram(program);
    return Array.from({ length: count }, (_, i) => (commands[i * COMMAND_STRIDE + COLOR] ?? 0) >>> 0);
  };
  expect(colors()).toEqual([0xff_00_00_ff]);
  const [image] = program.instructions;
  if (image?.op !== "IMAGE") throw new Error("expected an IMAGE");
  (image.rows as string[])[0] = "ab";
  expect(colors()).toEqual([0xff_00_00_ff, 0xff_ff_00_00]);
});

describe("hostile sizes", () => {
  const TALL = { width: 1, height: 16_777_216 };

  /** Returns the number of commands of a shape drawn again and again, or the code of the limit that ends it. */
  function repeat(
    times: number,
    { width, height }: typeof TALL,
    draw: (list: DrawListBuilder) => void,
  ): number | string {
    const list = new DrawListBuilder({ width, height, background: 0 }, DEFAULT_LIMITS, allocateList(1, 1));
    try {
      for (let i = 0; i < times; i++) draw(list);
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    }
    return list.count;
  }

  const many = (value: (i: number) => readonly [number, number]): number[] =>
    Array.from({ length: 4096 }, (_, i) => value(i)).flat();

  test("4,096 points whose edges all pass through every row are refused before the work", () => {
    const zigzag = many((i) => [(i * 7919) % 1920, i % 2 === 0 ? -5 : 2165]);
    const draw = (list: DrawListBuilder): void => drawPolygon(list, zigzag, 0, 0, 1);
    expect(repeat(1, { width: 1920, height: 2160 }, draw)).toBe("RASTER_LIMIT_PAINTED");
    expect(repeat(1, { width: 192, height: 60 }, draw)).toBeGreaterThan(1000);
  });

  test("a polygon beside the canvas costs its points only, also where its edges are as tall as the canvas", () => {
    for (const far of [-(2 ** 31), 2 ** 31]) {
      const points = many((i) => [far + (i % 2), i % 2 === 0 ? -(2 ** 31) : 2 ** 31]);
      expect(repeat(20, TALL, (list) => drawPolygon(list, points, 0, 0, 1))).toBe(0);
    }
  });

  test("an invisible part of a shape counts by its rows", () => {
    // The row loop of a triangle that surrounds the canvas paints one rectangle.
    const around = [-(2 ** 31), -(2 ** 31), 2 ** 31, -(2 ** 31), 0, 2 ** 31];
    expect(repeat(1, { width: 64, height: 64 }, (list) => drawPolygon(list, around, 0, 0, 1))).toBe(1);
    expect(repeat(1, TALL, (list) => drawPolygon(list, around, 0, 0, 1))).toBe("RASTER_LIMIT_PAINTED");
    const sector = (list: DrawListBuilder): void => drawArc(list, -100, 5, 2 ** 32, 2 ** 32, 80, 100, 1);
    expect(repeat(1, TALL, sector)).toBe("RASTER_LIMIT_PAINTED");
  });

  test.each<[string, (list: DrawListBuilder) => void]>([
    ["beside the canvas", (list) => drawArc(list, 2 ** 33, 0, 2 ** 32, 9, 0, 360, 1)],
    ["around the canvas", (list) => drawArc(list, 0, 8_000_000, 2 ** 32, 9, 0, 360, 1)],
    ["in another direction", (list) => drawArc(list, -(2 ** 31), 8_000_000, 2 ** 32, 2 ** 32, 200, 300, 1)],
    [
      "on the other side of the hole",
      (list) => drawArc(list, -(2 ** 31), 8_000_000, 2 ** 31 + 2 ** 30, 5, 0, 90, 1),
    ],
  ])("an enormous arc %s takes no work for the rows of the tallest canvas", (_, draw) => {
    expect(repeat(100_000, TALL, draw)).toBe(0);
  });

  test("a gradient has at most 1,021 rectangles", () => {
    const steep = fill(0, 0, 16_777_216, 1, 0xff_00_00_00, 0xff_ff_ff_ff, "right");
    expect(repeat(1, { width: 16_777_216, height: 1 }, steep.draw)).toBe(256);
    const four = fill(0, 0, 16_777_216, 1, 0x00_ff_00_ff, 0xfd_01_fe_00, "right");
    expect(repeat(1, { width: 16_777_216, height: 1 }, four.draw)).toBeLessThanOrEqual(1021);
  });
});
