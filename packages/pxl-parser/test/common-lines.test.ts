// The most common lines have a fast path. A blank at the end of a line sends it through the general path.
import { checkProgram, type Opcode } from "@gvpie/pxl-parser";
import fc from "fast-check";
import { expect, test } from "vitest";
import { OPCODES } from "./support/programs.ts";

const size = fc.oneof(
  { weight: 6, arbitrary: fc.nat(999).map(String) },
  fc.constantFrom("007", "2147483647", "2147483648", "4294967295", "{p}"),
);
const position = fc.oneof({ weight: 9, arbitrary: size }, fc.constantFrom("-1", "-0", "-2147483648"));
const text = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 20 }).map((s) => `${s}.`),
  },
  fc.constantFrom("{p}", "a {p} b", " {", "é", "😀", "a\tb", "#", "x".repeat(1100)),
);
const anyCase = (name: string): fc.Arbitrary<string> => fc.constantFrom(name, name.toLowerCase());

/** Words of an instruction with positions and sizes and, at most, a text after them; `undefined` for other opcodes. */
function commonWords({ name, operands, isOptional, jumps }: Opcode): fc.Arbitrary<string[]> | undefined {
  const words: Record<string, fc.Arbitrary<string>> = { position, size, text };
  const values = operands.flatMap(({ kind }) => words[kind] ?? []);
  if (jumps || values.length < operands.length) return undefined;
  const whole = fc.tuple(anyCase(name), ...values);
  return isOptional ? fc.oneof(whole, fc.tuple(anyCase(name))) : whole;
}

/** Words of an instruction, to be joined by one space. */
const correct = fc.oneof(
  ...OPCODES.flatMap((opcode) => commonWords(opcode) ?? []),
  fc.constantFrom([""], ["# é"], ["COLOR red"], [" RECT 1 2 3 4"], ["SET v 1"], ["RET"], ["TXT 1\t2 a"]),
);
const faulty = fc.oneof(
  fc.constantFrom(["TXT 1 2a b"], ["TXT 1 2"], ["PIX 1,2"], ["PIX 1  2 "]),
  fc.tuple(anyCase("TXT"), size, size, fc.constantFrom("\ud800", "a\u007f", "a\u0000b", "a\rb", "", " ")),
  fc.tuple(
    anyCase("RECT"),
    size,
    size,
    size,
    fc.constantFrom("-1", "4294967296", "1".repeat(400), "1.5", "x", "1x", "-", ""),
  ),
  fc.tuple(
    fc.constantFrom(...OPCODES.map(({ name }) => name), "RECTANGLE", "TX", "\u0154ECT"),
    fc.array(size, { maxLength: 5 }).map((operands) => operands.join(" ")),
  ),
);

/** Programs with and without faults, mostly longer than the fast path's window. */
const program = fc.record({
  start: fc.constantFrom("PARAM p 5\n", "\ufeffPARAM p 5\r\n"),
  lines: fc
    .constantFrom(0, 0, 1)
    .chain((faults) =>
      fc.array(
        fc.tuple(
          fc.constantFrom("", "", "", " ", "    "),
          fc.oneof({ weight: 20, arbitrary: correct }, { weight: faults, arbitrary: faulty }),
          fc.constantFrom("\n", "\n", "\n", "\r\n"),
        ),
        { maxLength: 150, size: "max" },
      ),
    ),
  isEnded: fc.boolean(),
});

test("the fast path and the general path read the same", () => {
  fc.assert(
    fc.property(program, ({ start, lines, isEnded }) => {
      const write = (blank: string): string => {
        const ended = lines
          .map(([indent, words, end]) => `${indent}${words.join(" ")}${blank}${end}`)
          .join("");
        return start + (isEnded ? ended : ended.replace(/\r?\n$/, ""));
      };
      expect(checkProgram(write(""))).toStrictEqual(checkProgram(write(" ")));
    }),
    { numRuns: 1000 },
  );
});
