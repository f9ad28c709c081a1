import type { Frame } from "@gvpie/raster";

/** Packed pixels with the facts that the code which shows them needs. */
export interface PackedPicture extends Pick<Frame, "width" | "height"> {
  /** Name of the constants, from the name of the file. */
  readonly name: string;
  /** Memory layout of the bytes. */
  readonly pixels: string;
  readonly bytes: Uint8Array;
}

const BYTES_A_LINE = 12;

/** Keywords of C and Python that a file name may be. */
const KEYWORDS: ReadonlySet<string> = new Set(
  [
    "auto bool break case char const continue default do double else enum extern float for goto if inline int long register",
    "restrict return short signed sizeof static struct switch typedef union unsigned void volatile while",
    "and as assert async await class def del elif except finally from global import in is lambda nonlocal not or pass raise",
    "try with yield",
  ]
    .join(" ")
    .split(" "),
);

/** Returns an identifier of C and Python: letters, digits and underscores, not beginning with a digit or an underscore. */
export function identifierOf(fileName: string): string {
  const letters = fileName
    .replaceAll(/[^A-Za-z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "")
    .toLowerCase()
    .slice(0, 60);
  if (letters === "") return "picture";
  return /^[0-9]/.test(letters) || KEYWORDS.has(letters) ? `picture_${letters}` : letters;
}

/** Returns a C header with the bytes as a constant array. */
export function toCArray({ name, pixels, width, height, bytes }: PackedPicture): string {
  const upper = name.toUpperCase();
  return [
    `// ${width}x${height} pixels, layout ${pixels}`,
    `#ifndef ${upper}_H`,
    `#define ${upper}_H`,
    "",
    "#include <stdint.h>",
    "",
    `#define ${upper}_WIDTH ${width}`,
    `#define ${upper}_HEIGHT ${height}`,
    "",
    `static const uint8_t ${name}[${bytes.length}] = {`,
    ...linesOf(bytes, (byte) => `0x${hex(byte)},`).map((line) => `  ${line.join(" ")}`),
    "};",
    "",
    "#endif",
    "",
  ].join("\n");
}

/** Returns a Python module with the bytes as a constant; MicroPython and CircuitPython read it too. */
export function toPython({ name, pixels, width, height, bytes }: PackedPicture): string {
  const upper = name.toUpperCase();
  return [
    `# ${width}x${height} pixels, layout ${pixels}`,
    `${upper}_WIDTH = ${width}`,
    `${upper}_HEIGHT = ${height}`,
    `${upper} = (`,
    ...linesOf(bytes, (byte) => `\\x${hex(byte)}`).map((line) => `    b"${line.join("")}"`),
    ")",
    "",
  ].join("\n");
}

function linesOf(bytes: Uint8Array, format: (byte: number) => string): string[][] {
  const lines: string[][] = [];
  for (let at = 0; at < bytes.length; at += BYTES_A_LINE) {
    lines.push(Array.from(bytes.subarray(at, at + BYTES_A_LINE), format));
  }
  return lines;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
