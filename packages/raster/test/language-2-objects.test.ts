// Programs of version 2 as objects: each copy draws what its source draws, and each change is refused in words.
import { parseProgram, type Program } from "@gvpie/pxl-parser";
import { createDebugger, lowerProgram, toPortable } from "@gvpie/raster";
import { expect, test } from "vitest";

const SOURCE = `CANVAS 40 20 navy
FRAMES 3 40
PARAM who world
INT level 0 9 4 1
LIST at 1 2 3
ARRAY cells 4
SEED 3
FONT 3x5
COLOR level*20 0 255
RECT 1 2 who_w 4 1
DEF bar x h
SET top 20-h
FOR i 0 h 2
PIX x top+i
NEXT
END
SET who_w textwidth(who)
CALL bar 3 {at[1] + 2}
IF who IS world
PRINT 0 0 {level:.1} {who} {who_w - 1}
ELSE
WRAP 0 0 20 20 {who} and more
END
IF level < 3
SET cells[level] rand(5)
END
POLY at[0] 0 5 5 0 9
FILL 0 15 10 2 red blue right
IMAGE 0 0 2 2 a=red
| a.
| .a
ARC 9 9 5 2 0 frame*10
`;

const copies: Readonly<Record<string, (program: Program) => unknown>> = {
  "the parser's own": (program) => program,
  "a structured clone": (program) => structuredClone(program),
  "a program from JSON": (program) => JSON.parse(JSON.stringify(program)),
  "an object with the needed keys alone": ({ language, instructions }) => ({ language, instructions }),
  "a portable copy": (program) => toPortable(program, {}).program,
};

test.each(Object.entries(copies))("%s draws what its source draws", (_, copy) => {
  const program = copy(parseProgram(SOURCE)) as Program;
  for (const frame of [0, 1, 2]) {
    expect(lowerProgram(program, { frame })).toEqual(lowerProgram(SOURCE, { frame }));
  }
  const debug = createDebugger(program, { frame: 2 });
  debug.runTo();
  const { count } = lowerProgram(SOURCE, { frame: 2 });
  expect(debug.drawList().count).toBe(count);
  expect(toPortable(program, { frame: 1, width: 9 })).toMatchObject({
    frame: 1,
    width: 9,
    height: undefined,
  });
});

type Fields = Record<string, unknown>;

/** Makes a hole in an array. */
function dig(array: unknown, index: number): void {
  Reflect.deleteProperty(array as unknown[], index);
}

const edits: readonly [op: string, change: (instruction: Fields) => void, message: string][] = [
  ["FOR", (i) => (i["target"] = 999), "(FOR).target: expected an integer from 0 to"],
  ["FOR", (i) => (i["limitName"] = "x"), "(FOR).limitName: expected a name such as for@3.limit"],
  ["NEXT", (i) => (i["name"] = "nope"), "(NEXT).name: expected a name that the program declares as variable"],
  ["NEXT", (i) => (i["target"] = -1), "(NEXT).target"],
  ["CALL", (i) => (i["procedure"] = 0), "(CALL).procedure: expected the index of a DEF, got 0"],
  ["CALL", (i) => (i["target"] = 0), "(CALL).target: expected the instruction after the DEF, got 0"],
  ["CALL", (i) => (i["args"] = [1]), "(CALL).args: expected 2 values, got 1"],
  ["DEF", (i) => (i["locals"] = ["bar.x"]), "(DEF).args[1]: expected the local variable of the same index"],
  [
    "DEF",
    (i) => (i["locals"] = Array.from({ length: 257 }, (_, n) => `bar.v${n}`)),
    "(DEF).locals: expected at most 256",
  ],
  ["END", (i) => (i["closes"] = "FOR"), "(END).closes: expected one of IF DEF"],
  ["IF", (i) => (i["left"] = 3), "(IF).left: expected an object, got 3"],
  ["ARRAY", (i) => (i["size"] = 65_534), "(ARRAY).size: expected lists and arrays of at most 65536 integers"],
  ["ARRAY", (i) => (i["name"] = "at"), "(ARRAY).name: expected a name that no other instruction declares"],
  ["INT", (i) => (i["value"] = 10), "(INT).value: expected an integer from 0 to 9, got 10"],
  ["FONT", (i) => (i["font"] = "9x9"), "(FONT).font: expected one of 3x5 5x7"],
  ["RECT", (i) => (i["radius"] = -1), "(RECT).radius: expected an integer from 0"],
  [
    "COLOR",
    (i) => ((i["color"] as Fields)["blue"] = 256),
    "(COLOR).color.blue: expected an integer from 0 to 255",
  ],
  [
    "PRINT",
    (i) => (i["text"] = [{ value: { name: "at" } }]),
    "(PRINT).text[0].value.span: expected an object",
  ],
  ["FILL", (i) => (i["direction"] = "north"), "(FILL).direction: expected one of right down left up"],
  ["IMAGE", (i) => (i["rows"] = ["a.", "b."]), "(IMAGE).rows[1]: expected 2 characters of the palette"],
  ["ARRAY", (i) => (i["name"] = null), "(ARRAY).name: expected a value, got null"],
  ["CALL", (i) => dig(i["args"], 0), "(CALL).args[0]: expected an integer"],
  ["POLY", (i) => dig(i["points"], 1), "(POLY).points[1]: expected an integer"],
  ["LIST", (i) => dig(i["values"], 0), "(LIST).values[0]: expected an integer"],
  ["IMAGE", (i) => dig(i["palette"], 0), "(IMAGE).palette[0]: expected an object"],
  ["POLY", (i) => (i["points"] = [1, 2, 3]), "(POLY).points: expected 1 to 4096 points"],
  ["POLY", (i) => (i["points"] = "who"), "(POLY).points: expected a name that the program declares as array"],
  ["ARRAY", (i) => (i["name"] = undefined), "(ARRAY).name: expected a name, got undefined"],
  ["DEF", (i) => (i["name"] = undefined), "(DEF).name: expected a name, got undefined"],
  ["DEF", (i) => (i["args"] = undefined), "(DEF).args: expected an array, got undefined"],
  ["FRAMES", (i) => (i["n"] = 0), "(FRAMES).n: expected an integer from 1 to 65535"],
  ["CANVAS", (i) => (i["w"] = 0), "(CANVAS).w: expected an integer from 1"],
  [
    "SEED",
    (i) => (i["value"] = { operator: "!", operands: [], span: i }),
    "(SEED).value.operator: expected the name of an operator",
  ],
  [
    "SEED",
    (i) => (i["value"] = { operator: "+", operands: [1], span: i }),
    "(SEED).value.operands: expected 2 operands of +",
  ],
  [
    "SEED",
    (i) => (i["value"] = { operator: "-", operands: [undefined, 1], span: i }),
    "(SEED).value.operands[0]: expected an integer",
  ],
  [
    "SEED",
    (i) => (i["value"] = { operator: "negate", operands: [undefined], span: i }),
    "(SEED).value.operands[0]: expected an integer",
  ],
  [
    "SEED",
    (i) => (i["value"] = { operator: "index", operands: [0], name: "who", span: i }),
    "(SEED).value.name: expected a name that the program declares as array",
  ],
];

test.each(edits)("a changed %s is refused: %#", (op, change, message) => {
  const program = structuredClone(parseProgram(SOURCE));
  const instruction = program.instructions.find((found) => found.op === op) as unknown as Fields;
  change(instruction);
  expect(() => lowerProgram(program)).toThrow(message);
  expect(() => lowerProgram(program)).toThrow(TypeError);
});

test("an expression that contains itself many times or nests deeply is refused", () => {
  const program = structuredClone(parseProgram("SEED 1+2"));
  const span = { line: 1, column: 1, length: 1 };
  const seed = program.instructions[0] as unknown as Fields;
  let shared: unknown = 1;
  for (let i = 0; i < 60; i++) shared = { operator: "+", operands: [shared, shared], span };
  seed["value"] = shared;
  expect(() => lowerProgram(program)).toThrow("at most 1000000 operators in a program");
  let deep: unknown = 1;
  for (let i = 0; i < 300; i++) deep = { operator: "+", operands: [1, deep], span };
  seed["value"] = deep;
  expect(() => lowerProgram(program)).toThrow("at most 200 operators in one another");
  let long: unknown = 1;
  for (let i = 0; i < 50_000; i++) long = { operator: "+", operands: [long, 1], span };
  seed["value"] = long;
  expect(lowerProgram(program).count).toBe(0);
});

test("a program of version 1 has nothing of version 2", () => {
  const asVersion1 = (source: string) =>
    ({ ...structuredClone(parseProgram(source)), language: "1" }) as Program;
  expect(() => lowerProgram(asVersion1("SEED 1"))).toThrow("(SEED).op: expected an opcode of version 1");
  expect(() => lowerProgram(asVersion1("RECT 0 0 9 9 2"))).toThrow("(RECT): expected the keys of version 1");
  expect(() => lowerProgram(asVersion1("SET a 1+2"))).toThrow("(SET).value.name");
});
