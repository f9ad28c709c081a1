// The public boundary does not trust TypeScript: each argument is checked once, and refused in words.
import {
  checkDrawing,
  createDebugger,
  createFrame,
  formatColor,
  lowerProgram,
  RENDER_OPTION_NAMES,
  type RenderOptions,
  toPortable,
  useDrawList,
} from "@gvpie/raster";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";

import { outlineOf } from "./support/outline.ts";

const SOURCE = "PARAM t a\nTXT 0 0 {t}";

/** Every function that takes the options of a render. */
const doors: Readonly<Record<string, (options: never) => unknown>> = {
  lowerProgram: (options) => lowerProgram(SOURCE, options),
  useDrawList: (options) => useDrawList(SOURCE, options, (list) => list.count),
  checkDrawing: (options) => checkDrawing(SOURCE, options),
  createDebugger: (options) => createDebugger(SOURCE, options),
  toPortable: (options) => toPortable(SOURCE, options),
};

class Named {
  readonly width = 4;
  readonly t = "b";
}

/** Values that look like objects with keys; their content would be ignored. */
const notPlain: readonly [found: string, value: unknown][] = [
  ["a Map object", new Map([["width", 4]])],
  ["a Set object", new Set(["width"])],
  ["an array", [["width", 4]]],
  ["a Named object", new Named()],
  ["a Date object", new Date(0)],
  ["a Uint8Array object", new Uint8Array(4)],
  ["an object", Object.create({ width: 4, t: "b" })],
  [
    "an object",
    JSON.parse('{"inner": 1}', function (this: object, _, value) {
      return Object.setPrototypeOf({}, { width: value });
    }),
  ],
  ["null", null],
  ["a Number object", new Number(5)],
  ['the string "width=4"', "width=4"],
  ["5", 5],
  ["the bigint 5n", 5n],
  ["a symbol", Symbol("width")],
  ["a function", () => ({ width: 4 })],
];

describe.each(Object.entries(doors))("%s refuses", (_, open) => {
  const openWith = (options: unknown) => () => open(options as never);

  test.each([
    [{ widht: 4 }, `got "widht"; did you mean width?`],
    [{ Width: 4 }, `got "Width"; did you mean width?`],
    [{ param: {} }, `got "param"; did you mean params?`],
    [{ source: "HALT" }, `got "source"`],
    [
      { limits: { pixel: 5 } },
      `expected limits named pixels, instructions, glyphs, paintedPixels, commands, fuel, frames, got "pixel"; did you mean pixels?`,
    ],
    [{ limits: { paintedPixel: 5 } }, "did you mean paintedPixels?"],
    [JSON.parse('{ "__proto__": 1 }'), 'got "__proto__"'],
    [{ ["n".repeat(999)]: 1 }, `got "${"n".repeat(64)}"`],
  ])("an unknown name, and says the nearest one: %j", (options, message) => {
    expect(openWith(options)).toThrow(
      expect.objectContaining({ name: "TypeError", message: expect.stringContaining(message) }),
    );
  });

  test.each(notPlain)("%s as options, limits or params", (found, value) => {
    for (const name of ["options", "limits", "params"] as const) {
      expect(openWith(name === "options" ? value : { [name]: value })).toThrow(
        new TypeError(`expected ${name} as a plain object, got ${found}`),
      );
    }
  });

  test.each<[options: unknown, error: string, message: string]>([
    [{ width: "4" }, "RasterError", 'expected width as an integer from 1 to 4294967295, got the string "4"'],
    [{ width: new Number(4) }, "RasterError", "got a Number object"],
    [{ width: 4n }, "RasterError", "got the bigint 4n"],
    [{ width: Number.NaN }, "RasterError", "got NaN"],
    [{ height: -0 }, "RasterError", "got -0"],
    [{ height: Symbol("h") }, "RasterError", "got a symbol"],
    [{ height: null }, "RasterError", "got null"],
    [{ background: 0 }, "RasterError", "expected a colour as #rgb, #rrggbb or #rrggbbaa, got 0"],
    [{ background: new String("#fff") }, "RasterError", "got a String object"],
    [{ limits: { pixels: "5" } }, "RangeError", 'got the string "5"'],
    [{ limits: { pixels: Symbol("p") } }, "RangeError", "got a symbol"],
    [{ limits: { fuel: null } }, "RangeError", "got null"],
    [
      { params: { [Symbol("t")]: "b" } },
      "TypeError",
      "expected params with names of parameters, got a symbol",
    ],
    [{ onWarning: "log" }, "TypeError", 'expected onWarning as a function, got the string "log"'],
    [{ onWarning: null }, "TypeError", "expected onWarning as a function, got null"],
    [{ signal: { aborted: true } }, "TypeError", "expected signal as an AbortSignal, got an object"],
    [{ signal: null }, "TypeError", "expected signal as an AbortSignal, got null"],
    [{ signal: AbortSignal.abort(new Error("the caller left")) }, "Error", "the caller left"],
  ])("%o", (options, name, message) => {
    expect(openWith(options)).toThrow(
      expect.objectContaining({ name, message: expect.stringContaining(message) }),
    );
  });

  test("no valid options", () => {
    const options = { width: 9, height: 9, background: "#123", limits: { pixels: 81 }, params: { t: "b" } };
    const bare = Object.assign(Object.create(null), options, {
      params: Object.assign(Object.create(null), { t: "b" }),
    });
    const realm = runInNewContext("({ width: 9, limits: { pixels: 999 }, params: { t: 'b' } })");
    const all = { ...options, into: undefined, onWarning: () => {}, signal: new AbortController().signal };
    for (const right of [{}, options, bare, realm, all, Object.freeze({ ...options })]) {
      expect(openWith(right)).not.toThrow();
    }
    expect(Object.keys(all).every((name) => RENDER_OPTION_NAMES.has(name))).toBe(true);
  });
});

test.each<[value: unknown, found: string]>([
  [5n, "a string or a number, got the bigint 5n"],
  [new String("b"), "a string or a number, got a String object"],
  [new Map(), "a string or a number, got a Map object"],
  [Symbol("b"), "a string or a number, got a symbol"],
  [true, "a string or a number, got true"],
  [-Infinity, "an integer within ±(2⁵³ − 1), got -Infinity"],
])("the value %o of a parameter is refused", (t, found) => {
  expect(() => lowerProgram(SOURCE, { params: { t: t as string } })).toThrow(
    expect.objectContaining({ code: "RASTER_BAD_PARAM", message: `parameter t: expected ${found}` }),
  );
});

test("−0 as the value of a parameter is 0", () => {
  expect(outlineOf(lowerProgram(SOURCE, { params: { t: -0 } }))).toEqual(
    outlineOf(lowerProgram("TXT 0 0 0")),
  );
});

test("each option is read once, so a getter cannot change it after its check", () => {
  const reads: string[] = [];
  const values: RenderOptions = {
    width: 9,
    height: 8,
    background: "#123",
    params: {},
    limits: {},
    onWarning: () => {},
  };
  const options: RenderOptions = {};
  for (const [name, value] of Object.entries(values)) {
    const get = () => {
      reads.push(name);
      return value as unknown;
    };
    Object.defineProperty(options, name, { enumerable: true, get });
  }
  expect(lowerProgram("TXT 0 0 \u{8a9e}", options)).toMatchObject({ width: 9, height: 8 });
  expect(reads.toSorted()).toEqual(Object.keys(values).toSorted());
});

test("names on Object.prototype, which other code may have put there, are not refused", () => {
  const prototype = Object.prototype as { polyfill?: unknown };
  prototype.polyfill = () => {};
  try {
    expect(lowerProgram("HALT", { width: 3, limits: { fuel: 1 } }).width).toBe(3);
  } finally {
    delete prototype.polyfill;
  }
});

describe("the other functions refuse", () => {
  test.each<[name: string, call: () => unknown, error: string, message: string]>([
    [
      "a frame's width",
      () => createFrame(1.5, 2),
      "RasterError",
      "expected width as an integer from 1 to 4294967295, got 1.5",
    ],
    ["a frame's height", () => createFrame(1, -2), "RasterError", "got -2"],
    [
      "a packed colour as text",
      () => formatColor("red" as never),
      "RangeError",
      'expected a packed colour as an integer of 32 bits, got the string "red"',
    ],
    ["a packed colour with a fraction", () => formatColor(0.5), "RangeError", "got 0.5"],
    [
      "a line of 1.5",
      () => createDebugger("HALT").runTo(1.5),
      "RangeError",
      "expected line as an integer of at least 1, got 1.5",
    ],
    ["a line as text", () => createDebugger("HALT").runTo("1" as never), "RangeError", 'got the string "1"'],
  ])("%s", (_, call, name, message) => {
    expect(call).toThrow(expect.objectContaining({ name, message: expect.stringContaining(message) }));
  });
});
