import { formatProgram, PxlError } from "@gvpie/pxl-parser";
import { expect, test } from "vitest";

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

test("throws PxlError for a faulty program", () => {
  expect(() => formatProgram("HALT\nrekt 1 2 3 4")).toThrow(PxlError);
});
