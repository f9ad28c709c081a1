import { OPCODES, parseProgram, type Instruction } from "@gvpie/pxl-parser";
import { describe, expect, test } from "vitest";

/** Returns an instruction as `opcode operand … @line:column+length`. */
function show({ op, line, column, length, ...operands }: Instruction): string {
  const values = Object.values(operands).map((value) => JSON.stringify(value));
  return [op, ...values, `@${line}:${column}+${length}`].join(" ");
}

const read = (source: string): string[] => parseProgram(source).instructions.map(show);

describe("instructions", () => {
  test.each([
    ["", []],
    ["TXT 10 10 Hello GPU\nHALT\n", ['TXT 10 10 "Hello GPU" @1:1+19', "HALT @2:1+4"]],
    ["RECT 1 2 3 4", ["RECT 1 2 3 4 @1:1+12"]],
    ["HALT\nRECT 0 0 1 1", ["HALT @1:1+4", "RECT 0 0 1 1 @2:1+12"]],
    ["HALT\nHALT", ["HALT @1:1+4", "HALT @2:1+4"]],
  ])("%j", (source, expected) => expect(read(source)).toEqual(expected));

  test("opcodes may be written in any mixture of cases", () => {
    expect(read("txt 1 2 a\nTxT 1 2 a\nrEcT 1 2 3 4\nhalT")).toEqual([
      'TXT 1 2 "a" @1:1+9',
      'TXT 1 2 "a" @2:1+9',
      "RECT 1 2 3 4 @3:1+12",
      "HALT @4:1+4",
    ]);
  });

  test("are plain data, equal after a structured clone", () => {
    const program = parseProgram("TXT 1 2 a\nRECT 1 2 3 4\nHALT");
    expect(structuredClone(program)).toStrictEqual(program);
    expect(program.language).toBe("1");
  });
});

describe("lines", () => {
  test.each([
    ["LF", "HALT\nHALT\n", ["HALT @1:1+4", "HALT @2:1+4"]],
    ["CR LF", "HALT\r\nHALT\r\n", ["HALT @1:1+4", "HALT @2:1+4"]],
    ["both in one program", "HALT\r\nHALT\nHALT", ["HALT @1:1+4", "HALT @2:1+4", "HALT @3:1+4"]],
    ["a last line without LF", "HALT\nHALT", ["HALT @1:1+4", "HALT @2:1+4"]],
    ["a CR at the end of the source", "HALT\r\nHALT\r", ["HALT @1:1+4", "HALT @2:1+4"]],
    ["a text before CR LF", "TXT 0 0 a \r\n", ['TXT 0 0 "a" @1:1+9']],
    ["a text before the last CR", "TXT 0 0 a\r", ['TXT 0 0 "a" @1:1+9']],
    ["blank lines count", "\n \t\n\r\nHALT", ["HALT @4:1+4"]],
    ["comments", "# one\n  #two\n\t#\n#é😀\nHALT", ["HALT @5:1+4"]],
    ["only a comment", "#", []],
    ["only blanks", " \t ", []],
  ])("%s", (_, source, expected) => expect(read(source)).toEqual(expected));
});

describe("columns count code points", () => {
  test.each([
    ["indentation", "  HALT\n\tHALT\n \t HALT", ["HALT @1:3+4", "HALT @2:2+4", "HALT @3:4+4"]],
    ["blanks within and after", "RECT \t1  2\t3 4 \t", ["RECT 1 2 3 4 @1:1+14"]],
    ["a text outside the BMP", "TXT 0 0 a😀b", ['TXT 0 0 "a😀b" @1:1+11']],
    ["a byte order mark takes no column", "\uFEFFHALT\nHALT", ["HALT @1:1+4", "HALT @2:1+4"]],
    ["a byte order mark before a blank", "\uFEFF HALT", ["HALT @1:2+4"]],
  ])("%s", (_, source, expected) => expect(read(source)).toEqual(expected));
});

describe("integers", () => {
  test.each([
    ["RECT -2147483648 -2147483648 0 0", "RECT -2147483648 -2147483648 0 0 @1:1+32"],
    [
      "RECT 4294967295 4294967295 4294967295 4294967295",
      "RECT 4294967295 4294967295 4294967295 4294967295 @1:1+48",
    ],
    ["RECT 0007 -0007 00 0000000000000000000000000042", "RECT 7 -7 0 42 @1:1+47"],
  ])("%s", (source, expected) => expect(read(source)).toEqual([expected]));

  test("minus zero is zero, as a position and as a size", () => {
    const [rect] = parseProgram("RECT -0 -00 -0 -000").instructions;
    // toStrictEqual distinguishes 0 from -0.
    expect(rect).toStrictEqual({
      op: "RECT",
      x: 0,
      y: 0,
      w: 0,
      h: 0,
      line: 1,
      column: 1,
      length: 19,
    });
  });
});

describe("text", () => {
  test.each([
    ["TXT 0 0 a b", "a b"],
    ["TXT 0 0  a", " a"],
    ["TXT 0 0\ta", "a"],
    ["TXT 0 0 \ta", "\ta"],
    ["TXT 0 0\t\ta", "\ta"],
    ["TXT 0 0 a  b\t c \t ", "a  b\t c"],
    ["TXT 0 0 # no comment", "# no comment"],
    ['TXT 0 0 {name} \\n "quoted"', '{name} \\n "quoted"'],
    ["TXT 0 0 é→…😀", "é→…😀"],
    ["TXT 0 0 \u00a0\u2028\ufeff\u3000", "\u00a0\u2028\ufeff\u3000"],
  ])("%j", (source, text) => {
    expect(parseProgram(source).instructions).toMatchObject([{ op: "TXT", x: 0, y: 0, text }]);
  });
});

test("every opcode has a documented name and operands with distinct names", () => {
  for (const { name, operands, doc } of OPCODES) {
    expect(name).toMatch(/^[A-Z]+$/);
    expect(doc).toMatch(/\.$/);
    expect(new Set(operands.map((operand) => operand.name)).size).toBe(operands.length);
    // The scanner reads text to the end of the line.
    for (const operand of operands.slice(0, -1)) expect(operand.kind).not.toBe("text");
  }
});
