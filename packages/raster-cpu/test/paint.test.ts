import { GLYPH_COUNT, GLYPH_HEIGHT, GLYPH_WIDTH, glyphIndex } from "@gvpie/glyph-rom";
import {
  COLOR,
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
import { type Analysis, analyze } from "../src/paint/analyze.ts";
import { bitPlane } from "../src/paint/bit-plane.ts";
import { inOrder } from "../src/paint/in-order.ts";
import { paintBands } from "../src/paint/kernel-bands.ts";
import { fitsKernel, kernelBitPlane } from "../src/paint/kernel-bit-plane.ts";
import { paint } from "../src/paint/paint.ts";
import type { Painter } from "../src/paint/painter.ts";
import { choosePainter, PAINTERS } from "../src/paint/painters.ts";
import { visibleTiles } from "../src/paint/visible-tiles.ts";
import { paintReference } from "./support/reference-paint.ts";

const GLYPHS = Uint16Array.from({ length: GLYPH_COUNT }, (_, i) => i);

/** Opaque half of the time, rarely transparent. */
const color = fc
  .record({
    rgb: fc.integer({ max: 0xff_ff_ff, min: 0 }),
    alpha: fc.constantFrom(255, 255, 255, 128, 1, 254, 0),
  })
  .map(({ rgb, alpha }) => ((alpha << 24) | rgb) >>> 0);

/** The words of a command that are 0 for a rectangle. */
const NO_GLYPHS = [0, 0, 0, 0, 0];

/** Half-open, never empty; ends are often at the canvas's edges and at the borders of tiles. */
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
    // Offset of the first glyph's top-left corner from the clip box's, or of its bottom from the box's.
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

/** One opaque colour for all commands of a list, or undefined if each has its own. */
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
          all.flatMap((words) => (color === undefined ? words : words.with(COLOR, color))),
        ),
        glyphs: GLYPHS,
      })),
  );

function hasOneColor({ commands, count }: DrawList): boolean {
  const colors = Array.from({ length: count }, (_, i) => commands[i * COMMAND_STRIDE + COLOR] ?? 0);
  return colors.every((color) => color === colors[0] && color >>> 24 === 255);
}

/** An analysis with which every command is painted, also hidden ones. */
function analyzeWhole(list: DrawList): Analysis {
  return { ...analyze(list), background: list.background, from: 0, isOneColor: hasOneColor(list) };
}

function paintInOrder(list: DrawList, words: Uint32Array): void {
  inOrder.paint(list, words, analyzeWhole(list));
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
  /** Paints with a painter the lists that it can paint, and all others in order. */
  const withPainter =
    (canPaint: (list: DrawList) => boolean, paint: Painter["paint"]) =>
    (list: DrawList, words: Uint32Array) => {
      if (canPaint(list)) {
        paint(list, words, analyzeWhole(list));
      } else {
        paintInOrder(list, words);
      }
    };
  const isOpaque = ({ background }: DrawList) => background >>> 24 === 255;

  test.each<{ name: string; paintWith: (list: DrawList, words: Uint32Array) => void }>([
    { name: "in order", paintWith: paintInOrder },
    { name: "visible tiles", paintWith: withPainter(() => true, visibleTiles.paint) },
    { name: "bit plane", paintWith: withPainter(hasOneColor, bitPlane.paint) },
    {
      name: "kernel bit plane",
      paintWith: withPainter(
        (list) => hasOneColor(list) && list.count > 0 && fitsKernel(list),
        kernelBitPlane.paint,
      ),
    },
    ...[1, 7, 20, undefined].map((rows) => ({
      name: `kernel bands of ${rows ?? "the default number of"} rows`,
      paintWith: withPainter(isOpaque, (list, words, analysis) => paintBands(list, words, analysis, rows)),
    })),
    { name: "the painter that fits", paintWith: paint },
  ])("equal the reference: $name", ({ paintWith }) => {
    fc.assert(
      fc.property(drawList, (list) => {
        const words = dirtyWords(list);
        paintWith(list, words);
        expect(differences(words, paintReference(list))).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("the choice of a painter", () => {
  const canvas = { width: 128, height: 64 };
  const lists = [
    { painter: "kernel bands", source: "COLOR #ffffff80\nRECT 0 0 64 64", options: canvas },
    { painter: "visible tiles", source: "RECT 1 0 127 64\n".repeat(3), options: canvas },
    { painter: "kernel bit plane", source: "RECT 1 1 90 60", options: canvas },
    { painter: "bit plane", source: "RECT 1 0 128 60\nRECT 0 0 8 60", options: { width: 129, height: 60 } },
    { painter: "in order", source: "TXT 1 1 hi", options: canvas },
  ].map(({ painter, source, options }) => ({ painter, list: lowerProgram(source, options) }));

  test("covers every painter", () => {
    expect(lists.map(({ painter }) => painter)).toEqual(PAINTERS.map(({ name }) => name));
  });

  test.each(lists)("$painter: depends on the list, not on the lists painted before", ({ painter, list }) => {
    for (const { list: before } of [...lists, ...lists.toReversed()]) {
      paint(before, dirtyWords(before));
      expect(choosePainter(list, analyze(list)).name).toBe(painter);
    }
  });
});

test("a long text of one colour, at every column of a word, equals the text painted in order", () => {
  for (let x = -2; x < 40; x++) {
    const list = lowerProgram(`TXT ${x} 1 #############@@@@@@@@@@@@`, { width: 160, height: 9 });
    const [found, expected] = [dirtyWords(list), dirtyWords(list)];
    kernelBitPlane.paint(list, found, analyzeWhole(list));
    paintInOrder(list, expected);
    expect(differences(found, expected)).toEqual([]);
  }
});

test("a canvas of several bands equals the canvas painted in order", () => {
  // Spread over the canvas and its edges by steps that share no factor with its sides.
  const lines = Array.from({ length: 300 }, (_, i) => {
    const color = `COLOR #${((i * 7_919_311) & 0xff_ff_ff).toString(16).padStart(6, "0")}${["ff", "80", "01"][i % 3]}`;
    const at = `${((i * 787) % 1840) - 40} ${((i * 131) % 380) - 40}`;
    return `${color}\nRECT ${at} ${1 + ((i * 89) % 400)} ${1 + ((i * 37) % 200)}\nTXT ${at} over and over`;
  });
  // 62 rows fit in a band, so that the last one is shorter.
  const list = lowerProgram(lines.join("\n"), { width: 1760, height: 300 });
  const [found, expected] = [dirtyWords(list), dirtyWords(list)];
  paintBands(list, found, analyzeWhole(list));
  paintInOrder(list, expected);
  expect(differences(found, expected)).toEqual([]);
});

describe("a glyph whose clip box is one pixel too small", () => {
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

test("swapBytes reverses the bytes of each word", () => {
  const words = Uint32Array.of(0x01_02_03_04, 0xff_00_00_00, 0xfe_dc_ba_98);
  swapBytes(words);
  expect([...words]).toEqual([0x04_03_02_01, 0x00_00_00_ff, 0x98_ba_dc_fe]);
});
