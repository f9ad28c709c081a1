import { checkProgram, parseProgram, type Instruction } from "@gvpie/pxl-parser";
import fc from "fast-check";
import { expect, test } from "vitest";

/** A line, or a block with its lines. */
type Part =
  | { readonly kind: "line" }
  | { readonly kind: "for"; readonly parts: readonly Part[] }
  | { readonly kind: "if"; readonly parts: readonly Part[]; readonly others?: readonly Part[] };

const parts: fc.Arbitrary<readonly Part[]> = fc.letrec<{ parts: readonly Part[] }>((tie) => ({
  parts: fc.array(
    fc.oneof(
      { depthSize: "medium" },
      fc.record({ kind: fc.constant("line" as const) }),
      fc.record({ kind: fc.constant("for" as const), parts: tie("parts") }),
      fc.record(
        { kind: fc.constant("if" as const), parts: tie("parts"), others: tie("parts") },
        { requiredKeys: ["kind", "parts"] },
      ),
    ),
    { maxLength: 3 },
  ),
})).parts;

const program = fc.array(fc.record({ isProcedure: fc.boolean(), parts }), { maxLength: 4 });

/** Writes the lines of a program and the target of each, -1 for a line without one. */
class Writer {
  readonly lines: string[] = [];
  readonly targets: number[] = [];

  add(line: string, target = -1): number {
    this.targets.push(target);
    return this.lines.push(line) - 1;
  }

  write(list: readonly Part[]): void {
    for (const part of list) {
      if (part.kind === "line") {
        this.add("PIX 1 i");
      } else if (part.kind === "for") {
        const first = this.add("FOR i 0 3");
        this.write(part.parts);
        this.targets[first] = this.add("NEXT", first + 1) + 1;
      } else {
        let open = this.add("IF i > 1");
        this.write(part.parts);
        if (part.others !== undefined) {
          const other = this.add("ELSE");
          this.targets[open] = other + 1;
          open = other;
          this.write(part.others);
        }
        const end = this.add("END");
        this.targets[open] = end + 1;
        this.targets[end] = end + 1;
      }
    }
  }
}

const targetOf = (instruction: Instruction): number => ("target" in instruction ? instruction.target : -1);

test("blocks continue where they should", () => {
  fc.assert(
    fc.property(program, (sections) => {
      const writer = new Writer();
      writer.add("SET i 0");
      for (const [index, section] of sections.entries()) {
        if (!section.isProcedure) {
          writer.write(section.parts);
          continue;
        }
        const first = writer.add(`DEF p${index} i`);
        writer.write(section.parts);
        const end = writer.add("END");
        writer.targets[first] = end + 1;
        writer.targets[end] = end + 1;
        writer.add(`CALL p${index} i`, first + 1);
      }
      const { instructions } = parseProgram(writer.lines.join("\n"));
      expect(instructions.map(targetOf)).toEqual(writer.targets);
    }),
    { numRuns: 300 },
  );
});

test("a block without its end or its beginning is one error", () => {
  fc.assert(
    fc.property(program, fc.nat(), (sections, seed) => {
      const writer = new Writer();
      writer.add("SET i 0");
      for (const section of sections) writer.write(section.parts);
      const marks = writer.lines.flatMap((line, index) => (/^(?:FOR|IF|NEXT|END)/.test(line) ? [index] : []));
      fc.pre(marks.length > 0);
      const removed = marks[seed % marks.length] ?? 0;
      const lines = writer.lines.map((line, index) => (index === removed ? "" : line));
      const codes = checkProgram(lines.join("\n")).diagnostics.map(({ code }) => code);
      expect(codes).not.toEqual([]);
      expect(codes.filter((code) => code !== "PXL_UNCLOSED_BLOCK" && code !== "PXL_NO_BLOCK")).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test.each([
  ["SET v 1\nPIX v 0", true, false],
  ["LIST l 1 2\nPOLY 0 0 1 1\nCOLOR 1 2 3\nFONT 3x5\nPRINT 0 0 a\nIMAGE 0 0 1 1 r=red\n| r", true, true],
  ["LIST l 1 2\nPOLY l", true, false],
  ["PRINT 0 0 {1}", true, false],
  ["PIX width 0", true, false],
  ["FOR i 0 1\nNEXT", false, false],
  ["IF 1 = 1\nEND", false, false],
  ["DEF f\nEND", false, false],
  ["CANVAS 1 1\nFRAMES 2 2\nSEED 5\nRECT 0 0 5 5 1", true, true],
])("%j: straight %s, plain %s", (source, straight, plain) => {
  expect(parseProgram(source)).toMatchObject({ language: "2", straight, plain });
});

test("CANVAS and FRAMES are in the program", () => {
  expect(parseProgram("FRAMES 9 40\nCANVAS 8 4 #123")).toMatchObject({
    canvas: { width: 8, height: 4, background: 0x11_22_33_ff },
    frames: { count: 9, delayMs: 40 },
    params: [],
  });
  expect(Object.keys(parseProgram("CANVAS 8 4").canvas ?? {})).toEqual(["width", "height"]);
  expect("canvas" in parseProgram("HALT")).toBe(false);
  expect(parseProgram("LIST l\nINT i 0 1 1\nPARAM p").params.map(({ name }) => name)).toEqual([
    "l",
    "i",
    "p",
  ]);
});

test("the locals of a procedure are complete and only its own", () => {
  const source = "SET g 1\nDEF f a\n  SET x a\n  SET g x\n  FOR i 0 1\n  NEXT\nEND\nDEF h\n  SET x 1\nEND";
  const locals = parseProgram(source).instructions.flatMap((i) => (i.op === "DEF" ? [i.locals] : []));
  expect(locals).toEqual([["f.a", "f.i", "f.x", "f.for@5.limit", "f.for@5.step"], ["h.x"]]);
});

test.each(["r", "a", "i"])("the message of a local name outside its procedure says so: %s", (name) => {
  const source = `DEF g\nEND\nDEF f a\n  SET r a\n  FOR i 0 r\n  NEXT\nEND\nCALL f 1\nCALL g\nPIX ${name} 0`;
  expect(checkProgram(source).diagnostics).toMatchObject([
    {
      code: "PXL_UNDECLARED_NAME",
      line: 10,
      message: `expected a number, or a name that a PARAM, INT, SET or FOR declares outside DEF f, where ${name} is local (PIX x y), got "${name}"`,
    },
  ]);
});
