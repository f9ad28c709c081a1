import { createDebugger, lowerProgram, RasterError, type RenderOptions } from "@gvpie/raster";
import { describe, expect, test } from "vitest";

/** Every error of a running program, with its place. */
const failures: {
  source: string;
  options?: RenderOptions;
  code: string;
  line: number;
  column: number;
  length: number;
  reason: string;
}[] = [
  {
    source: "CLEAR\n  again:\n  JMP again",
    options: { limits: { fuel: 5 } },
    code: "RASTER_LIMIT_FUEL",
    line: 3,
    column: 3,
    length: 9,
    reason: "expected the program to end within 5 steps (limits.fuel), got more",
  },
  {
    source: "l:\nJMP l",
    options: { limits: { fuel: 0 } },
    code: "RASTER_LIMIT_FUEL",
    line: 2,
    column: 1,
    length: 5,
    reason: "expected the program to end within 0 steps (limits.fuel), got more",
  },
  {
    source: "SET a 6\nSET b 0\n\tDIV a b",
    code: "RASTER_DIVISION_BY_ZERO",
    line: 3,
    column: 2,
    length: 7,
    reason: "expected a divisor other than 0, got 6 DIV 0",
  },
  {
    source: "SET a 6\nMOD a 0",
    code: "RASTER_DIVISION_BY_ZERO",
    line: 2,
    column: 1,
    length: 7,
    reason: "expected a divisor other than 0, got 6 MOD 0",
  },
  ...(
    [
      ["SET a 2147483647\nADD a 1", "2147483647 ADD 1"],
      ["SET a -2147483648\nADD a -1", "-2147483648 ADD -1"],
      ["SET a -2147483648\nSUB a 1", "-2147483648 SUB 1"],
      ["SET a 2147483647\nSUB a -1", "2147483647 SUB -1"],
      ["SET a 46341\nMUL a 46341", "46341 MUL 46341"],
      ["SET a -65536\nMUL a 32769", "-65536 MUL 32769"],
      ["SET a -2147483648\nMUL a -2147483648", "-2147483648 MUL -2147483648"],
      ["SET a -2147483648\nDIV a -1", "-2147483648 DIV -1"],
    ] as const
  ).map(([source, operation]) => ({
    source,
    code: "RASTER_OVERFLOW",
    line: 2,
    column: 1,
    length: source.length - source.indexOf("\n") - 1,
    reason: `expected a result from -2147483648 to 2147483647, got ${operation}`,
  })),
  {
    source: "CLEAR\nagain: \nCALL again",
    code: "RASTER_STACK_OVERFLOW",
    line: 3,
    column: 1,
    length: 10,
    reason: "expected at most 256 calls that have not returned, got one more CALL",
  },
  {
    source: "CLEAR\n RET",
    code: "RASTER_STACK_UNDERFLOW",
    line: 2,
    column: 2,
    length: 3,
    reason: "expected a CALL before this RET, got an empty stack",
  },
  {
    source: "PARAM w\nRECT 0 0 {w} 1",
    code: "RASTER_BAD_VALUE",
    line: 2,
    column: 10,
    length: 3,
    reason: 'expected an integer, got "" in w',
  },
  {
    source: "PARAM x 4294967296\nPIX 1 {x}",
    code: "RASTER_BAD_VALUE",
    line: 2,
    column: 7,
    length: 3,
    reason: 'expected an integer from -2147483648 to 4294967295, got "4294967296" in x',
  },
  {
    source: "SET r 0\nSUB r 1\nDISC 0 0 {r}",
    code: "RASTER_BAD_VALUE",
    line: 3,
    column: 10,
    length: 3,
    reason: "expected an integer from 0 to 4294967295, got -1 in r",
  },
  {
    source: "SET n 0\nSCALE {n}",
    code: "RASTER_BAD_VALUE",
    line: 2,
    column: 7,
    length: 3,
    reason: "expected an integer from 1 to 64, got 0 in n",
  },
  {
    source: "PARAM a 2147483648\nSET b a",
    code: "RASTER_BAD_VALUE",
    line: 2,
    column: 7,
    length: 1,
    reason: 'expected an integer from -2147483648 to 2147483647, got "2147483648" in a',
  },
  {
    source: "PARAM a 1.5\nl:\nIF {a} < 2 l",
    code: "RASTER_BAD_VALUE",
    line: 3,
    column: 4,
    length: 3,
    reason: 'expected an integer, got "1.5" in a',
  },
  {
    source: "PARAM c #12345\nCOLOR {c}",
    code: "RASTER_BAD_VALUE",
    line: 2,
    column: 7,
    length: 3,
    reason: 'expected a colour, got "#12345" in c',
  },
  {
    source: `PARAM n ${"x".repeat(99)}\nRECT {n} 0 1 1`,
    code: "RASTER_BAD_VALUE",
    line: 2,
    column: 6,
    length: 3,
    reason: `expected an integer, got "${"x".repeat(40)}" in n`,
  },
  {
    source: "PIX 0 0\nTXT 0 0 abc",
    options: { limits: { glyphs: 2 } },
    code: "RASTER_LIMIT_GLYPHS",
    line: 2,
    column: 1,
    length: 11,
    reason: "expected at most 2 glyphs (limits.glyphs), got at least 3",
  },
  {
    source: "PIX 0 0\nRECT 0 0 3 3",
    options: { limits: { paintedPixels: 9 } },
    code: "RASTER_LIMIT_PAINTED",
    line: 2,
    column: 1,
    length: 12,
    reason: "expected at most 9 painted pixels (limits.paintedPixels), got at least 10",
  },
  {
    source: "PIX 0 0\nBOX 0 0 3 3",
    options: { limits: { commands: 3 } },
    code: "RASTER_LIMIT_COMMANDS",
    line: 2,
    column: 1,
    length: 11,
    reason: "expected at most 3 draw commands (limits.commands), got at least 4",
  },
  ...(
    [
      ["SET a 2147483647\nSET b (a + 1)*2", "RASTER_OVERFLOW", 2, 8, 5, "2147483647 + 1"],
      ["SET a -2147483648\nRECT 0 0 1 1+-a", "RASTER_OVERFLOW", 2, 14, 2, "-(-2147483648)"],
      ["SET a -2147483648\nSET b 1-abs(a)", "RASTER_OVERFLOW", 2, 9, 6, "abs(-2147483648)"],
      ["SET a -2147483648\nSET b a/-1", "RASTER_OVERFLOW", 2, 7, 4, "-2147483648 / -1"],
      ["SET a 46341\nPIX a*a 0", "RASTER_OVERFLOW", 2, 5, 3, "46341 * 46341"],
      ["SET a 270\nSET b sin(a,-2147483648)", "RASTER_OVERFLOW", 2, 7, 18, "sin(270, -2147483648)"],
    ] as const
  ).map(([source, code, line, column, length, operation]) => ({
    source,
    code,
    line,
    column,
    length,
    reason: `expected a result from -2147483648 to 2147483647, got ${operation}`,
  })),
  ...(
    [
      ["SET a 0\nSET b 1+7/a", 9, 3, "7 / 0"],
      ["SET a 0\nTXT 0 0 x\nPRINT 0 0 {7 % a}", 12, 5, "7 % 0"],
    ] as const
  ).map(([source, column, length, operation]) => ({
    source,
    code: "RASTER_DIVISION_BY_ZERO",
    line: source.split("\n").length,
    column,
    length,
    reason: `expected a divisor other than 0, got ${operation}`,
  })),
  {
    source: "SET a -1\nSET b 2+sqrt(a)",
    code: "RASTER_BAD_VALUE",
    line: 2,
    column: 9,
    length: 7,
    reason: "expected a number of at least 0, got sqrt(-1)",
  },
  {
    source: "SET a 0\nSET b rand(a)",
    code: "RASTER_BAD_VALUE",
    line: 2,
    column: 7,
    length: 7,
    reason: "expected a number of at least 1, got rand(0)",
  },
  {
    source: "SET a 3\nRECT 0 0 a-4 1",
    code: "RASTER_BAD_VALUE",
    line: 2,
    column: 10,
    length: 3,
    reason: "expected an integer from 0 to 4294967295, got -1",
  },
  {
    source: "SET a 0\nCOLOR 1 a-1 3",
    code: "RASTER_BAD_VALUE",
    line: 2,
    column: 9,
    length: 3,
    reason: "expected an integer from 0 to 255, got -1",
  },
  {
    source: "SET a 0\nFOR i 1 2 a\nNEXT",
    code: "RASTER_BAD_VALUE",
    line: 2,
    column: 11,
    length: 1,
    reason: "expected a step other than 0, got 0",
  },
  {
    source: "LIST l 1 2 3\nPOLY l",
    code: "RASTER_BAD_VALUE",
    line: 2,
    column: 1,
    length: 6,
    reason: "expected 1 to 4096 points of two integers each, got 3 integers in l",
  },
  {
    source: "PARAM p x\nSET a 1+p",
    code: "RASTER_BAD_VALUE",
    line: 2,
    column: 9,
    length: 1,
    reason: 'expected an integer, got "x" in p',
  },
  {
    source: "PARAM p x\nPRINT 0 0 {p:02}",
    code: "RASTER_BAD_VALUE",
    line: 2,
    column: 12,
    length: 1,
    reason: 'expected an integer, got "x" in p',
  },
  {
    source: "ARRAY a 4\nSET i 4\nSET b 1+a[i]",
    code: "RASTER_BAD_INDEX",
    line: 3,
    column: 9,
    length: 4,
    reason: "expected an index from 0 to 3, got a[4]",
  },
  {
    source: "ARRAY a 4\nSET i 1\nSET a[-i] 1",
    code: "RASTER_BAD_INDEX",
    line: 3,
    column: 1,
    length: 11,
    reason: "expected an index from 0 to 3, got a[-1]",
  },
  {
    source: "LIST l\nPIX l[0] 0",
    code: "RASTER_BAD_INDEX",
    line: 2,
    column: 5,
    length: 4,
    reason: "expected no index, because the list is empty, got l[0]",
  },
  {
    source: "DEF f x\nCALL f x+1\nEND\nCALL f 1",
    code: "RASTER_STACK_OVERFLOW",
    line: 2,
    column: 1,
    length: 10,
    reason: "expected at most 256 calls that have not returned, got one more CALL",
  },
  {
    source: "FOR i -2147483648 2147483647\nNEXT",
    options: { limits: { fuel: 1000 } },
    code: "RASTER_LIMIT_FUEL",
    line: 2,
    column: 1,
    length: 4,
    reason: "expected the program to end within 1000 steps (limits.fuel), got more",
  },
  {
    source: "FOR i 1 9\nSET a i*i+i\nNEXT",
    options: { limits: { fuel: 6 } },
    code: "RASTER_LIMIT_FUEL",
    line: 2,
    column: 1,
    length: 11,
    reason: "expected the program to end within 6 steps (limits.fuel), got more",
  },
  {
    source: `SET a 3\nSET b 1+textwidth("{a}bc")`,
    options: { limits: { glyphs: 4 } },
    code: "RASTER_LIMIT_GLYPHS",
    line: 2,
    column: 9,
    length: 18,
    reason: "expected at most 4 glyphs (limits.glyphs), got at least 5",
  },
];

describe.each(failures)("$source", ({ source, options = {}, reason, ...place }) => {
  test("fails with its place", () => {
    const failure = errorOf(() => lowerProgram(source, options));
    expect(failure).toMatchObject({ ...place, reason });
    expect(failure.message).toBe(`line ${place.line}, column ${place.column}: ${reason}`);
  });

  test("fails in the debugger with the same error at every call, without a change of state", () => {
    const debug = createDebugger(source, options);
    const failure = errorOf(() => debug.runTo());
    expect(failure).toMatchObject({ ...place, reason });
    const { pc, fuel, variables, stack, pen } = debug;
    const list = debug.drawList();
    expect(errorOf(() => debug.step())).toMatchObject({ ...place, reason });
    expect(debug).toMatchObject({ pc, fuel, variables, stack, pen, isHalted: false });
    expect(debug.position).toMatchObject({ line: place.line });
    expect(debug.drawList()).toEqual(list);
  });

  test("fails in a program with jumps", () => {
    const jumping = `${source}\nJMP done\ndone:`;
    expect(errorOf(() => lowerProgram(jumping, options))).toMatchObject({ ...place, reason });
  });
});

test("a shape that exceeds a limit adds nothing to the debugger's list", () => {
  const debug = createDebugger("PIX 0 0\nCIRCLE 30 30 20", { limits: { commands: 20 } });
  debug.step();
  expect(() => debug.step()).toThrow(expect.objectContaining({ code: "RASTER_LIMIT_COMMANDS" }));
  expect(debug.drawList().count).toBe(1);
});

test("an instruction that is not reached does not fail", () => {
  expect(lowerProgram("HALT\nRET\nSET a 1\nDIV a 0").count).toBe(0);
  expect(lowerProgram("SET a 1\nJMP end\nDIV a 0\nend:").count).toBe(0);
});

function errorOf(run: () => unknown): RasterError {
  try {
    run();
  } catch (error) {
    if (error instanceof RasterError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
