import { checkDrawing, createDebugger, lowerProgram, type RenderOptions } from "@gvpie/raster";
import { describe, expect, test, vi } from "vitest";

// Seconds of work, and a busy machine may need a minute for it.
vi.setConfig({ testTimeout: 300_000 });

/** The longest value of a parameter. */
const MAX_PARAM_LENGTH = 65_536;
const FULL_HD = { width: 1920, height: 1080 };

/** Programs that would exceed any machine. Each ends with an error and its place, within the default limits. */
const programs: { name: string; source: string; options?: RenderOptions; code: string; line: number }[] = [
  { name: "an endless loop", source: "l:\nJMP l", code: "RASTER_LIMIT_FUEL", line: 2 },
  {
    name: "nested loops that would run for centuries",
    source: "SET a 0\nl:\nSET b 0\nm:\nADD b 1\nIF b < 2147483647 m\nADD a 1\nIF a < 2147483647 l",
    code: "RASTER_LIMIT_FUEL",
    line: 5,
  },
  { name: "a recursion without end", source: "l:\nCALL l", code: "RASTER_STACK_OVERFLOW", line: 2 },
  {
    name: "a recursion of two",
    source: "a:\nCALL b\nRET\nb:\nCALL a\nRET",
    code: "RASTER_STACK_OVERFLOW",
    line: 2,
  },
  {
    name: "a million translucent rectangles, each as large as the canvas",
    source: `COLOR #ffffff01\n${"RECT 0 0 1920 1080\n".repeat(999_999)}`,
    options: FULL_HD,
    code: "RASTER_LIMIT_PAINTED",
    line: 519,
  },
  {
    name: "the same in a loop",
    source: "COLOR #ffffff01\nl:\nCLEAR\nJMP l",
    options: FULL_HD,
    code: "RASTER_LIMIT_PAINTED",
    line: 3,
  },
  {
    name: "a text that multiplies a long parameter",
    source: `PARAM t x\nTXT 0 0 ${"{t}".repeat(20_000)}`,
    options: { params: { t: "y".repeat(MAX_PARAM_LENGTH) } },
    code: "RASTER_LIMIT_GLYPHS",
    line: 2,
  },
  {
    name: "a loop that does, out of sight",
    source: `PARAM t x\nl:\nTXT 0 -9 ${"{t}".repeat(9)}\nJMP l`,
    options: { params: { t: "y".repeat(MAX_PARAM_LENGTH) } },
    code: "RASTER_LIMIT_GLYPHS",
    line: 3,
  },
  {
    name: "a sprite of many runs, in a loop",
    source: `l:\nSPRITE 0 0 256 64${` ${"a".repeat(64)}`.repeat(64)}\nJMP l`,
    options: { width: 256 },
    code: "RASTER_LIMIT_COMMANDS",
    line: 2,
  },
  {
    name: "circles of many pixels, in a loop",
    source: "l:\nCIRCLE 2000 2000 1999\nJMP l",
    options: { width: 4000, height: 4000 },
    code: "RASTER_LIMIT_COMMANDS",
    line: 2,
  },
  {
    // Once row by row, in exact arithmetic, which took half an hour.
    name: "discs as tall as the tallest canvas",
    source: "l:\nDISC -2147483648 8000000 2147483750\nJMP l",
    options: { width: 1, height: 16_777_216 },
    code: "RASTER_LIMIT_PAINTED",
    line: 2,
  },
  {
    name: "circles as tall as the tallest canvas",
    source: "l:\nCIRCLE -2147483648 8000000 2147483648\nJMP l",
    options: { width: 1, height: 16_777_216 },
    code: "RASTER_LIMIT_PAINTED",
    line: 2,
  },
  {
    name: "polygons of 4,096 points, in a loop",
    source: `LIST p ${Array.from({ length: 4096 }, (_, i) => `${(i * 7919) % 128} ${i % 2 === 0 ? -9 : 99}`).join(" ")}
l:
POLY p
JMP l`,
    code: "RASTER_LIMIT_PAINTED",
    line: 3,
  },
  {
    name: "triangles as tall as the tallest canvas",
    source: "l:\nTRI 0 -2147483648 0 2147483647 0 9\nJMP l",
    options: { width: 1, height: 16_777_216 },
    code: "RASTER_LIMIT_PAINTED",
    line: 2,
  },
  {
    name: "an arc as tall as the tallest canvas",
    source: "ARC -100 8000000 4294967295 4294967295 80 100",
    options: { width: 1, height: 16_777_216 },
    code: "RASTER_LIMIT_PAINTED",
    line: 1,
  },
  {
    name: "a large transparent picture, in a loop",
    source: `l:\nSCALE 64\nIMAGE 0 0 256 9 a=red\n${`| ${".".repeat(256)}\n`.repeat(9)}JMP l`,
    options: FULL_HD,
    code: "RASTER_LIMIT_PAINTED",
    line: 3,
  },
  {
    name: "a picture of stripes, in a loop",
    source: `l:\nIMAGE 0 0 256 64 a=red b=blue\n${`| ${"ab".repeat(128)}\n`.repeat(64)}JMP l`,
    options: { width: 256 },
    code: "RASTER_LIMIT_COMMANDS",
    line: 2,
  },
  {
    name: "a picture of squares of which one pixel is visible, in a loop",
    source: `l:\nIMAGE -255 0 256 64 a=red b=blue\n${`| ${"ab".repeat(128)}\n| ${"ba".repeat(128)}\n`.repeat(32)}JMP l`,
    options: { width: 256 },
    code: "RASTER_LIMIT_PAINTED",
    line: 2,
  },
  {
    name: "rounded boxes as tall as the tallest canvas",
    source:
      "l:\nBOX -2147483640 -1000 4294967295 4294967295 2147483647\nRECT -2147483640 -1000 4294967295 4294967295 2147483647\nJMP l",
    options: { width: 1, height: 16_777_216 },
    code: "RASTER_LIMIT_COMMANDS",
    line: 3,
  },
  {
    name: "a parameter with an instruction in it",
    source: "PARAM t x\nl:\nPIX {t} 0\nJMP l",
    options: { params: { t: "0 0 PIX 1" } },
    code: "RASTER_BAD_VALUE",
    line: 3,
  },
];

describe.each(programs)("$name", ({ source, options, code, line }) => {
  test("ends with a typed error and its place", () => {
    const error = expect.objectContaining({ name: "RasterError", code, line });
    expect(() => lowerProgram(source, options)).toThrow(error);
  });
});

test("the debugger ends with the same error", () => {
  const debug = createDebugger("l:\nJMP l", { limits: { fuel: 1000 } });
  expect(() => debug.runTo(99)).toThrow(expect.objectContaining({ code: "RASTER_LIMIT_FUEL", line: 2 }));
});

test("a program of a million lines that change the pen and draw nothing renders", () => {
  expect(lowerProgram("ORIGIN 1 1\n".repeat(1_000_000)).count).toBe(0);
});

test("enormous shapes, mostly outside the canvas, take little time", () => {
  const source = [
    "LINE -2147483648 -2147483648 4294967295 4294967295",
    "DISC 0 0 4294967295",
    "CIRCLE -2147483648 0 2147483650",
    "BOX -2147483648 -2147483648 4294967295 4294967295",
    "SCALE 64\nORIGIN 4294967295 4294967295\nTXT -2147483648 0 x",
  ].join("\n");
  expect(lowerProgram(source).count).toBeLessThan(200);
});

test("warnings read a parameter's value once, for any number of references to it", () => {
  const text = `TXT 0 0 ${"{t}".repeat(20_000)}`;
  const source = `PARAM t x\nJMP end\n${`${text}\n`.repeat(20)}end:`;
  const options = { params: { t: "y".repeat(MAX_PARAM_LENGTH) } };
  const warnings: unknown[] = [];
  expect(lowerProgram(source, { ...options, onWarning: (warning) => warnings.push(warning) }).count).toBe(0);
  expect(warnings).toEqual([]);
  expect(checkDrawing(source, options)).toEqual([]);
});

describe("a drawing that paints nothing takes bounded work", () => {
  // As many as the main thread of gvpie-daemon runs.
  const STEPS = 8_192;

  test.each([
    "CIRCLE 64 32 4294967295",
    "CIRCLE 2147483648 2147483648 3037000499",
    "CIRCLE 4294967295 4294967295 2147483647",
    "DISC 2147483648 2147483648 3037000400",
    "LINE -2147483648 100 4294967295 4294967295",
    "LINE -2147483648 -2147483648 4294967295 -5",
    "BOX -100 -100 4294967295 4294967295",
    "SCALE 64\nSPRITE 4294967295 0 8 1 ff",
    "SCALE 64\nTXT -2147483648 4294967295 text",
    "CLIP 0 0 0 0\nDISC 0 0 4294967295",
    "ARC 64 32 4294967295 4294967200 0 360",
    "ARC -2147483648 32 2147483747 1 90 91",
    "ARC 4294967295 -2147483648 4294967295 4294967295 200 300",
    "TRI 4294967295 -2147483648 4294967295 4294967295 4294967295 0",
    "TRI -1 -2147483648 -1 2147483647 -2147483648 0",
    "POLY 200 0 4294967295 4294967295 4294967295 -2147483648 300 9",
    "RECT 200 -100 4294967295 4294967295 4294967295",
    "BOX -100 -100 4294967295 4294967295 50",
    "FILL 200 0 4294967295 4294967295 red blue right",
    "SCALE 64\nIMAGE 4294967295 0 2 1 a=red\n| a.",
  ])("%j, again and again, without arithmetic on big integers", (drawing) => {
    const big = vi.spyOn(globalThis, "BigInt");
    try {
      const source = `l:\n${drawing}\nJMP l`;
      const limits = { fuel: STEPS };
      expect(() => lowerProgram(source, { limits })).toThrow(
        expect.objectContaining({ code: "RASTER_LIMIT_FUEL" }),
      );
      expect(big).toHaveBeenCalledTimes(0);
    } finally {
      big.mockRestore();
    }
  });

  test("a parameter of 65,000 digits is read once, for any number of operands", () => {
    const digits = `-${"0".repeat(65_000)}7`;
    const read = vi.spyOn(RegExp.prototype, "test");
    try {
      for (const line of ["PIX {x} 9", "SET a x"]) {
        read.mockClear();
        lowerProgram(`PARAM x 0\n${`${line}\n`.repeat(STEPS)}`, { params: { x: digits } });
        expect(read.mock.calls.filter(([text]) => text === digits).length).toBe(1);
      }
    } finally {
      read.mockRestore();
    }
  });
});

test("a program of thousands of unknown names is compared with a bounded number of names", () => {
  const lines = (line: (i: number) => string) => Array.from({ length: 1_800 }, (_, i) => line(i)).join("\n");
  const compared = vi.spyOn(String.prototype, "toUpperCase");
  try {
    const source = `${lines((i) => `SET name${i} 1`)}\n${lines((i) => `PIX {nbme${i}} 1`)}`;
    expect(() => lowerProgram(source)).toThrow(expect.objectContaining({ code: "PXL_UNDECLARED_NAME" }));
    expect(compared.mock.calls.length).toBeLessThan(30_000);
  } finally {
    compared.mockRestore();
  }
});
