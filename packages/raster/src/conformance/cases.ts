import type { RasterErrorCode } from "../errors.ts";
import { failure, picture } from "./case.ts";
import { drawingCases } from "./drawing-cases.ts";
import { largeCases } from "./large-cases.ts";
import { overlapCases, version2OverlapCases } from "./overlap-cases.ts";
import type { Expected, RasterCase } from "./types.ts";
import { version2Cases } from "./version-2-cases.ts";

const rectangles: RasterCase[] = [
  picture("an empty program draws nothing", "", ["....", "...."]),
  picture("comments and blank lines draw nothing", "# RECT 0 0 9 9\n\n", ["....", "...."]),
  picture("a rectangle is half-open", "RECT 1 1 2 1", ["....", ".##.", "...."]),
  picture("a rectangle of one pixel", "RECT 3 0 1 1", ["...#", "...."]),
  picture("a rectangle as large as the canvas", "RECT 0 0 4 2", ["####", "####"]),
  picture("a width of zero draws nothing", "RECT 1 0 0 2", ["....", "...."]),
  picture("a height of zero draws nothing", "RECT 1 0 2 0", ["....", "...."]),
  picture("clips at the left edge", "RECT -2 0 3 1", ["#...", "...."]),
  picture("clips at the right edge", "RECT 3 0 2 1", ["...#", "...."]),
  picture("clips at the top edge", "RECT 1 -5 1 6", [".#..", "...."]),
  picture("clips at the bottom edge", "RECT 1 1 1 6", ["....", ".#.."]),
  picture("clips at all four corners", corners(), ["#..#", "....", "#..#"]),
  picture("clips at every edge at once", "RECT -1 -1 99 99", ["###", "###"]),
  picture("ends just left of the canvas", "RECT -3 0 3 2", ["....", "...."]),
  picture("begins just right of the canvas", "RECT 4 0 3 2", ["....", "...."]),
  picture("ends just above the canvas", "RECT 0 -3 4 3", ["....", "...."]),
  picture("begins just below the canvas", "RECT 0 2 4 3", ["....", "...."]),
  picture("the lowest positions are far outside", "RECT -2147483648 -2147483648 9 9", ["..", ".."]),
  picture("the highest positions are far outside", "RECT 4294967295 4294967295 9 9", ["..", ".."]),
  picture("the largest sizes reach everywhere", "RECT 1 1 4294967295 4294967295", ["...", ".##"]),
  picture("position plus size is exact, and ends at column 1", "RECT -2147483648 0 2147483649 4294967295", [
    "#..",
    "#..",
  ]),
  picture("position plus size is exact, and ends at column 0", "RECT -2147483648 0 2147483648 4294967295", [
    "...",
    "...",
  ]),
  picture("position plus size does not wrap", "RECT 4294967295 0 4294967295 2", ["...", "..."]),
  picture("rectangles overlap", "RECT 0 0 3 2\nRECT 2 1 3 2", ["###..", "#####", "..###"]),
  picture("HALT ends the program", "RECT 0 0 1 1\nHALT\nRECT 2 0 1 1", ["#...", "...."]),
  picture("HALT may come first", "HALT\nRECT 0 0 4 2", ["....", "...."]),
  picture("a canvas of one pixel, painted", "RECT 0 0 1 1", ["#"]),
  picture("a canvas of one pixel, missed", "RECT 1 0 1 1\nRECT 0 1 1 1\nRECT -1 0 1 1", ["."]),
  picture("a canvas of one row", "RECT 30 0 5 1", [`${".".repeat(30)}#####.....`]),
  picture("a canvas of one column", "RECT 0 2 1 2", [".", ".", "#", "#", "."]),
  picture(
    "steps across columns 31, 32 and 33",
    "RECT 31 0 1 1\nRECT 32 1 1 1\nRECT 33 2 1 1\nRECT 31 3 3 1",
    [`${".".repeat(31)}#..`, `${".".repeat(31)}.#.`, `${".".repeat(31)}..#`, `${".".repeat(31)}###`],
  ),
];

const texts: RasterCase[] = [
  picture("text stands at its top-left corner and advances six pixels", "TXT 1 1 HI", [
    ".............",
    ".#...#..###..",
    ".#...#...#...",
    ".#...#...#...",
    ".#####...#...",
    ".#...#...#...",
    ".#...#...#...",
    ".#...#..###..",
    ".............",
  ]),
  picture("a space advances like any character", "TXT 0 0 I I", [
    ".###.........###.",
    "..#...........#..",
    "..#...........#..",
    "..#...........#..",
    "..#...........#..",
    "..#...........#..",
    ".###.........###.",
  ]),
  picture("a glyph is cut at the left edge", "TXT -2 0 HI", [
    "..#..###.",
    "..#...#..",
    "..#...#..",
    "###...#..",
    "..#...#..",
    "..#...#..",
    "..#..###.",
  ]),
  picture("a glyph is cut at the right edge", "TXT 0 0 HH", [
    "#...#.#.",
    "#...#.#.",
    "#...#.#.",
    "#####.##",
    "#...#.#.",
    "#...#.#.",
    "#...#.#.",
  ]),
  picture("a glyph is cut on both sides", "TXT -2 0 H", ["..", "..", "..", "##", ".."]),
  picture("a glyph is cut at the top edge", "TXT 0 -3 HI", [
    "#####...#..",
    "#...#...#..",
    "#...#...#..",
    "#...#..###.",
    "...........",
  ]),
  picture("a glyph is cut at the bottom edge", "TXT 0 1 HI", [
    "...........",
    "#...#..###.",
    "#...#...#..",
    "#...#...#..",
    "#####...#..",
  ]),
  picture("a text that begins far to the left shows its end", `TXT -6000 0 ${"H".repeat(1000)}I`, [
    ".###.",
    "..#..",
    "..#..",
    "..#..",
    "..#..",
    "..#..",
    ".###.",
  ]),
  picture("the gap after the last glyph is no part of it", "TXT -5 0 H", ["...", "..."]),
  picture("texts wholly outside draw nothing", "TXT -99 0 H\nTXT 5 0 H\nTXT 0 -7 H\nTXT 0 3 H", [
    ".....",
    ".....",
    ".....",
  ]),
  picture(
    "texts at the extremes draw nothing",
    "TXT -2147483648 0 H\nTXT 4294967295 0 H\nTXT 0 -2147483648 H\nTXT 0 4294967295 H",
    ["...", "..."],
  ),
  picture("a character without a glyph draws the replacement", "TXT 0 0 \u{8a9e}I", replacementThenI()),
  picture("an astral character is one character", "TXT 0 0 \u{1f600}I", replacementThenI()),
  picture("the replacement character is the replacement", "TXT 0 0 \u{fffd}I", replacementThenI()),
  picture("text over a rectangle is invisible", "RECT 0 0 5 3\nTXT 0 0 H", [
    "#####",
    "#####",
    "#####",
    "#####",
  ]),
  picture("text on text adds up", "TXT 0 0 H\nTXT 0 0 I", [
    "#####",
    "#.#.#",
    "#.#.#",
    "#####",
    "#.#.#",
    "#.#.#",
    "#####",
  ]),
];

/** Programs that fail when they run. */
const failures: RasterCase[] = [
  failure("a program that does not end", "again:\nJMP again", "RASTER_LIMIT_FUEL"),
  failure("a division by zero", "SET a 1\nDIV a 0", "RASTER_DIVISION_BY_ZERO"),
  failure("a remainder of a division by zero", "SET a 1\nSET b 0\nMOD a b", "RASTER_DIVISION_BY_ZERO"),
  failure("a sum above 2³¹−1", "SET a 2147483647\nADD a 1", "RASTER_OVERFLOW"),
  failure("a difference below −2³¹", "SET a -2147483648\nSUB a 1", "RASTER_OVERFLOW"),
  failure("a product far beyond the range", "SET a 2147483647\nMUL a 2147483647", "RASTER_OVERFLOW"),
  failure("the quotient of −2³¹ and −1", "SET a -2147483648\nDIV a -1", "RASTER_OVERFLOW"),
  failure("a subroutine that calls itself for ever", "again:\nCALL again", "RASTER_STACK_OVERFLOW"),
  failure("RET without a CALL", "RET", "RASTER_STACK_UNDERFLOW"),
  failure("a negative width", "SET w 0\nSUB w 1\nRECT 0 0 {w} 1", "RASTER_BAD_VALUE"),
  failure("a scale of 65", "SET n 65\nSCALE {n}", "RASTER_BAD_VALUE"),
  failure("a parameter that is not an integer", "PARAM x ten\nPIX {x} 0", "RASTER_BAD_VALUE"),
  failure("a parameter that is not a colour", "PARAM c #12\nCOLOR {c}", "RASTER_BAD_VALUE"),
  { ...failure("an unknown parameter", "PARAM a 1", "RASTER_BAD_PARAM"), params: { b: 1 } },
  { ...failure("a parameter of two lines", "PARAM a 1", "RASTER_BAD_PARAM"), params: { a: "1\nHALT" } },
];

const backgrounds: RasterCase[] = [
  onBackground("a background of three digits", "#19f", "#1199ffff"),
  onBackground("a background of six digits", "#123456", "#123456ff"),
  onBackground("a background of eight digits, in capitals", "#ABCDEF80", "#abcdef80"),
  onBackground("a translucent background keeps its colour and alpha", "#01020304", "#01020304"),
  onBackground("a transparent background keeps its colour", "#fe7f0100", "#fe7f0100"),
];

const refusals: RasterCase[] = [
  refusal("a width of zero is refused", { width: 0, height: 1 }, "RASTER_BAD_CANVAS"),
  refusal("a negative height is refused", { width: 1, height: -1 }, "RASTER_BAD_CANVAS"),
  refusal("a fractional width is refused", { width: 1.5, height: 1 }, "RASTER_BAD_CANVAS"),
  refusal("a width of 2³² is refused", { width: 2 ** 32, height: 1 }, "RASTER_BAD_CANVAS"),
  refusal("a height that is no number is refused", { width: 1, height: Number.NaN }, "RASTER_BAD_CANVAS"),
  refusal("a huge canvas is refused", { width: 2 ** 32 - 1, height: 2 ** 32 - 1 }, "RASTER_LIMIT_PIXELS"),
  refusal(
    "one pixel above the default limit is refused",
    { width: 16_777_217, height: 1 },
    "RASTER_LIMIT_PIXELS",
  ),
  refusal("a named background is refused", { width: 1, height: 1, background: "black" }, "RASTER_BAD_COLOR"),
  {
    name: "a wrong program is refused",
    source: "RECT 0 0 1",
    width: 1,
    height: 1,
    expected: { error: "PXL_MISSING_OPERAND" },
  },
];

/** The cases that every rasteriser must pass: small pictures, large ones, and errors. */
export const rasterCases: readonly RasterCase[] = [
  ...rectangles,
  ...texts,
  ...backgrounds,
  ...drawingCases,
  ...largeCases,
  ...overlapCases,
  ...refusals,
  ...failures,
  ...version2Cases,
  ...version2OverlapCases,
];

function onBackground(name: string, background: string, color: string): RasterCase {
  const expected: Expected = { rows: ["...", ".##"], legend: { ".": color, "#": "#ffffffff" } };
  return { name, source: "RECT 1 1 9 9", width: 3, height: 2, background, expected };
}

function refusal(
  name: string,
  canvas: Pick<RasterCase, "width" | "height" | "background">,
  error: RasterErrorCode,
): RasterCase {
  return { name, source: "RECT 0 0 1 1", ...canvas, expected: { error } };
}

function corners(): string {
  return ["RECT -4 -4 5 5", "RECT 3 -4 5 5", "RECT -4 2 5 5", "RECT 3 2 5 5"].join("\n");
}

function replacementThenI(): string[] {
  return [
    "#####..###.",
    "#...#...#..",
    "###.#...#..",
    "##.##...#..",
    "#####...#..",
    "##.##...#..",
    "#####..###.",
  ];
}
