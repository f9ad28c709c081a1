import { formatProgram, parseProgram, PxlError } from "@gvpie/pxl-parser";
import { programGrammar } from "@gvpie/pxl-parser/authoring";
import { SeededRandom } from "@gvpie/testing";
import { expect, test } from "vitest";
import { gbnfDeriver } from "./support/derive.ts";
import { withoutSpans } from "./support/without-spans.ts";

test.each([
  ["the empty program", "", ""],
  ["only blanks", " \t", ""],
  ["a last line without LF", "HALT", "HALT\n"],
  ["cases", "rect 1 2 3 4\nTxT 1 2 Ab\nhalt\n", "RECT 1 2 3 4\nTXT 1 2 Ab\nHALT\n"],
  ["blanks around operands", " \tRECT \t1  2\t3 4 \t\n", "RECT 1 2 3 4\n"],
  ["integers", "RECT -0 -007 0000 00042\n", "RECT 0 -7 0 42\n"],
  ["blanks inside a text", "TXT  1\t2\t a  b\t c \t\n", "TXT 1 2  a  b\t c\n"],
  ["comments", "  # one \t\n\t#two\nHALT\n#", "# one\n#two\nHALT\n#\n"],
  ["blank lines", "\n\nHALT\n \t\n\n# end\n\n", "\n\nHALT\n\n\n# end\n\n"],
  ["one blank line", "\n", "\n"],
  ["blanks after the last LF", "HALT\n  \t", "HALT\n"],
  ["CR LF", "HALT\r\n\r\n# é \r\nTXT 0 0 a \r\n", "HALT\n\n# é\nTXT 0 0 a\n"],
  ["a CR at the end of the source", "HALT\n# a\r", "HALT\n# a\n"],
  ["a byte order mark", "\uFEFFHALT\n", "HALT\n"],
  ["a byte order mark before a comment", "\uFEFF# a\n", "# a\n"],
  ["instructions after HALT", "halt\nhalt\n", "HALT\nHALT\n"],
  ["colours and alignments", "color #FfA\ncolor Red\nalign LEFT\n", "COLOR #ffa\nCOLOR red\nALIGN left\n"],
  ["rows", "sprite 1 2\t08 02 F0  0f\n", "SPRITE 1 2 8 2 f0 0f\n"],
  ["optional operands", "clip \nclip 01 2 3 4\n", "CLIP\nCLIP 1 2 3 4\n"],
  ["names and references", "set V 01\nadd V {V}\npix {V} -0\n", "SET V 1\nADD V V\nPIX {V} 0\n"],
  ["defaults", "PARAM  a   b  {c} \nPARAM d \n", "PARAM a b  {c}\nPARAM d\n"],
  [
    "lines below the first label",
    "  HALT\n # a\nX: \nhalt\n# b\n # c\n\n\tY:\nif 1 < 2 X\n",
    "HALT\n# a\nX:\n  HALT\n# b\n  # c\n\nY:\n  IF 1 < 2 X\n",
  ],
])("%s", (_, source, expected) => {
  expect(formatProgram(source)).toBe(expected);
  expect(formatProgram(expected)).toBe(expected);
});

test.each([
  [
    "operators",
    "set  x  1+2 *  -3\nSET y (x+ 1)*2-x%3\nADD y min( x , 2 )*  - 0\nSET z - 05\nSET z -x",
    "SET x 1 + 2 * -3\nSET y (x+1) * 2 - x % 3\nADD y min(x,2) * 0\nSET z -5\nSET z -x\n",
  ],
  [
    "brackets",
    "SET x 1\nRECT x+01 (x + 1)*2 3 3\nrect {x} { x + 1 } -0 {007}\nPIX -x -( x )",
    "SET x 1\nRECT x+1 (x+1)*2 3 3\nRECT {x} {x+1} 0 {7}\nPIX -x -(x)\n",
  ],
  ["braces around a value", "SET x {1+ 2}\nIF {x}>{ 3 } a\na:", "SET x 1 + 2\nIF x > 3 a\na:\n"],
  [
    "comparisons",
    "PARAM p a\nif p is A\nelse\nend\nIF 1+1<=-2\nEND\nIF 2 !=1  l\nl:",
    "PARAM p a\nIF p IS A\nELSE\nEND\nIF 1 + 1 <= -2\nEND\nIF 2 != 1 l\nl:\n",
  ],
  [
    "blocks",
    "def f a b\nfor i a b 02\n if i=3\n\n # in\n#out\n pix i i\nelse\nret\nend\nnext\nend\ncall f 1 {2+ 3}",
    "DEF f a b\n  FOR i a b 2\n    IF i = 3\n\n      # in\n#out\n      PIX i i\n    ELSE\n      RET\n    END\n  NEXT\nEND\nCALL f 1 {2+3}\n",
  ],
  [
    "labels in blocks",
    "FOR i 1 2\na:\nJMP b\nb:\nNEXT\nc:\nFOR i 1 2\nd:\nPIX 0 0\nNEXT\nPIX 1 1",
    "FOR i 1 2\n  a:\n    JMP b\n  b:\nNEXT\nc:\n  FOR i 1 2\n    d:\n      PIX 0 0\n  NEXT\n  PIX 1 1\n",
  ],
  [
    "arrays",
    "list a  01 -0\narray b 010\nset b[ a[0]+ 1 ] len( a )*2\npoly a\npoly 1 2 a[ 1 ] 4",
    "LIST a 1 0\nARRAY b 10\nSET b[a[0]+1] len(a) * 2\nPOLY a\nPOLY 1 2 a[1] 4\n",
  ],
  [
    "texts",
    'PARAM t a\nprint 0 0  {t} {1 +1:02}\nset w textwidth( "a  (b" )+textlines(t , 9)\nWRAP 0 0 w w  "x" ',
    'PARAM t a\nPRINT 0 0  {t} {1 +1:02}\nSET w textwidth("a  (b") + textlines(t,9)\nWRAP 0 0 w w  "x"\n',
  ],
  [
    "words of other kinds",
    "canvas 08 9 Navy\nframes 2 03\nint n 0 9 05 01\nfont 5X7-INTL\nfill 0 0 9 9 Red #FFF Down\ncolor n  1+1 2",
    "CANVAS 8 9 navy\nFRAMES 2 3\nINT n 0 9 5 1\nFONT 5x7-intl\nFILL 0 0 9 9 red #fff down\nCOLOR n 1+1 2\n",
  ],
  [
    "pictures",
    "for i 0 1\nimage i 0 2 2  A=RED  b=#0F0\n|  Ab\n  | ..  \nnext",
    "FOR i 0 1\n  IMAGE i 0 2 2 A=red b=#0f0\n  | Ab\n  | ..\nNEXT\n",
  ],
])("language version 2: %s", (_, source, expected) => {
  expect(formatProgram(source)).toBe(expected);
  expect(formatProgram(expected)).toBe(expected);
  expect(withoutSpans(parseProgram(expected))).toStrictEqual(withoutSpans(parseProgram(source)));
});

/** Writes a line of a canonical program in another way. */
function rewrite(line: string, random: SeededRandom): string {
  const content = line.trimStart();
  const indentation = " \t ".slice(random.below(4));
  if (content.startsWith("|")) return `${indentation}|\t${content.slice(2)} `;
  const [opcode = "", ...rest] = content.split(" ");
  const isOpen = ["SET", "ADD", "SUB", "MUL", "DIV", "MOD"].includes(opcode);
  const operands = rest.join(" ");
  const written = isOpen
    ? operands
        .replaceAll(
          / ([-+*/%]) /g,
          (_, sign: string) => [sign, ` ${sign}`, `  ${sign}\t`][random.below(3)] ?? "",
        )
        .replaceAll(/(?<![\w.])([0-9]+)/g, "00$1")
    : operands;
  const name = random.below(2) === 0 ? opcode.toLowerCase() : opcode;
  return rest.length === 0 ? indentation + name : `${indentation}${name}\t ${written}`;
}

test("random programs of version 2 have the canonical form of the grammar, however they are written", () => {
  const derive = gbnfDeriver(programGrammar());
  const random = new SeededRandom(3);
  for (let i = 0; i < 300; i++) {
    const canonical = derive(random);
    const lines = canonical.split("\n").map((line) => (line === "" ? "" : rewrite(line, random)));
    const source = lines.join("\n");
    expect(formatProgram(source)).toBe(canonical);
    expect(withoutSpans(parseProgram(source))).toStrictEqual(withoutSpans(parseProgram(canonical)));
  }
});

test("throws PxlError for a faulty program", () => {
  expect(() => formatProgram("HALT\nrekt 1 2 3 4")).toThrow(PxlError);
});
