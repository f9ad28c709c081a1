import { checkProgram, formatProgram, type Diagnostic, type Fix } from "@gvpie/pxl-parser";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyString, correctProgram } from "./support/programs.ts";

/** Applies fixes from the last to the first; skips a fix that overlaps an applied one. */
function apply(source: string, diagnostics: readonly Diagnostic[]): string {
  const lines = source.split("\n");
  const applied: Fix[] = [];
  for (const { fix } of diagnostics.toReversed()) {
    const overlaps = (other: Fix): boolean =>
      fix !== undefined && other.line === fix.line && fix.column + fix.length > other.column;
    if (fix === undefined || applied.some(overlaps)) continue;
    const characters = Array.from(lines[fix.line - 1] ?? "");
    characters.splice(fix.column - 1, fix.length, fix.text);
    lines[fix.line - 1] = characters.join("");
    applied.push(fix);
  }
  return lines.join("\n");
}

/** Applies all fixes until there is none. */
function repair(source: string): string {
  let repaired = source;
  for (let round = 0; round < 20; round++) {
    const next = apply(repaired, checkProgram(repaired).diagnostics);
    if (next === repaired) return repaired;
    repaired = next;
  }
  throw new Error(`expected the fixes to end, got ${JSON.stringify(repaired)}`);
}

const errorsOf = (source: string): string[] =>
  checkProgram(source)
    .diagnostics.filter(({ severity }) => severity === "error")
    .map(({ message }) => message);

/** Names for the repaired lines. */
const HEAD = "PARAM ink red\nSET x 1\nloop:\n";

describe("a line with one certain correction is repaired", () => {
  test.each([
    // Typos.
    ["RECTT 0 0 1 1", "RECT 0 0 1 1"],
    ["  hlat", "  HALT"],
    ["COLOR grene", "COLOR green"],
    ["ALIGN cetner", "ALIGN center"],
    ["JMP lopo", "JMP loop"],
    ["PIX {X} 0", "PIX {x} 0"],
    ["PIX 0 {y}", undefined],
    // Notations.
    ["COLOR ink", "COLOR {ink}"],
    ["COLOR ff8800", "COLOR #ff8800"],
    ["COLOR 0xFF8800", "COLOR #ff8800"],
    ["COLOR rgb(255,136,0)", "COLOR #ff8800"],
    ["COLOR rgb(256,136,0)", undefined],
    ["ALIGN middle", "ALIGN center"],
    ["ALIGN Start", "ALIGN left"],
    ["SET {x} 1", "SET x 1"],
    ["JMP loop:", "JMP loop"],
    ["IF x == 1 loop", "IF x = 1 loop"],
    ["IF x <> 1 loop", "IF x != 1 loop"],
    ["IF (x > 1) loop", "IF x > 1 loop"],
    ["IF x > 1 THEN loop", "IF x > 1 loop"],
    ["if x > 1 then goto loop", "if x > 1 loop"],
    ["IF x > 1 THEN RECT 0 0 1 1", undefined],
    ["IF x > 1 && x < 3 loop", undefined],
    ["RECT 1, 2, 3, 4", "RECT 1 2 3 4"],
    ["rect(1, 2, 3, 4);", "RECT 1 2 3 4"],
    ["TXT 1, 2, a, b", "TXT 1 2 a, b"],
    ["PIX 1 1;", "PIX 1 1"],
    ["GOTO loop", "JMP loop"],
    ["GOSUB loop", "CALL loop"],
    ["RETURN", "RET"],
    ["RETURN x", undefined],
    ["LET x = 5", "SET x 5"],
    ["var y=5", "SET y 5"],
    ["VAR y", undefined],
    ["x = 5", "SET x 5"],
    ["x=-5", "SET x -5"],
    ["SET x = 5", "SET x 5"],
    ["SET x=5", "SET x 5"],
    ["x += 2", "ADD x 2"],
    ["x-=2", "SUB x 2"],
    ["x++", "ADD x 1"],
    ["x--;", "SUB x 1"],
    ["WHILE x < 9", undefined],
    ["ELSEIF x < 9", undefined],
    ["LABEL y", "y:"],
    // Comments.
    ["RECT 0 0 1 1 # box", "# box\nRECT 0 0 1 1"],
    ["  RECT 0 0 1 1   // box", "  # box\n  RECT 0 0 1 1"],
    ["a: # here", "# here\na:"],
    ["// a note", "# a note"],
    ["REM note", "# note"],
    ["-- note", "# note"],
  ])("%j: %j", (line, expected) => {
    const source = `${HEAD}${line}`;
    expect(errorsOf(source)).not.toEqual([]);
    expect(repair(source)).toBe(expected === undefined ? source : `${HEAD}${expected}`);
    expect(errorsOf(repair(source))).toEqual(expected === undefined ? errorsOf(source) : []);
  });
});

test.each([
  ["IF x > 1 THEN\n  PIX 0 0\nENDIF", "IF x > 1\n  PIX 0 0\nEND"],
  ["IF (x > 1):\n  PIX 0 0\nELSE\nEND IF", "IF x > 1\n  PIX 0 0\nELSE\nEND"],
  ["FOR i = 0 TO 9 STEP 2\n  PIX i 0\nNEXT i", "FOR i 0 9 2\n  PIX i 0\nNEXT"],
  ["FOR i = 0 TO 9:\n  PIX i 0\nENDFOR", "FOR i 0 9\n  PIX i 0\nNEXT"],
  [
    "FUNCTION mark(a, b):\n  PIX a b\nEND FUNCTION\nCALL mark(1, 2)",
    "DEF mark a b\n  PIX a b\nEND\nCALL mark 1 2",
  ],
  ["PROC mark a\n  PIX a 0\nEND\nGOSUB mark 1", "DEF mark a\n  PIX a 0\nEND\nCALL mark 1"],
  ["LIST a 1, 2, 3\na[0] = x", "LIST a 1 2 3\nSET a[0] x"],
  ["COLOR rgb(255, 136, 0)\nFONT 5x8", "COLOR #ff8800\nFONT 5x7"],
  ["TRI(0, 0, x, 1, 9, min(x, 3));", "TRI 0 0 x 1 9 min(x, 3)"],
  ["PRINT 1, 2, hi {x}", "PRINT 1 2 hi {x}"],
])("the block %j: %j", (lines, expected) => {
  expect(repair(HEAD + lines)).toBe(HEAD + expected);
  expect(errorsOf(HEAD + expected)).toEqual([]);
});

test("what is ambiguous has a hint and no fix", () => {
  // One letter from RECT and from RET.
  const [opcode] = checkProgram("RETC").diagnostics;
  expect(opcode?.message).toContain("did you mean RECT?");
  expect(opcode?.fix).toBeUndefined();
  // The unknown line may declare the name.
  const [, name] = checkProgram("SET scores 1\nscore is 1\nADD score 1").diagnostics;
  expect(name?.message).toContain("did you mean scores?");
  expect(name?.fix).toBeUndefined();
});

test("messages for people from other languages", () => {
  const lines = [
    "GOTO loop",
    "IF x > 1 THEN loop",
    "ENDIF",
    "WHILE x < 9",
    "ELSE IF x < 9",
    "LET x = 5",
    "x = 5",
    "x++",
    "PROC draw",
    "SUB draw",
    'PRINT "x"',
    "IF x == 1 loop",
    "IF x > 1 && x < 3 loop",
    "HALT # end",
    "// note",
    "ALIGN middle",
    "COLOR rgb(255,136,0)",
    "RECT(1, 2, 3, 4)",
  ];
  const hintOf = ({ line, message }: Diagnostic): string =>
    `${line} ${message.replace(/^.*?, got ".*?"/, "…")}`;
  const firsts = new Map(
    checkProgram(`SET x 1\nloop:\n${lines.join("\n")}`)
      .diagnostics.toReversed()
      .map((one) => [one.line - 2, one]),
  );
  const hints = [...firsts].toReversed().map(([line, one]) => hintOf({ ...one, line }));
  expect(hints.join("\n")).toMatchInlineSnapshot(`
    "1 …; JMP jumps to a label
    2 …; IF has one comparison: IF left relation right label, or a block that ends with END
    3 …; END ends the block of an IF
    4 …; a loop is FOR name from to … NEXT, or a label and IF left relation right label
    5 expected ELSE after an open IF without a label, got it without one
    6 …; SET name value sets a variable
    7 …; SET name value sets a variable
    8 …; ADD name value adds to a variable
    9 …; a procedure is DEF name arguments … END, and CALL name values runs it
    10 …; a procedure is DEF name arguments … END, and CALL name values runs it
    11 …x\\""; PRINT begins with a position, and quotes are drawn
    12 …; did you mean =?
    13 …; IF has one comparison: IF left relation right label, or a block that ends with END
    14 …; a comment needs a line of its own
    15 …; a comment begins with #
    16 …; did you mean center?
    17 …; did you mean #ff8800?
    18 …; operands are separated by blanks"
  `);
});

test("a misspelt name in a text is repaired", () => {
  const source = "PARAM name GPU\nTXT 0 0 {nmae}\nTXT 0 8 {later}\nSET later 1";
  expect(repair(source)).toBe(source.replace("nmae", "name"));
});

test("fixes are inside their lines, and only errors that they explain have one", () => {
  fc.assert(
    fc.property(anyString, (source) => {
      const lines = source
        .replace(/^\ufeff/, "")
        .split("\n")
        .map((line) => Array.from(line));
      for (const { line, fix } of checkProgram(source).diagnostics) {
        if (fix === undefined) continue;
        expect(fix.line).toBe(line);
        expect(fix.column).toBeGreaterThanOrEqual(1);
        expect(fix.column - 1 + fix.length).toBeLessThanOrEqual(lines[fix.line - 1]?.length ?? -1);
      }
      repair(source);
    }),
    { numRuns: 1000 },
  );
});

/** Slips in a line of a correct program. */
const slips: readonly ((line: string) => string | undefined)[] = [
  (line) => (/^[A-Z]/i.test(line) && !/^(txt|param)/i.test(line) ? `${line} # note` : undefined),
  (line) => (/^jmp /i.test(line) ? line.replace(/^jmp/i, "goto") : undefined),
  (line) => (/^call /i.test(line) ? line.replace(/^call/i, "gosub") : undefined),
  (line) => (/^ret$/i.test(line) ? "return" : undefined),
  (line) => (/^set /i.test(line) ? line.replace(/^set (\S+) /i, "$1 = ") : undefined),
  (line) => (/^add /i.test(line) ? line.replace(/^add (\S+) /i, "$1 += ") : undefined),
  (line) => (/^if /i.test(line) ? line.replace(/ (\S+)$/, " then $1") : undefined),
  (line) => (/^if .* = /i.test(line) ? line.replace(" = ", " == ") : undefined),
  (line) => (/^align center/i.test(line) ? "ALIGN middle" : undefined),
  (line) => (/^rect /i.test(line) ? line.replaceAll(/(?<!rect) /gi, ", ") : undefined),
];

test("a program with slips is repaired into the program without them", () => {
  fc.assert(
    fc.property(correctProgram, fc.infiniteStream(fc.nat({ max: slips.length })), (source, choices) => {
      const canonical = formatProgram(source);
      const written = canonical.split("\n").map((line) => {
        const content = line.trimStart();
        const slip = slips[choices.next().value]?.(content);
        return slip === undefined ? line : line.slice(0, line.length - content.length) + slip;
      });
      const repaired = repair(written.join("\n"));
      expect(errorsOf(repaired)).toEqual([]);
      const withoutNotes = (text: string): string => text.replaceAll(/^ *# note\n/gm, "");
      expect(withoutNotes(formatProgram(repaired))).toBe(withoutNotes(canonical));
    }),
    { numRuns: 300 },
  );
});
