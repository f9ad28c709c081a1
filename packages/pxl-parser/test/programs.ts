import fc from "fast-check";

const blank = fc.constantFrom(" ", " ", "\t", "  ", " \t ");
const indentation = fc.constantFrom("", "", "", " ", "\t ");
const lineEnd = fc.constantFrom("\n", "\n", "\r\n");

const edges = [-(2 ** 31), -1, 0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
const position = fc.oneof(fc.constantFrom(...edges), fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 }));
const size = position.map((value) => Math.abs(value));
/** How an integer may be written: with leading zeros, and zero with a sign. */
const written = (value: fc.Arbitrary<number>): fc.Arbitrary<string> =>
  fc.tuple(value, fc.constantFrom("", "", "0", "000"), fc.boolean()).map(([number, zeros, minus]) => {
    const sign = number < 0 || (number === 0 && minus) ? "-" : "";
    return `${sign}${zeros}${Math.abs(number)}`;
  });

const textCharacter = fc.oneof(
  fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 1 }),
  fc.constantFrom(" ", "\t", "#", "é", "😀", "\u0301", "\u00a0", "\u2028", "\ufeff"),
);
const text = fc.string({ unit: textCharacter, maxLength: 12 });
const visibleText = fc
  .tuple(text, fc.constantFrom("a", "#", "😀", "\u00a0"), blank)
  .map(([start, end, trailing]) => `${start}${end}${trailing}`);

const anyCase = (word: string): fc.Arbitrary<string> =>
  fc.mixedCase(fc.constant(word), { untoggleAll: (toggled) => toggled.toUpperCase() });

const correctLine = fc.oneof(
  fc.tuple(
    anyCase("RECT"),
    blank,
    written(position),
    blank,
    written(position),
    blank,
    written(size),
    blank,
    written(size),
  ),
  fc.tuple(
    anyCase("TXT"),
    blank,
    written(position),
    blank,
    written(position),
    fc.constantFrom(" ", "\t"),
    visibleText,
  ),
  fc.tuple(anyCase("HALT")),
  fc.tuple(fc.constant("#"), text),
  fc.constant([]),
);

/** Programs without fault, spelled in every way the language allows. */
export const correctProgram: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom("", "", "\ufeff"),
    fc.array(fc.tuple(indentation, correctLine, indentation, lineEnd), { maxLength: 8 }),
    fc.tuple(indentation, correctLine, fc.constantFrom("", "", "\r")),
  )
  .map((parts) => parts.flat(4).join(""));

const piece = fc.oneof(
  { weight: 4, arbitrary: blank },
  { weight: 3, arbitrary: fc.constantFrom("TXT", "RECT", "HALT", "txt", "rEcT", "halt") },
  { weight: 4, arbitrary: written(position) },
  { weight: 3, arbitrary: fc.constantFrom("\n", "\r\n", "\r", "\n\n", "\ufeff", "#") },
  { weight: 1, arbitrary: fc.constantFrom("+5", "1.5", "--1", "-", "x", "٣", "4294967296", "-2147483649") },
  { weight: 1, arbitrary: fc.constantFrom("RECTT", "ſ", "\u212a", "T", "\u00a0", "\u2028", "é", "😀") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("\0", "\v", "\f", "\u001b", "\u007f", "\u0085", "\ud83d", "\ude00"),
  },
  { weight: 1, arbitrary: text },
);

/** Strings made of a program's pieces in any order: nearly right in a thousand ways. */
export const nearProgram: fc.Arbitrary<string> = fc.oneof(
  fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join("")),
  // A correct program with something put into its middle.
  fc.tuple(correctProgram, fc.nat(), piece).map(([program, seed, inserted]) => {
    const at = seed % (program.length + 1);
    return program.slice(0, at) + inserted + program.slice(at);
  }),
  // A correct program with something cut out of its middle.
  fc.tuple(correctProgram, fc.nat(), fc.nat({ max: 3 })).map(([program, seed, length]) => {
    const at = seed % (program.length + 1);
    return program.slice(0, at) + program.slice(at + length);
  }),
);

/** Any string of UTF-16 code units, lone surrogates included. */
export const anyString: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  nearProgram,
);
