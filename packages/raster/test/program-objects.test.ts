// A Program may be edited by hand, copied, or read from JSON: it is valid and draws what its source draws, or it is
// refused in words. It never draws nothing silently.
import { type Instruction, parseProgram, type Program } from "@gvpie/pxl-parser";
import {
  createDebugger,
  type DrawList,
  lowerProgram,
  RasterError,
  type RenderOptions,
  toPortable,
} from "@gvpie/raster";
import { assertSameFrame, randomProgram } from "@gvpie/raster/conformance";
import fc from "fast-check";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";

import { paintList } from "./support/paint-list.ts";
import { renderReference } from "./support/reference.ts";

const SOURCE = `PARAM t hello
SET a 3
TXT 1 2 {t} {a}!
TXT 0 0 plain
RECT 1 2 3 4
BOX 1 2 3 4
LINE 0 0 9 9
DISC 9 9 {a}
PIX 5 5
SPRITE 0 0 6 2 fc 84
COLOR #ff8000a0
COLOR white
SCALE 2
ALIGN center
CLIP 0 0 {a} 50
CLIP
CALL sub
IF a < 4 end
JMP end
sub:
ADD a 1
RET
end:
HALT
`;

/** Each gives a copy that is valid, but that the parser did not make. */
const copies: Readonly<Record<string, (program: Program) => unknown>> = {
  "a structured clone": (program) => structuredClone(program),
  "a program from JSON": (program) => JSON.parse(JSON.stringify(program)),
  "a spread": (program) => ({ ...program, instructions: program.instructions.map((i) => ({ ...i })) }),
  "a program of another realm": (program) =>
    runInNewContext("JSON.parse(text)", { text: JSON.stringify(program) }),
  "a frozen program": (program) => Object.freeze(structuredClone(program)),
  "an object with the needed keys alone": ({ language, instructions }) => ({ language, instructions }),
  "a program with wrong flags": (program) => ({
    ...program,
    straight: !program.straight,
    plain: !program.plain,
  }),
};

const itself = (program: Program): unknown => program;

describe.each(Object.entries({ "the parser's own": itself, ...copies }))("%s", (_, copy) => {
  test("draws what its source draws", () => {
    for (let seed = 0; seed < 60; seed++) {
      const { source, ...options } = randomProgram(seed, { sides: [1, 17, 40] });
      const program = copy(parseProgram(source)) as Program;
      assertSameFrame(paintList(lowerProgram(program, options)), renderReference(source, options), source);
      const debug = createDebugger(program, options);
      debug.runTo();
      assertSameFrame(paintList(debug.drawList()), renderReference(source, options), source);
    }
    expect(lowerProgram(copy(parseProgram(SOURCE)) as Program).count).toBe(lowerProgram(SOURCE).count);
  });
});

type Fields = Record<string, unknown>;

/** Changes of an instruction, by its opcode and the index among its equals, and the expected message. */
const edits: readonly [op: string, change: (instruction: Fields) => void, message: string][] = [
  ["RECT", (i) => (i["w"] = 1.5), "(RECT).w: expected an integer from 0 to 4294967295, got 1.5"],
  ["RECT", (i) => (i["w"] = -5), "(RECT).w: expected an integer from 0 to 4294967295, got -5"],
  ["RECT", (i) => (i["h"] = Number.NaN), "got NaN"],
  [
    "RECT",
    (i) => (i["x"] = Infinity),
    "(RECT).x: expected an integer from -2147483648 to 4294967295, got Infinity",
  ],
  ["RECT", (i) => (i["y"] = 2 ** 40), "got 1099511627776"],
  ["RECT", (i) => (i["y"] = "3"), 'got the string "3"'],
  ["RECT", (i) => (i["y"] = 3n), "got the bigint 3n"],
  [
    "RECT",
    (i) => (i["y"] = new Number(3)),
    ".y.name: expected a name that an earlier instruction declares, got undefined",
  ],
  ["RECT", (i) => (i["x"] = null), "got null"],
  ["RECT", (i) => delete i["x"], "got undefined"],
  ["BOX", (i) => (i["h"] = -1), "(BOX).h: expected an integer"],
  ["PIX", (i) => (i["x"] = 0.5), "(PIX).x: expected an integer"],
  ["LINE", (i) => (i["x1"] = 0.5), "(LINE).x1: expected an integer"],
  ["DISC", (i) => (i["r"] = -1), "(DISC).r: expected an integer"],
  [
    "DISC",
    (i) => (i["r"] = { name: "nope", span: i }),
    'expected a name that an earlier instruction declares, got the string "nope"',
  ],
  [
    "RECT",
    (i) => (i["op"] = "rect"),
    'op: expected the name of an opcode in upper case, got the string "rect"',
  ],
  ["RECT", (i) => (i["op"] = "toString"), 'got the string "toString"'],
  ["RECT", (i) => (i["op"] = undefined), "got undefined"],
  ["SCALE", (i) => delete i["line"], "(SCALE).line: expected an integer of at least 1"],
  ["SCALE", (i) => (i["column"] = 0), "(SCALE).column: expected an integer of at least 1"],
  ["TXT", (i) => (i["text"] = ""), "(TXT).text: expected a text of at least one character"],
  ["TXT", (i) => (i["text"] = 5), "(TXT).text: expected a text of at least one character, got 5"],
  ["TXT", (i) => (i["text"] = []), "(TXT).text: expected a text of at least one piece, got an array"],
  [
    "TXT",
    (i) => (i["text"] = ["a", undefined, "b"]),
    "(TXT).text[1]: expected a text of at least one character, got undefined",
  ],
  ["TXT", (i) => (i["text"] = ["a", i]), "(TXT).text[1].name: expected a name"],
  ["SPRITE", (i) => (i["w"] = 257), "(SPRITE).w: expected an integer from 1 to 256, got 257"],
  ["SPRITE", (i) => (i["h"] = 3), "(SPRITE).rows: expected an array of 3 rows, got an array"],
  [
    "SPRITE",
    (i) => (i["rows"] = ["fc", "FF"]),
    "(SPRITE).rows[1]: expected 2 hexadecimal digits in lower case for 6 pixels",
  ],
  ["SPRITE", (i) => (i["rows"] = ["fc", "81"]), "(SPRITE).rows[1]"],
  [
    "SPRITE",
    (i) => (i["rows"] = { length: 1e9 }),
    "(SPRITE).rows: expected an array of 2 rows, got an object",
  ],
  ["COLOR", (i) => (i["color"] = -1), "(COLOR).color: expected an integer from 0 to 4294967295, got -1"],
  ["COLOR", (i) => (i["color"] = "red"), 'got the string "red"'],
  [
    "COLOR",
    (i) => (i["color"] = { name: "a", span: i }),
    "expected a parameter that an earlier instruction declares",
  ],
  ["SCALE", (i) => (i["n"] = 0), "(SCALE).n: expected an integer from 1 to 64, got 0"],
  ["SCALE", (i) => (i["n"] = 1e9), "(SCALE).n: expected an integer from 1 to 64, got 1000000000"],
  ["ALIGN", (i) => (i["align"] = "middle"), "(ALIGN).align: expected one of left center right"],
  ["CLIP", (i) => (i["box"] = 5), "(CLIP).box: expected an object, got 5"],
  ["CLIP", (i) => (i["box"] = 0), "(CLIP).box: expected an object, got 0"],
  ["CLIP", (i) => (i["box"] = null), "(CLIP).box: expected an object, got null"],
  [
    "CLIP",
    (i) => ((i["box"] as Fields)["w"] = -5),
    "(CLIP).box.w: expected an integer from 0 to 4294967295, got -5",
  ],
  ["PARAM", (i) => (i["value"] = 5), "(PARAM).value: expected a string, got 5"],
  ["PARAM", (i) => (i["name"] = "a b"), "(PARAM).name: expected a name"],
  ["SET", (i) => (i["name"] = "t"), "(SET).name: expected a variable, not a parameter"],
  ["SET", (i) => (i["value"] = 2 ** 31), "(SET).value: expected an integer from -2147483648 to 2147483647"],
  ["ADD", (i) => (i["name"] = "b"), "(ADD).name: expected the name of an earlier SET"],
  ["IF", (i) => (i["relation"] = "=="), "(IF).relation: expected one of < <= > >= = !="],
  ["IF", (i) => (i["relation"] = "constructor"), "(IF).relation: expected one of"],
  ["JMP", (i) => (i["target"] = 1.5), "(JMP).target: expected an integer from 0 to 22, got 1.5"],
  ["JMP", (i) => (i["target"] = -1), "(JMP).target: expected"],
  ["CALL", (i) => (i["target"] = 1e9), "(CALL).target: expected"],
  ["JMP", (i) => (i["label"] = 7), "(JMP).label: expected a name, got 7"],
];

describe.each(
  Object.entries({ "in the parser's own program": itself, "in a structured clone": structuredClone }),
)("an edit %s is refused with its place", (_, copy) => {
  test.each(edits)("%s: %s", (op, change, message) => {
    const program = copy(parseProgram(SOURCE)) as Program;
    const index = program.instructions.findIndex((instruction) => instruction.op === op);
    change(program.instructions[index] as unknown as Fields);
    for (const open of [lowerProgram, createDebugger, toPortable]) {
      const error = expect.objectContaining({ name: "TypeError", message: expect.stringContaining(message) });
      expect(() => open(program, {})).toThrow(error);
      expect(() => open(program, {})).toThrow(`program.instructions[${index}]`);
    }
  });

  test("0 as −0", () => {
    const program = copy(parseProgram("RECT 0 0 2 1\nLINE 0 0 5 5\nSET a 0\nTXT 9 9 {a}")) as Program;
    for (const instruction of program.instructions as unknown as Fields[]) {
      for (const [key, value] of Object.entries(instruction)) if (value === 0) instruction[key] = -0;
    }
    const expected = lowerProgram("RECT 0 0 2 1\nLINE 0 0 5 5\nSET a 0\nTXT 9 9 {a}");
    assertSameFrame(paintList(lowerProgram(program)), paintList(expected), "−0");
  });
});

describe("refuses, without reading further,", () => {
  test.each<[name: string, program: unknown, message: string]>([
    ["no program", undefined, "expected program as source text or a Program, got undefined"],
    ["null", null, "got null"],
    ["a number", 5, "got 5"],
    [
      "a String object",
      new String("HALT"),
      'program.language: expected the string "1" or "2", got undefined',
    ],
    ["bytes", new Uint8Array(9), "program.language"],
    [
      "another language",
      { ...parseProgram("HALT"), language: "3" },
      'expected the string "1" or "2", got the string "3"',
    ],
    ["no instructions", { language: "1" }, "program.instructions: expected an array, got undefined"],
    ["a Map of instructions", { language: "1", instructions: new Map() }, "got a Map object"],
    [
      "a hole",
      { language: "1", instructions: Array.from({ length: 3 }).fill(undefined) },
      "program.instructions[0]: expected an object, got undefined",
    ],
    [
      "an array in an array",
      { language: "1", instructions: [[]] },
      "program.instructions[0]: expected an object, got an array",
    ],
  ])("%s", (_, program, message) => {
    const error = expect.objectContaining({ name: "TypeError", message: expect.stringContaining(message) });
    expect(() => lowerProgram(program as Program)).toThrow(error);
    expect(() => lowerProgram(program as Program)).toThrow(/source/);
  });

  test("an array of four billion holes", () => {
    const instructions: Instruction[] = [];
    instructions.length = 2 ** 32 - 1;
    const program = { ...parseProgram("HALT"), instructions };
    expect(() => lowerProgram(program)).toThrow(
      expect.objectContaining({ code: "RASTER_LIMIT_INSTRUCTIONS" }),
    );
  });
});

test("an instruction whose getters change their values is read once", () => {
  const [rect] = structuredClone(parseProgram("RECT 1 2 3 4").instructions);
  let reads = 0;
  Object.defineProperty(rect, "w", { enumerable: true, get: () => [3, -5, 1e300][reads++] });
  const program = { ...parseProgram("HALT"), instructions: [rect as Instruction] };
  assertSameFrame(paintList(lowerProgram(program)), paintList(lowerProgram("RECT 1 2 3 4")), "getters");
  expect(reads).toBe(1);
});

test("a changed default of a parameter in a program from JSON is drawn", () => {
  const program = JSON.parse(JSON.stringify(parseProgram("PARAM t a\nTXT 0 0 {t}")));
  program.instructions[0].value = "b";
  assertSameFrame(paintList(lowerProgram(program)), paintList(lowerProgram("TXT 0 0 b")), "b");
});

/** Values that a program may be edited to hold. */
const edited = fc.oneof(
  fc.constantFrom<unknown>(
    0,
    -0,
    1.5,
    -5,
    Number.NaN,
    Infinity,
    2 ** 31,
    2 ** 32,
    1e300,
    5n,
    null,
    undefined,
    "",
    "a",
    "RECT",
    "left",
    "<",
    true,
  ),
  fc.integer({ min: -3, max: 40 }),
  fc.constantFrom<unknown>(
    [],
    {},
    ["a"],
    [{}],
    { name: "v0" },
    { x: 0, y: 0, w: 9, h: 9 },
    { length: 1e9 },
    new Number(5),
    new Map(),
    Symbol("s"),
    () => 5,
  ),
);

/** Returns every object and array in a value, each once. */
function objectsIn(value: unknown, found = new Set<Fields>()): readonly Fields[] {
  if (typeof value !== "object" || value === null || found.has(value as Fields)) return [...found];
  found.add(value as Fields);
  for (const inner of Object.values(value)) objectsIn(inner, found);
  return [...found];
}

const LIMITS: RenderOptions["limits"] = {
  fuel: 2_000,
  commands: 20_000,
  glyphs: 20_000,
  paintedPixels: 1_000_000,
};

test(
  "after any edits, a program is refused with a typed error or drawn as defined",
  { timeout: 120_000 },
  () => {
    const outcomes = new Map<string, number>();
    const property = fc.property(
      fc.integer({ min: 0, max: 300 }),
      fc.array(fc.tuple(fc.nat(), fc.nat(), edited), { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      (seed, changes, isCopy) => {
        const { source, ...options } = randomProgram(seed, { sides: [1, 9, 24] });
        const parsed = parseProgram(source);
        const program: Program = isCopy ? { ...structuredClone(parsed) } : parsed;
        const objects = objectsIn(program.instructions);
        for (const [at, key, value] of changes) {
          const object = objects[at % objects.length] as Fields;
          const keys = Object.keys(object);
          object[keys[key % keys.length] ?? "x"] = value;
        }
        let list: DrawList;
        try {
          list = lowerProgram(program, { ...options, limits: LIMITS });
        } catch (error) {
          const isTyped =
            error instanceof RasterError ||
            (error instanceof TypeError && error.message.startsWith("program."));
          if (!isTyped) throw error;
          outcomes.set(error.name, (outcomes.get(error.name) ?? 0) + 1);
          return;
        }
        outcomes.set("drawn", (outcomes.get("drawn") ?? 0) + 1);
        assertSameFrame(paintList(list), renderReference(program, options), source);
      },
    );
    fc.assert(property, { numRuns: 3_000 });
    expect(outcomes.get("TypeError")).toBeGreaterThan(500);
    expect(outcomes.get("drawn")).toBeGreaterThan(200);
  },
);
