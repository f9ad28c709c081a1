import { checkDrawing, type CheckDrawingOptions } from "@gvpie/raster";
import { expect, test, vi } from "vitest";

import { DrawListBuilder } from "../src/draw-list.ts";

/** The warnings as `line:column+length code: message`. */
function warningsOf(source: string, options?: CheckDrawingOptions): string[] {
  return checkDrawing(source, { width: 20, height: 10, ...options }).map(
    ({ line, column, length, code, message }) => `${line}:${column}+${length} ${code}: ${message}`,
  );
}

const nothing = (place: string, op: string): string =>
  `${place} RASTER_DRAWS_NOTHING: ${op} draws nothing: it is entirely outside the canvas or the clip box`;

test.each([
  ["RECT 20 0 9 9", "1:1+13"],
  ["RECT 0 -9 9 9", "1:1+13"],
  ["  TXT 0 10 a", "1:3+10"],
  ["TXT -5 0 a", "1:1+10"],
  ["PIX 20 0", "1:1+8"],
  ["BOX -1 -1 22 12", "1:1+15"],
  ["LINE 0 10 20 10", "1:1+15"],
  ["CIRCLE 10 5 40", "1:1+14"],
  ["DISC 30 5 10", "1:1+12"],
  ["SPRITE 20 0 4 1 f", "1:1+17"],
  ["ORIGIN 20 0\nPIX 0 0", "2:1+7"],
  ["CLIP 0 0 0 5\nCLEAR", "2:1+5"],
  ["CLIP 5 5 2 2\nRECT 0 0 5 5", "2:1+12"],
  ["ALIGN right\nTXT 0 0 a", "2:1+9"],
])("warns of %j", (source, place) => {
  const op = /^ *(\w+)/.exec(source.split("\n").at(-1) ?? "")?.[1] ?? "";
  expect(warningsOf(source)).toEqual([nothing(place, op)]);
});

test.each([
  "RECT 19 9 9 9",
  "RECT 50 50 0 9",
  "BOX 50 50 9 0",
  "PARAM t\nTXT 50 50 {t}",
  "SPRITE 50 50 4 2 0 0",
  "BOX 0 0 20 10",
  "SPRITE 19 9 4 1 8",
  "COLOR #00000000\nCLEAR",
  "HALT\nPIX 99 99",
  "JMP on\nPIX 99 99\non:",
  "",
])("does not warn of %j", (source) => {
  expect(warningsOf(source)).toEqual([]);
});

test("warns of an instruction in a loop only if no run of it draws", () => {
  const loop = (x: number) => `SET i ${x}\nl:\nPIX {i} 0\nADD i 1\nIF i < ${x + 3} l`;
  expect(warningsOf(loop(18))).toEqual([]);
  expect(warningsOf(loop(-2))).toEqual([]);
  expect(warningsOf(loop(20))).toEqual([nothing("3:1+9", "PIX")]);
});

test("uses the canvas and the parameters of the options", () => {
  expect(warningsOf("PIX 15 0", { width: 16 })).toEqual([]);
  expect(warningsOf("PIX 16 0", { width: 16 })).toHaveLength(1);
  const source = "PARAM x 0\nPIX {x} 0";
  expect(warningsOf(source)).toEqual([]);
  expect(warningsOf(source, { params: { x: 20 } })).toEqual([nothing("2:1+9", "PIX")]);
});

test("reports characters without a glyph first, in parameters with the place of the reference", () => {
  const source = "PARAM t \u{8a9e}\nPIX 20 0\nTXT 0 0 \u{1f600} {t}";
  expect(warningsOf(source)).toEqual([
    "3:9+1 RASTER_NO_GLYPH: the font has no glyph for U+1F600",
    "3:11+3 RASTER_NO_GLYPH: the font has no glyph for U+8A9E",
    nothing("2:1+8", "PIX"),
  ]);
});

test("returns at most a hundred warnings of each kind", () => {
  const codes = checkDrawing(`TXT 0 0 ${"\u{8a9e}".repeat(150)}\n${"PIX 128 0\n".repeat(150)}`).map(
    ({ code }) => code,
  );
  expect(codes.filter((code) => code === "RASTER_NO_GLYPH")).toHaveLength(100);
  expect(codes.filter((code) => code === "RASTER_DRAWS_NOTHING")).toHaveLength(100);
});

test("throws the errors of a render", () => {
  expect(() => checkDrawing("l:\nJMP l")).toThrow(
    expect.objectContaining({ code: "RASTER_LIMIT_FUEL", line: 2 }),
  );
  expect(() => checkDrawing("", { params: { a: 1 } })).toThrow(
    expect.objectContaining({ code: "RASTER_BAD_PARAM" }),
  );
  expect(() => checkDrawing("NOPE")).toThrow(expect.objectContaining({ code: "PXL_UNKNOWN_OPCODE" }));
});

const cut = (place: string, op: string): string =>
  `${place} RASTER_CUT: ${op} is cut by the edge of the canvas`;

test.each([
  ["TXT 0 0 four", "1:1+12"],
  ["TXT 0 4 abc", "1:1+11"],
  ["TXT -1 0 a", "1:1+10"],
  ["SET x 16\nTXT {x} 0 a", "2:1+11"],
  ["BOX 5 0 16 5", "1:1+12"],
  ["CIRCLE 10 6 4", "1:1+13"],
  ["DISC 3 5 4", "1:1+10"],
  ["SPRITE 1 -1 4 4 f f f f", undefined],
  ["SPRITE 1 -1 4 5 f f f f f", "1:1+25"],
  ["PRINT 0 0 {12345:,}", "1:1+19"],
  ["FONT 3x5\nPRINT 0 6 a", "2:1+11"],
  ["WRAP 16 0 20 9 ab", "1:1+17"],
  ["TRI 1 1 20 5 1 9", "1:1+16"],
  ["ARC 10 6 4 2 0 360", "1:1+18"],
  ["POLY 2 2 20 2 9 9", "1:1+17"],
  ["FRAMES 9 9\nTXT 16 0 a", "2:1+10"],
])("warns of the cut %j", (source, place) => {
  const op = /(\w+)[^\n]*$/.exec(source)?.[1] ?? "";
  expect(warningsOf(source)).toEqual(place === undefined ? [] : [cut(place, op)]);
});

test.each([
  // Exactly at the edge.
  "TXT 0 0 abc",
  "TXT 15 3 a",
  "BOX 0 0 20 10",
  "CIRCLE 10 5 4",
  // Drawings that look the same if they end at the edge.
  "RECT -5 -5 40 40",
  "RECT 15 0 9 4",
  "LINE 0 0 40 20",
  "CLEAR",
  // A large part is missing.
  "DISC 10 10 5",
  "SET x -60\nTXT {x} 0 a text that runs through",
  // In a clip box, or moved by the caller.
  "CLIP 0 0 20 10\nTXT 0 0 four",
  "PARAM x 16\nTXT {x} 0 a",
  "INT x 0 99 16\nPRINT x 0 a",
  "FRAMES 9 9\nPRINT 16-frame 0 a",
  "FONT 3x5\nPRINT 17 5 a",
  "WRAP 0 0 20 9 a b c d",
  "ARC 10 5 4 2 0 360",
  "FILL 0 0 99 9 red blue right",
  // Whole once.
  "FOR x 8 20\nTXT {x} 0 a\nNEXT",
  "SET x 5\nl:\nTXT {x} 0 a\nADD x 6\nIF x < 20 l",
])("does not warn of the cut %j", (source) => {
  expect(warningsOf(source)).toEqual([]);
});

test("a text that an animation moves into the canvas draws something", () => {
  const at = (x: string) => `FRAMES 20 50\nPRINT ${x} 0 Hello`;
  expect(checkDrawing(at("128-frame*8"))).toEqual([]);
  expect(checkDrawing(at("128+frame*8")).map(({ code }) => code)).toEqual(["RASTER_DRAWS_NOTHING"]);
});

test("the surroundings of drawings are searched with bounded work, however flat the canvas is", () => {
  // Of each triangle one row is visible, and with its surroundings 8,193.
  const source = "TRI 10 -4000 20 5000 2000 5000\n".repeat(300);
  const rows = vi.spyOn(DrawListBuilder.prototype, "countRows");
  try {
    expect(checkDrawing(source, { width: 4096, height: 1 })).toEqual([]);
    expect(rows.mock.calls.reduce((sum, [count]) => sum + count, 0)).toBeLessThan(3_000_000);
  } finally {
    rows.mockRestore();
  }
});
