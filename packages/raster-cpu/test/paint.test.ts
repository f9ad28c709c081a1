import { GLYPH_COUNT, GLYPH_HEIGHT, GLYPH_WIDTH, glyphIndex } from "@gvpie/glyph-rom";
import {
  COMMAND_STRIDE,
  type DrawList,
  formatColor,
  KIND_GLYPHS,
  KIND_RECT,
  lowerProgram,
} from "@gvpie/raster";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { swapBytes } from "../src/byte-order.ts";
import { paintBands } from "../src/paint-bands.ts";
import { canExpand, paintExpanded } from "../src/paint-expanded.ts";
import { paintPlane } from "../src/paint-plane.ts";
import { paintVisible } from "../src/paint-visible.ts";
import { paint, paintInOrder } from "../src/paint.ts";
import { getKernel, type Kernel } from "../src/wasm/kernel.ts";
import { paintReference } from "./reference-paint.ts";

const GLYPHS = Uint16Array.from({ length: GLYPH_COUNT }, (_, i) => i);

/** Opaque half of the time, and seldom transparent. */
const color = fc
  .record({
    rgb: fc.integer({ max: 0xff_ff_ff, min: 0 }),
    alpha: fc.constantFrom(255, 255, 255, 128, 1, 254, 0),
  })
  .map(({ rgb, alpha }) => ((alpha << 24) | rgb) >>> 0);

/** The words of a command that a rectangle leaves empty. */
const NO_GLYPHS = [0, 0, 0, 0, 0];

/** Half-open, never empty; sides gather at the canvas's edges and at the borders of tiles. */
function interval(side: number): fc.Arbitrary<[number, number]> {
  const border = fc.constantFrom(0, side, 31, 32, 33, 64, 96).map((at) => Math.min(at, side));
  const end = fc.oneof(border, fc.integer({ min: 0, max: side }));
  return fc.oneof(fc.constant([0, side]), fc.tuple(end, end)).map(([a, b]) => {
    const from = Math.min(a, b, side - 1);
    return [from, Math.max(a, b, from + 1)];
  });
}

function command(width: number, height: number): fc.Arbitrary<number[]> {
  const box = fc.tuple(interval(width), interval(height), color);
  const rect = box.map(([[left, right], [top, bottom], color]) => [
    KIND_RECT,
    color,
    left,
    top,
    right,
    bottom,
    ...NO_GLYPHS,
  ]);
  const run = fc.record({
    // Where the first glyph stands from the clip box's corner, or its lower end from the box's.
    dx: fc.oneof(fc.constantFrom(-1, 0, 1), fc.integer({ min: -20, max: 4 })),
    dy: fc.oneof(fc.constantFrom(-1, 0, 1), fc.integer({ min: -20, max: 4 })),
    fromBelow: fc.boolean(),
    first: fc.integer({ min: 0, max: GLYPH_COUNT - 16 }),
    count: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 16 })),
    scale: fc.constantFrom(1, 1, 1, 2, 5),
  });
  const glyphs = fc.tuple(box, run).map(([[[left, right], [top, bottom], color], run]) => {
    const y = (run.fromBelow ? bottom - GLYPH_HEIGHT * run.scale : top) + run.dy;
    return [KIND_GLYPHS, color, left, top, right, bottom, left + run.dx, y, run.first, run.count, run.scale];
  });
  return fc.oneof({ weight: 2, arbitrary: rect }, { weight: 1, arbitrary: glyphs });
}

/** All commands of a list in one opaque colour, or each in its own. */
const oneColor = fc.constantFrom(undefined, undefined, 0xff_ff_ff_ff, 0xff_20_40_60);

const drawList: fc.Arbitrary<DrawList> = fc
  .tuple(
    fc.constantFrom(1, 5, 31, 32, 33, 64, 70, 96, 100, 128),
    fc.constantFrom(1, 5, 31, 32, 33, 64, 70, 100),
  )
  .chain(([width, height]) =>
    fc
      .tuple(color, fc.array(command(width, height), { maxLength: 24 }), oneColor)
      .map(([background, all, color]) => ({
        width,
        height,
        background,
        count: all.length,
        commands: Int32Array.from(
          all.flatMap((words) => (color === undefined ? words : words.with(1, color))),
        ),
        glyphs: GLYPHS,
      })),
  );

function hasOneColor({ commands, count }: DrawList): boolean {
  const colors = Array.from({ length: count }, (_, i) => commands[i * COMMAND_STRIDE + 1] ?? 0);
  return colors.every((color) => color === colors[0] && color >>> 24 === 255);
}

function kernel(): Kernel {
  const kernel = getKernel(Number.MAX_SAFE_INTEGER);
  if (kernel === undefined) throw new Error("this engine has no WebAssembly with vectors");
  return kernel;
}

function dirtyWords({ width, height }: DrawList): Uint32Array {
  return new Uint32Array(width * height).fill(0x5a_5a_5a_5a);
}

function differences(found: Uint32Array, expected: Uint32Array): string[] {
  return [...expected.entries()]
    .filter(([i, word]) => word !== found[i])
    .map(([i, word]) => `pixel ${i}: ${formatColor(found[i] ?? 0)}, expected ${formatColor(word)}`);
}

describe("random draw lists, in colours, translucent and scaled", () => {
  test.each<{ name: string; way: (list: DrawList, words: Uint32Array) => void }>([
    {
      name: "painted in order",
      way: (list, words) => paintInOrder(list, words.fill(list.background), 0),
    },
    {
      name: "painted where visible",
      way: (list, words) => paintVisible(list, words.fill(list.background), 0, hasOneColor(list)),
    },
    {
      name: "painted through a plane of bits where they have one colour",
      way: (list, words) => {
        words.fill(list.background);
        if (hasOneColor(list)) paintPlane(list, words, 0);
        else paintInOrder(list, words, 0);
      },
    },
    {
      name: "made from bits by the kernel where they have one colour",
      way: (list, words) => {
        if (hasOneColor(list) && list.count > 0 && canExpand(list))
          paintExpanded(kernel(), list, words, 0, list.background);
        else paintInOrder(list, words.fill(list.background), 0);
      },
    },
    ...[1, 7, 20, undefined].map((rows) => ({
      name: `painted by the kernel on an opaque background, ${rows ?? "all"} rows at a time`,
      way: (list: DrawList, words: Uint32Array) => {
        if (list.background >>> 24 === 255) paintBands(kernel(), list, words, 0, list.background, rows);
        else paintInOrder(list, words.fill(list.background), 0);
      },
    })),
    { name: "painted as the list suggests", way: paint },
  ])("$name, equal the reference", ({ way }) => {
    fc.assert(
      fc.property(drawList, (list) => {
        const words = dirtyWords(list);
        way(list, words);
        expect(differences(words, paintReference(list))).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});

test("a long text of one colour comes out of the kernel's bits as it does in order, wherever it begins", () => {
  for (let x = -2; x < 40; x++) {
    const list = lowerProgram(`TXT ${x} 1 #############@@@@@@@@@@@@`, { width: 160, height: 9 });
    const [found, expected] = [dirtyWords(list), dirtyWords(list).fill(list.background)];
    paintExpanded(kernel(), list, found, 0, list.background);
    paintInOrder(list, expected, 0);
    expect(differences(found, expected)).toEqual([]);
  }
});

test("a canvas of several bands equals what is painted in order", () => {
  // Spread over the canvas and its edges by steps that share no factor with its sides.
  const lines = Array.from({ length: 300 }, (_, i) => {
    const color = `COLOR #${((i * 7_919_311) & 0xff_ff_ff).toString(16).padStart(6, "0")}${["ff", "80", "01"][i % 3]}`;
    const at = `${((i * 787) % 1840) - 40} ${((i * 131) % 380) - 40}`;
    return `${color}\nRECT ${at} ${1 + ((i * 89) % 400)} ${1 + ((i * 37) % 200)}\nTXT ${at} over and over`;
  });
  // 62 rows fit in a band, so that the last one is shorter.
  const list = lowerProgram(lines.join("\n"), { width: 1760, height: 300 });
  const [found, expected] = [dirtyWords(list), dirtyWords(list).fill(list.background)];
  paintBands(kernel(), list, found, 0, list.background);
  paintInOrder(list, expected, 0);
  expect(differences(found, expected)).toEqual([]);
});

describe("a glyph whose clip box is one pixel short", () => {
  // A glyph at 2, 2 of a canvas of 9×11, in a box that fits it exactly.
  const box = { left: 2, top: 2, right: 2 + GLYPH_WIDTH, bottom: 2 + GLYPH_HEIGHT };
  test.each([
    { on: "no side", cut: box },
    { on: "the left", cut: { ...box, left: 3 } },
    { on: "the top", cut: { ...box, top: 3 } },
    { on: "the right", cut: { ...box, right: box.right - 1 } },
    { on: "the bottom", cut: { ...box, bottom: box.bottom - 1 } },
  ])("on $on", ({ cut: { left, top, right, bottom } }) => {
    const commands = Int32Array.of(KIND_GLYPHS, -1, left, top, right, bottom, 2, 2, glyphIndex(0x23), 1, 1);
    const list = { width: 9, height: 11, background: 0xff_00_00_00, count: 1, commands, glyphs: GLYPHS };
    const words = dirtyWords(list);
    paint(list, words);
    expect(differences(words, paintReference(list))).toEqual([]);
  });
});

test("a big-endian machine turns its words around", () => {
  const words = Uint32Array.of(0x01_02_03_04, 0xff_00_00_00, 0xfe_dc_ba_98);
  swapBytes(words);
  expect([...words]).toEqual([0x04_03_02_01, 0x00_00_00_ff, 0x98_ba_dc_fe]);
});
