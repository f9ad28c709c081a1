import { parseProgram, PxlError } from "@gvpie/pxl-parser";
import {
  COMMAND_STRIDE,
  DEFAULT_LIMITS,
  type DrawList,
  HARD_LIMITS,
  KIND_GLYPHS,
  KIND_RECT,
  lowerProgram,
  type RasterWarning,
  type RenderOptions,
} from "@gvpie/raster";
import { randomProgram } from "@gvpie/raster/conformance";
import { glyphIndex } from "@gvpie/glyph-rom";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const WHITE = -1;

function commandsOf({ commands, count }: DrawList): number[][] {
  return Array.from({ length: count }, (_, i) => [
    ...commands.subarray(i * COMMAND_STRIDE, (i + 1) * COMMAND_STRIDE),
  ]);
}

describe("commands, on a canvas of 20×10", () => {
  const canvas = { width: 20, height: 10 };

  test.each([
    { source: "RECT 1 2 3 4", box: [1, 2, 4, 6] },
    { source: "RECT -1 -2 3 4", box: [0, 0, 2, 2] },
    { source: "RECT 19 9 4294967295 4294967295", box: [19, 9, 20, 10] },
    { source: "RECT -2147483648 0 2147483649 1", box: [0, 0, 1, 1] },
  ])("$source", ({ source, box }) => {
    const list = lowerProgram(source, canvas);
    expect(commandsOf(list)).toEqual([[KIND_RECT, WHITE, ...box, 0, 0, 0, 0, 0]]);
  });

  test.each([
    // kind, colour, then box left, top, right, bottom, then x, y, first glyph, glyphs, scale
    { source: "TXT 2 1 abc", words: [2, 1, 19, 8, 2, 1, 0, 3, 1], text: "abc" },
    { source: "TXT -7 -2 abcd", words: [0, 0, 16, 5, -1, -2, 0, 3, 1], text: "bcd" },
    { source: "TXT -5 0 ab", words: [1, 0, 6, 7, 1, 0, 0, 1, 1], text: "b" },
    { source: "TXT -4 0 ab", words: [0, 0, 7, 7, -4, 0, 0, 2, 1], text: "ab" },
    { source: "TXT 8 5 abc", words: [8, 5, 19, 10, 8, 5, 0, 2, 1], text: "ab" },
    { source: "TXT 7 5 abc", words: [7, 5, 20, 10, 7, 5, 0, 3, 1], text: "abc" },
    { source: `TXT -2147483640 0 ${"z".repeat(9)}`, words: undefined, text: "" },
    { source: `TXT -599994 0 ${"z".repeat(99_999)}ab`, words: [0, 0, 11, 7, 0, 0, 0, 2, 1], text: "ab" },
    { source: "TXT 0 0 a\u{1f600}\u{20ac}", words: [0, 0, 17, 7, 0, 0, 0, 3, 1], text: "a\u{1f600}\u{20ac}" },
    { source: "TXT 0 10 a", words: undefined, text: "" },
    { source: "TXT 20 0 a", words: undefined, text: "" },
    { source: "TXT 0 -7 a", words: undefined, text: "" },
  ])("$source", ({ source, words, text }) => {
    const list = lowerProgram(source, canvas);
    expect(commandsOf(list)).toEqual(words === undefined ? [] : [[KIND_GLYPHS, WHITE, ...words]]);
    const glyphs = Array.from(text, (character) => glyphIndex(character.codePointAt(0) ?? 0));
    expect([...list.glyphs.subarray(0, glyphs.length)]).toEqual(glyphs);
  });

  test("stores runs one after another in `glyphs`, and ignores the lines after HALT", () => {
    const list = lowerProgram("TXT 0 0 ab\nRECT 0 0 1 1\nTXT 0 0 c\nHALT\nRECT 0 0 1 1", canvas);
    expect(commandsOf(list).map(([kind, , , , , , , , first, count]) => [kind, first, count])).toEqual([
      [KIND_GLYPHS, 0, 2],
      [KIND_RECT, 0, 0],
      [KIND_GLYPHS, 2, 1],
    ]);
  });

  test("grows beyond the memory allocated at first", () => {
    const count = 270_000;
    const list = lowerProgram("TXT 1 1 ab\n".repeat(count), canvas);
    expect(list.count).toBe(count);
    const first = (count - 1) * 2;
    expect([...list.commands.subarray((count - 1) * COMMAND_STRIDE, count * COMMAND_STRIDE)]).toEqual([
      KIND_GLYPHS,
      WHITE,
      1,
      1,
      12,
      8,
      1,
      1,
      first,
      2,
      1,
    ]);
    const pair = [glyphIndex(97), glyphIndex(98)];
    expect([...list.glyphs.subarray(0, 2)]).toEqual(pair);
    expect([...list.glyphs.subarray(count * 2 - 2, count * 2)]).toEqual(pair);
  });
});

test("source text and its parsed program give the same list", () => {
  const source = "TXT 1 1 hi\nRECT 2 2 9 9";
  expect(lowerProgram(parseProgram(source))).toEqual(lowerProgram(source));
});

test("the default canvas is 128×64 on opaque black", () => {
  expect(lowerProgram("")).toMatchObject({ width: 128, height: 64, background: 0xff_00_00_00, count: 0 });
});

describe("rejects", () => {
  const refused: {
    name: string;
    source?: string;
    options: Record<string, unknown>;
    code: string;
    message: string;
  }[] = [
    {
      name: "a width of 0",
      options: { width: 0 },
      code: "RASTER_BAD_CANVAS",
      message: "expected width as an integer from 1 to 4294967295, got 0",
    },
    {
      name: "a width of 2³²",
      options: { width: 2 ** 32 },
      code: "RASTER_BAD_CANVAS",
      message: "got 4294967296",
    },
    {
      name: "a height of 1.5",
      options: { height: 1.5 },
      code: "RASTER_BAD_CANVAS",
      message: "expected height as an integer from 1 to 4294967295, got 1.5",
    },
    {
      name: 'a height of "8"',
      options: { height: "8" },
      code: "RASTER_BAD_CANVAS",
      message: 'got the string "8"',
    },
    {
      name: "a height of NaN",
      options: { height: Number.NaN },
      code: "RASTER_BAD_CANVAS",
      message: "got NaN",
    },
    { name: "a height of null", options: { height: null }, code: "RASTER_BAD_CANVAS", message: "got null" },
    { name: "a bigint", options: { height: 8n }, code: "RASTER_BAD_CANVAS", message: "got the bigint 8n" },
    {
      name: "an infinite width",
      options: { width: Infinity },
      code: "RASTER_BAD_CANVAS",
      message: "got Infinity",
    },
    {
      name: "too many pixels",
      options: { width: 4097, height: 4096 },
      code: "RASTER_LIMIT_PIXELS",
      message: "expected at most 16777216 pixels of the canvas (limits.pixels), got at least 16781312",
    },
    { name: "a colour name", options: { background: "red" }, code: "RASTER_BAD_COLOR", message: '"red"' },
    {
      name: "a wrong program",
      source: "NOPE",
      options: {},
      code: "PXL_UNKNOWN_OPCODE",
      message: "line 1, column 1",
    },
    {
      name: "too many instructions",
      source: "HALT\nHALT\nHALT",
      options: { limits: { instructions: 2 } },
      code: "RASTER_LIMIT_INSTRUCTIONS",
      message: "expected at most 2 instructions (limits.instructions), got more",
    },
    {
      name: "too many glyphs, seen or not",
      source: "TXT 0 999 abc\nTXT 0 999 d",
      options: { limits: { glyphs: 3 } },
      code: "RASTER_LIMIT_GLYPHS",
      message: "expected at most 3 glyphs (limits.glyphs), got at least 4",
    },
    {
      name: "too many painted pixels",
      source: "RECT 0 0 9 9\nRECT 0 0 9 9",
      options: { limits: { paintedPixels: 161 } },
      code: "RASTER_LIMIT_PAINTED",
      message: "expected at most 161 painted pixels (limits.paintedPixels), got at least 162",
    },
  ];

  test.each(refused)("$name", ({ source = "", options, code, message }) => {
    expect(() => lowerProgram(source, options as RenderOptions)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  test("throws PxlError for a faulty program within the limit of instructions", () => {
    const lower = () => lowerProgram("HALT\nNOPE\nHALT", { limits: { instructions: 2 } });
    expect(lower).toThrow(PxlError);
    expect(lower).toThrow(expect.objectContaining({ code: "PXL_UNKNOWN_OPCODE" }));
  });

  test("rejects a parsed program with too many instructions", () => {
    const program = parseProgram("HALT\nHALT\nHALT");
    expect(() => lowerProgram(program, { limits: { instructions: 2 } })).toThrow(
      expect.objectContaining({ code: "RASTER_LIMIT_INSTRUCTIONS" }),
    );
  });

  test("keeps at most a thousand diagnostics of a program with millions of faults", () => {
    expect(() => lowerProgram("NOPE\n".repeat(50_000))).toThrow(
      expect.objectContaining({ diagnostics: expect.objectContaining({ length: 1001 }) }),
    );
  });
});

describe("limits", () => {
  test("accepts a value that equals a limit", () => {
    const source = "TXT 0 0 \u{1f600}b\nRECT 0 0 2 2";
    const limits = { pixels: 400, instructions: 2, glyphs: 2, paintedPixels: 11 * 7 + 4 };
    expect(lowerProgram(source, { width: 20, height: 20, limits }).count).toBe(2);
  });

  test("counts only painted pixels inside the canvas", () => {
    const source = "RECT -99 -99 4294967295 4294967295\nTXT 5000 0 abc";
    expect(lowerProgram(source, { width: 5, height: 5, limits: { paintedPixels: 25 } }).count).toBe(1);
  });

  test("accepts the hard limits and rejects greater ones", () => {
    expect(lowerProgram("", { limits: HARD_LIMITS }).count).toBe(0);
    for (const name of Object.keys(HARD_LIMITS) as (keyof typeof HARD_LIMITS)[]) {
      expect(DEFAULT_LIMITS[name]).toBeLessThanOrEqual(HARD_LIMITS[name]);
      for (const value of [HARD_LIMITS[name] + 1, -1, 1.5, Number.NaN, "9" as unknown as number]) {
        expect(() => lowerProgram("", { limits: { [name]: value } })).toThrow(RangeError);
      }
    }
  });

  test("lowers for a canvas at the hard limit without allocating a frame", () => {
    const options = { width: 67_108_864, height: 1, limits: { pixels: HARD_LIMITS.pixels } };
    expect(lowerProgram("RECT 67108863 0 9 9", options).count).toBe(1);
  });
});

describe("warnings", () => {
  function warningsOf(source: string): RasterWarning[] {
    const warnings: RasterWarning[] = [];
    lowerProgram(source, { onWarning: (warning) => warnings.push(warning as RasterWarning) });
    return warnings;
  }

  test("reports each character without a glyph with its place", () => {
    const message = "the font has no glyph for U+8A9E";
    const common = { severity: "warning", code: "RASTER_NO_GLYPH", message, length: 1 };
    expect(warningsOf("RECT 0 0 1 1\n  TXT 0\t-999  a\u{8a9e}\u{1f600}b\u{8a9e}  ")).toEqual([
      { ...common, line: 2, column: 16 },
      { ...common, line: 2, column: 17, message: "the font has no glyph for U+1F600" },
      { ...common, line: 2, column: 19 },
    ]);
  });

  test("reports no character with a glyph and none after HALT", () => {
    expect(warningsOf("TXT 0 0 aé€→\u{fffd}\nHALT\nTXT 0 0 \u{8a9e}")).toEqual([]);
  });

  test("reports at most a hundred", () => {
    expect(warningsOf(`TXT 0 0 ${"\u{8a9e}".repeat(1000)}`)).toHaveLength(100);
  });
});

test("every command is inside the canvas, and every run begins and ends inside its clip box", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const { source, ...options } = randomProgram(seed);
      const list = lowerProgram(source, options);
      const commands = commandsOf(list);
      for (const [, , left = 0, top = 0, right = 0, bottom = 0] of commands) {
        expect(left).toBeGreaterThanOrEqual(0);
        expect(top).toBeGreaterThanOrEqual(0);
        expect(right).toBeGreaterThan(left);
        expect(bottom).toBeGreaterThan(top);
        expect(right).toBeLessThanOrEqual(list.width);
        expect(bottom).toBeLessThanOrEqual(list.height);
      }
      for (const [kind, , , , , , ...rest] of commands.filter(([kind]) => kind === KIND_RECT)) {
        expect([kind, ...rest]).toEqual([KIND_RECT, 0, 0, 0, 0, 0]);
      }
      const isClipped = source.includes("CLIP");
      let stored = 0;
      for (const [, , left = 0, top = 0, right = 0, bottom = 0, x = 0, y = 0, ...run] of commands.filter(
        ([kind]) => kind === KIND_GLYPHS,
      )) {
        const [first, glyphs = 0, scale = 0] = run;
        expect(first).toBe(stored);
        stored += glyphs;
        const lastX = x + (glyphs - 1) * 6 * scale;
        expect(x + 5 * scale).toBeGreaterThan(left);
        expect(lastX).toBeLessThan(right);
        // A clip box cuts more than the canvas does.
        const visible = [
          Math.max(x, 0),
          Math.max(y, 0),
          Math.min(lastX + 5 * scale, list.width),
          Math.min(y + 7 * scale, list.height),
        ] as const;
        const cut = [
          Math.max(visible[0], left),
          Math.max(visible[1], top),
          Math.min(visible[2], right),
          Math.min(visible[3], bottom),
        ];
        expect([left, top, right, bottom]).toEqual(isClipped ? cut : visible);
      }
      expect(list.glyphs.length).toBeGreaterThanOrEqual(stored);
    }),
    { numRuns: 300 },
  );
});
