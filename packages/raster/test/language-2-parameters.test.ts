import { createDebugger, lowerProgram, RasterError, type RenderOptions } from "@gvpie/raster";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { readDecimal } from "../src/machine/read-decimal.ts";
import { readIntegers } from "../src/machine/read-integers.ts";

type Given = NonNullable<RenderOptions["params"]>[string];

function integerOf(line: string, value: unknown): number | undefined {
  const debug = createDebugger(`${line}\nSET x t`, { params: { t: value as Given } });
  debug.runTo();
  return debug.variables.get("x");
}

describe("an INT", () => {
  test.each([
    ["21", 21],
    [" 21\t", 21],
    ["-7", -7],
    ["+7", 7],
    ["1e2", 100],
    ["1.5", 2],
    ["2.5", 3],
    ["-2.5", -3],
    ["2.4999999999999999999999999", 2],
    ["0.5", 1],
    ["0.49999", 0],
    [".5", 1],
    ["-.5", -1],
    ["-0.4", 0],
    ["50e-2", 1],
    ["4999e-4", 0],
    ["0e999999999999999999999999", 0],
    ["1e-999999999999999999999999", 0],
    ["1e999999999999999999999999", 400],
    ["-1e99", -400],
    ["400.4", 400],
    ["99999999999999999999", 400],
    ["000000000000000000000000000021", 21],
    [21.5, 22],
    [-0, 0],
    [1e300, 400],
    [5e-324, 0],
  ])("given %j is the nearest integer of its range", (value, integer) => {
    expect(integerOf("INT t -400 400 5", value)).toBe(integer);
  });

  test.each(
    [
      "",
      "unavailable",
      "nan",
      "1,5",
      "5.",
      ".",
      "e5",
      "1e",
      "1e1.5",
      "0x10",
      "--1",
      "1 2",
      "१",
      "x".repeat(70_000),
      "9".repeat(70_000),
      "1\n2",
      "\u{d800}",
    ].concat([Number.NaN, Infinity, -Infinity, true, null, {}, []] as never),
  )("given %j is its default", (value) => {
    expect(integerOf("INT t -400 400 5", value)).toBe(5);
  });

  test("counts units of its last decimal", () => {
    expect(integerOf("INT t -400 600 0 1", "21.55")).toBe(216);
    expect(integerOf("INT t -400 600 0 1", "-0.05")).toBe(-1);
    expect(integerOf("INT t -2147483648 2147483647 0 9", "2.147483646499")).toBe(2147483646);
    expect(integerOf("INT t 0 9 3 0", undefined as never)).toBe(3);
  });

  test("is its digits in a text", () => {
    const { glyphs } = lowerProgram("INT t 0 99 5\nPRINT 0 0 {t}!", { params: { t: "12.4" } });
    expect(Array.from(glyphs.slice(0, 3))).toEqual(
      Array.from(lowerProgram("TXT 0 0 12!").glyphs.slice(0, 3)),
    );
  });
});

test("a decimal number is rounded exactly", () => {
  const digits = fc.stringMatching(/^[0-9]{1,14}$/);
  fc.assert(
    fc.property(
      digits,
      digits,
      fc.integer({ min: -16, max: 3 }),
      fc.nat(9),
      (whole, part, exponent, decimals) => {
        // In units of 10^−40.
        const exact = BigInt(whole + part) * 10n ** BigInt(40 - part.length + exponent + decimals);
        const unit = 10n ** 40n;
        const rounded = Number((2n * exact + unit) / (2n * unit));
        const found = readDecimal(`${whole}.${part}e${exponent}`, decimals) ?? Number.NaN;
        // All integers beyond 32 bits are alike.
        expect(Math.min(found, 2 ** 32)).toBe(Math.min(rounded, 2 ** 32));
        expect(readDecimal(`-${whole}.${part}e${exponent}`, decimals)).toBe(found === 0 ? 0 : -found);
      },
    ),
  );
});

function failureOf(source: string, options: RenderOptions): RasterError {
  try {
    lowerProgram(source, options);
  } catch (error) {
    if (error instanceof RasterError) return error;
  }
  throw new Error("expected a RasterError");
}

describe("a LIST", () => {
  test.each([
    ["", []],
    ["  ", []],
    ["7", [7]],
    ["1 2,3 , -4\t5", [1, 2, 3, -4, 5]],
    [" 2147483647,-2147483648 ", [2147483647, -2147483648]],
  ])("given %j has these integers", (text, integers) => {
    expect(readIntegers(text)).toEqual(integers);
    const debug = createDebugger("LIST l 9 9 9\nSET n len(l)", { params: { l: text } });
    debug.runTo();
    expect(debug.variables.get("n")).toBe(integers.length);
  });

  test("given a number has one integer", () => {
    const debug = createDebugger("LIST l\nSET n len(l)*100+l[0]", { params: { l: 7 } });
    debug.runTo();
    expect(debug.variables.get("n")).toBe(107);
  });

  test.each([
    ["1 x 3", 'got "x" at character 3'],
    ["1,,2", 'got "," at character 3'],
    ["1,", 'got "" at character 3'],
    [",1", 'got "," at character 1'],
    ["€", 'got "€" at character 1'],
    ["1 2147483648", 'got "2147483648" at character 3'],
    ["1 2.5", 'got "2.5" at character 3'],
    ["1\n2", "no control characters"],
  ])("given %j fails", (text, message) => {
    const { code, reason, line } = failureOf("LIST l", { params: { l: text } });
    expect({ code, line }).toEqual({ code: "RASTER_BAD_PARAM", line: undefined });
    expect(reason).toContain(message);
  });

  test("of blanks and separators takes linear time", () => {
    expect(readIntegers(" ".repeat(65_536))).toEqual([]);
    expect(readIntegers(`1${" ".repeat(65_000)}x`)).toEqual({ at: 65_002, found: "x" });
  });

  test("has at most 65,536 integers together with the others", () => {
    const { code, reason } = failureOf("LIST l\nARRAY a 65535", { params: { l: "1 2" } });
    expect(code).toBe("RASTER_BAD_PARAM");
    expect(reason).toBe("parameter l: expected lists and arrays of at most 65536 integers in all, got 65537");
    expect(lowerProgram("LIST l\nARRAY a 65535", { params: { l: "1" } }).count).toBe(0);
  });
});

test("each of 256 calls keeps its locals, and the next one fails", () => {
  const source = (depth: number) =>
    `SET sum 0\nDEF f n\nSET own n*3\nIF n > 1\nCALL f n-1\nEND\nADD sum own-n*2\nEND\nCALL f ${depth}\nRECT 0 0 1 1\nPIX sum 0`;
  // The sum of 1 … 256.
  const debug = createDebugger(source(256), { width: 1 });
  debug.runTo();
  expect(debug.variables.get("sum")).toBe((256 * 257) / 2);
  expect(lowerProgram(source(256), { width: 40_000 }).count).toBe(2);
  expect(failureOf(source(257), {}).code).toBe("RASTER_STACK_OVERFLOW");
});

test("a FOR over all integers ends with its fuel", () => {
  const { code, line } = failureOf("FOR i -2147483648 2147483647\nADD i 0\nNEXT", {});
  expect({ code, line }).toEqual({ code: "RASTER_LIMIT_FUEL", line: 3 });
});

test("a canvas comes from the caller, then from CANVAS, then from the defaults, each side on its own", () => {
  const sizeOf = (source: string, options?: RenderOptions) => {
    const { width, height, background } = lowerProgram(source, options);
    return [width, height, background];
  };
  expect(sizeOf("CANVAS 20 10 #ff0000")).toEqual([20, 10, 0xff_00_00_ff]);
  expect(sizeOf("CANVAS 20 10", { width: 7 })).toEqual([7, 10, 0xff_00_00_00]);
  expect(sizeOf("CANVAS 20 10 red", { height: 3, background: "#000" })).toEqual([20, 3, 0xff_00_00_00]);
  expect(sizeOf("PIX 0 0")).toEqual([128, 64, 0xff_00_00_00]);
});

test("the canvas is checked before the source, except for what a CANVAS sets", () => {
  const limits = { pixels: 100 };
  expect(failureOf("no program", { limits }).code).toBe("RASTER_LIMIT_PIXELS");
  expect(failureOf("PIX 0 0", { limits }).line).toBeUndefined();
  expect(lowerProgram("CANVAS 10 10", { limits }).width).toBe(10);
  const { code, line } = failureOf("PIX 0 0\nCANVAS 11 10", { limits });
  expect({ code, line }).toEqual({ code: "RASTER_LIMIT_PIXELS", line: 2 });
  expect(failureOf("CANVAS 1 1", { limits, width: 101, height: 1 }).line).toBeUndefined();
});

test("each frame is a run of its own, with its number", () => {
  const source = "FRAMES 3 40\nSET n rand(9)\nPIX frame*10+frames 0";
  const columns = [0, 1, 2].map((frame) => lowerProgram(source, { frame }).commands[2]);
  expect(columns).toEqual([3, 13, 23]);
  expect(lowerProgram(source).animation).toEqual({ frames: 3, delayMs: 40 });
  expect("animation" in lowerProgram("PIX 0 0")).toBe(false);
  for (const frame of [3, -1, 0.5, Number.NaN, "1" as never]) {
    expect(failureOf(source, { frame }).code).toBe("RASTER_BAD_FRAME");
  }
  expect(failureOf("PIX 0 0", { frame: 1 }).reason).toBe("expected frame as 0, the only one, got 1");
});
