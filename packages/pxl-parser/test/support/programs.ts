import { OPCODES as ALL_OPCODES, type Opcode, type Operand } from "@gvpie/pxl-parser";
import fc from "fast-check";

/** The opcodes of version 1 with its operands. */
export const OPCODES: readonly Opcode[] = ALL_OPCODES.filter(({ since }) => since === 1).map((opcode) => ({
  ...opcode,
  operands: opcode.operands.filter((operand) => operand.since === 1),
}));

const blank = fc.constantFrom(" ", " ", "\t", "  ", " \t ");
const indentation = fc.constantFrom("", "", "", " ", "\t ");
const lineEnd = fc.constantFrom("\n", "\n", "\r\n");

const edges = [-(2 ** 31), -1, 0, 1, 64, 65, 256, 257, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];

/** An integer in every notation: with leading zeros, and zero with a sign. */
const written = (min: number, max: number): fc.Arbitrary<string> => {
  const edge = fc.constantFrom(...edges.filter((value) => value >= min && value <= max));
  const value = fc.oneof(edge, fc.integer({ min, max }), fc.integer({ min, max: Math.min(max, 99) }));
  return fc.tuple(value, fc.constantFrom("", "", "0", "000"), fc.boolean()).map(([number, zeros, minus]) => {
    const sign = number < 0 || (number === 0 && minus) ? "-" : "";
    return `${sign}${zeros}${Math.abs(number)}`;
  });
};
const position = written(-(2 ** 31), 2 ** 32 - 1);

const textCharacter = fc.oneof(
  fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 1 }),
  fc.constantFrom(" ", "\t", "#", "{", "}", "é", "😀", "\u0301", "\u00a0", "\u2028", "\ufeff"),
);
const text = fc.string({ unit: textCharacter, maxLength: 12 });

/** `p…` are parameters, `v…` variables, `l…` labels. Some are names of properties that every object inherits. */
const params = ["p", "P2", "constructor"];
const variables = ["v", "_v2", "__proto__", `v${"x".repeat(63)}`];
const labels = ["l", "loop_2", "toString", "HALT"];
const anyName = fc.constantFrom(
  ...params,
  ...variables,
  ...labels,
  "undeclared",
  "{v}",
  "v{",
  "9v",
  "x".repeat(65),
);

const anyCase = (word: string): fc.Arbitrary<string> =>
  fc.mixedCase(fc.constant(word), { untoggleAll: (toggled) => toggled.toUpperCase() });

const color = fc.oneof(
  fc.constantFrom("#000", "#FfF", "#a1B2c3", "#12345678"),
  fc.constantFrom("black", "red", "aqua", "fuchsia").chain(anyCase),
);

/** A reference to a name that the head of {@link correctProgram} declares. */
const reference = fc.constantFrom(...params, ...variables).map((name) => `{${name}}`);

const row = (w: number): fc.Arbitrary<string> => {
  const digits = Math.ceil(w / 4);
  return fc
    .bigInt({ min: 0n, max: 2n ** BigInt(w) - 1n })
    .map((bits) => (bits << BigInt(4 * digits - w)).toString(16).padStart(digits, "0"))
    .chain((word) => fc.constantFrom(word, word.toUpperCase()));
};

const spriteSize = fc.oneof(
  fc.constantFrom([1, 1], [4, 3], [256, 1], [1, 256]),
  fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 5 })),
);

/** A correct operand, with blanks before it. */
function operandOf(operand: Operand): fc.Arbitrary<string> {
  const word = wordOf(operand);
  return fc.tuple(blank, word).map((parts) => parts.join(""));
}

function wordOf(operand: Operand): fc.Arbitrary<string> {
  switch (operand.kind) {
    case "position":
    case "size":
    case "scale":
      return fc.oneof({ weight: 3, arbitrary: written(operand.min, operand.max) }, reference);
    case "side":
      return written(operand.min, operand.max);
    case "value":
      return fc.oneof(
        written(operand.min, operand.max),
        reference,
        reference.map((name) => name.slice(1, -1)),
      );
    case "color":
      return fc.oneof(color, fc.constantFrom("{p}", "{constructor}"));
    case "alignment":
      return fc.constantFrom("left", "center", "right").chain(anyCase);
    case "relation":
      return fc.constantFrom("<", "<=", ">", ">=", "=", "!=");
    case "variable":
    case "set variable":
      return fc.constantFrom(...variables);
    case "label":
      return fc.constantFrom(...labels);
    default:
      throw new Error(`expected an operand of one word, got ${operand.kind}`);
  }
}

const pieceOfText = fc.oneof(text, reference, fc.constant("{undeclared}"), fc.constant("{"));
const visibleText = fc
  .tuple(fc.array(pieceOfText, { maxLength: 4 }), fc.constantFrom("a", "#", "😀", "\u00a0", "{v}"), blank)
  .map(([start, end, trailing]) => `${start.join("")}${end}${trailing}`);

function instructionOf({ name, operands, isOptional }: Opcode): fc.Arbitrary<readonly string[]> {
  const opcode = anyCase(name);
  if (operands.at(-1)?.kind === "rows") {
    return spriteSize.chain(([w = 1, h = 1]) => {
      const rows = fc.array(
        fc.tuple(blank, row(w)).map((parts) => parts.join("")),
        { minLength: h, maxLength: h },
      );
      // The two operands before the rows are their size.
      const others = fc.tuple(...operands.slice(0, -3).map(operandOf));
      return fc
        .tuple(opcode, others, blank, rows)
        .map(([op, words, space, digits]) => [op, ...words, ` ${w}${space}00${h}`, ...digits]);
    });
  }
  const words = operands.filter(({ kind }) => kind !== "text").map(operandOf);
  if (operands.at(-1)?.kind === "text") {
    return fc
      .tuple(opcode, fc.tuple(...words), fc.constantFrom(" ", "\t"), visibleText)
      .map((parts) => parts.flat());
  }
  const whole = fc.tuple(opcode, fc.tuple(...words)).map((parts) => parts.flat());
  return isOptional
    ? fc.oneof(
        whole,
        opcode.map((op) => [op]),
      )
    : whole;
}

const correctLine = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .constantFrom(...OPCODES.filter(({ declares }) => declares !== "parameter"))
      .chain((opcode) => instructionOf(opcode)),
  },
  fc.tuple(fc.constant("#"), text),
  fc.constant([]),
);

/** Declares every name. */
const head = fc
  .tuple(
    ...params.map((name) => fc.tuple(anyCase("PARAM"), blank, fc.constant(name), blank, text)),
    ...variables.map((name) =>
      fc.tuple(anyCase("SET"), blank, fc.constant(name), blank, fc.constant("007"), blank),
    ),
  )
  .chain((lines) => fc.shuffledSubarray(lines, { minLength: lines.length }));

const line = (content: fc.Arbitrary<readonly unknown[]>): fc.Arbitrary<unknown[]> =>
  fc.tuple(indentation, content, indentation, lineEnd);

/** The core language of every version: TXT, RECT and HALT, with numbers only. */
const coreLine = fc.oneof(
  fc.tuple(
    anyCase("RECT"),
    blank,
    position,
    blank,
    position,
    blank,
    written(0, 2 ** 32 - 1),
    blank,
    written(0, 9),
  ),
  fc.tuple(anyCase("TXT"), blank, position, blank, position, fc.constantFrom(" ", "\t"), visibleText),
  fc.tuple(anyCase("HALT")),
  fc.tuple(fc.constant("#"), text),
  fc.constant([]),
);

const start = fc.constantFrom("", "", "\ufeff");
const join = (parts: unknown): string => [parts].flat(6).join("");

const coreProgram = fc
  .tuple(
    start,
    fc.array(line(coreLine), { maxLength: 8 }),
    fc.tuple(indentation, coreLine, fc.constantFrom("", "", "\r")),
  )
  .map(join);

const wholeProgram = fc
  .tuple(
    start,
    head.chain((lines) => fc.tuple(...lines.map((content) => line(fc.constant(content))))),
    fc
      .tuple(
        fc.array(line(correctLine), { maxLength: 10 }),
        fc.tuple(...labels.map((name) => line(fc.constant([`${name}:`])))),
      )
      .chain(([lines, labelLines]) =>
        fc.shuffledSubarray([...lines, ...labelLines], { minLength: lines.length + labels.length }),
      ),
    fc.tuple(indentation, correctLine, fc.constantFrom("", "", "\r")),
  )
  .map(join);

/** Programs without faults, in every notation that the language allows. */
export const correctProgram: fc.Arbitrary<string> = fc.oneof(coreProgram, {
  weight: 2,
  arbitrary: wholeProgram,
});

const piece = fc.oneof(
  { weight: 5, arbitrary: blank },
  { weight: 4, arbitrary: fc.constantFrom(...OPCODES.map(({ name }) => name)).chain(anyCase) },
  { weight: 4, arbitrary: position },
  { weight: 4, arbitrary: anyName },
  { weight: 1, arbitrary: anyName.map((name) => `{${name}}`) },
  { weight: 2, arbitrary: anyName.map((name) => `\n${name}:\n`) },
  { weight: 2, arbitrary: anyName.map((name) => `\nSET ${name} 5\n`) },
  { weight: 1, arbitrary: anyName.map((name) => `\nPARAM ${name} 5\n`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("<", "<=", "=", "==", "!=", "≥", ":", "l:", "\nl: ", "left", "CENTRE"),
  },
  { weight: 1, arbitrary: color },
  { weight: 1, arbitrary: fc.constantFrom("#12", "#12345", "rot", "redd", "\u212aed", "gra\u0131") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "SPRITE 0 0 4 2 ",
      "8",
      "f",
      "8F",
      "g",
      "SPRITE 0 0 9 1 ff8",
      "SPRITE 0 0 9 1 ff4",
    ),
  },
  { weight: 3, arbitrary: fc.constantFrom("\n", "\r\n", "\r", "\n\n", "\ufeff", "#") },
  { weight: 1, arbitrary: fc.constantFrom("+5", "1.5", "--1", "-", "x", "٣", "4294967296", "-2147483649") },
  { weight: 1, arbitrary: fc.constantFrom("RECTT", "ſ", "\u212a", "T", "\u00a0", "\u2028", "é", "😀") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("\0", "\v", "\f", "\u001b", "\u007f", "\u0085", "\ud83d", "\ude00"),
  },
  { weight: 1, arbitrary: text },
);

/** Lines and words of version 2. */
const piece2 = fc.constantFrom(
  "\nFOR i 0 9\n",
  "\nFOR v -3 {v} 2\n",
  "\nNEXT\n",
  "\nIF v > 1\n",
  "\nIF p IS on\n",
  "\nELSE\n",
  "\nEND\n",
  "\nDEF f a b\n",
  "\nCALL f 1 v+2\n",
  "\nRET\n",
  "\nLIST list 1 -2 3\n",
  "\nARRAY cells 9\n",
  "\nINT n 0 9 3 1\n",
  "\nSET cells[v] list[0]\n",
  "\nPRINT 1 2 {v:03}{{é{p}\n",
  "\nIMAGE 0 0 2 1 r=red\n| r.\n",
  "\n| r.\n",
  "\nCOLOR 1 v 3\n",
  "\nCANVAS 9 9\n",
  "v+1",
  "(v)",
  "a * ",
  "{ v }",
  "min(1,",
  "cells[",
  "]",
  ")",
  "width",
  "list",
  'textwidth("{v}")',
);

const otherWord = fc.oneof(
  anyName,
  anyName.map((name) => `{${name}}`),
  anyName.map((name) => `${name}:`),
  position,
  fc.constantFrom(
    "",
    "==",
    "=<",
    "<>",
    "left",
    "centre",
    "#12345",
    "redd",
    "8",
    "g",
    "ff",
    "-1",
    "65",
    "1.5",
  ),
);

/** Strings that are almost programs. */
export const nearProgram: fc.Arbitrary<string> = fc.oneof(
  fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join("")),
  fc
    .array(fc.oneof(piece, { weight: 60, arbitrary: piece2 }), { maxLength: 20 })
    .map((pieces) => pieces.join("")),
  // A correct program with an inserted piece.
  fc.tuple(correctProgram, fc.nat(), piece).map(([program, seed, inserted]) => {
    const at = seed % (program.length + 1);
    return program.slice(0, at) + inserted + program.slice(at);
  }),
  // A correct program with one word replaced.
  {
    weight: 3,
    arbitrary: fc.tuple(correctProgram, fc.nat(), otherWord).map(([program, seed, other]) => {
      const words = [...program.matchAll(/[^ \t\r\n]+/g)];
      const { 0: word = "", index = 0 } = words[seed % (words.length || 1)] ?? {};
      return program.slice(0, index) + other + program.slice(index + word.length);
    }),
  },
  // A correct program with up to three code units removed.
  fc.tuple(correctProgram, fc.nat(), fc.nat({ max: 3 })).map(([program, seed, length]) => {
    const at = seed % (program.length + 1);
    return program.slice(0, at) + program.slice(at + length);
  }),
);

/** Any string of UTF-16 code units, including lone surrogates. */
export const anyString: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  nearProgram,
);
