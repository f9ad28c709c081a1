import type { Instruction, PxlErrorCode, Span } from "@gvpie/pxl-parser";

/** A diagnostic without its message. */
export type Fault = Span & { readonly code: PxlErrorCode };

interface Reading {
  readonly instructions: Instruction[];
  readonly faults: Fault[];
}

const FORBIDDEN = /(?!\t)\p{Control}|\p{Surrogate}/u;

/**
 * docs/language.md once more, written for obviousness: lines are split, columns are indexes into arrays of code points,
 * numbers are BigInt. The second opinion on the parser.
 */
export function readByTheBook(source: string): Reading {
  const instructions: Instruction[] = [];
  const faults: Fault[] = [];
  const lines = source.replace(/^\uFEFF/, "").split("\n");
  for (const [index, raw] of lines.entries()) {
    const lineFaults: Fault[] = [];
    const content = raw.replace(/\r$/, "");
    const trimmed = content.replace(/[ \t]+$/, "");
    const place = (from: number, to: number): Span => ({
      line: index + 1,
      column: Array.from(content.slice(0, from)).length + 1,
      length: Array.from(content.slice(from, to)).length,
    });
    const fault = (code: PxlErrorCode, from: number, to: number): void => {
      if (!FORBIDDEN.test(content.slice(from, to))) lineFaults.push({ code, ...place(from, to) });
    };

    const instruction = readInstruction(trimmed, fault, place);
    for (const [i, character] of Array.from(content).entries()) {
      if (!FORBIDDEN.test(character)) continue;
      const code = /\p{Surrogate}/u.test(character) ? "PXL_LONE_SURROGATE" : "PXL_CONTROL_CHARACTER";
      lineFaults.push({ code, line: index + 1, column: i + 1, length: 1 });
    }
    if (instruction !== undefined && lineFaults.length === 0) instructions.push(instruction);
    faults.push(...lineFaults.sort((a, b) => a.column - b.column));
  }
  return { instructions, faults };
}

function readInstruction(
  line: string,
  fault: (code: PxlErrorCode, from: number, to: number) => void,
  place: (from: number, to: number) => Span,
): Instruction | undefined {
  const words = [...line.matchAll(/[^ \t]+/g)].map((match) => ({
    word: match[0],
    from: match.index,
    to: match.index + match[0].length,
  }));
  const [first, ...operands] = words;
  if (first === undefined || first.word.startsWith("#")) return undefined;
  const span = place(first.from, line.length);
  // Only ASCII letters fold: the long s and the Kelvin sign are not letters of an opcode.
  const opcode = /^[A-Za-z]+$/.test(first.word) ? first.word.toUpperCase() : "";

  const integer = (index: number, min: bigint): number => {
    const operand = operands[index];
    if (operand === undefined) return 0;
    if (!/^-?[0-9]+$/.test(operand.word)) {
      fault("PXL_NOT_AN_INTEGER", operand.from, operand.to);
      return 0;
    }
    const value = BigInt(operand.word);
    if (value < min || value > 2n ** 32n - 1n) fault("PXL_OUT_OF_RANGE", operand.from, operand.to);
    return Number(value);
  };
  const position = (index: number): number => integer(index, -(2n ** 31n));
  const size = (index: number): number => integer(index, 0n);

  if (opcode === "HALT") {
    if (operands[0]) fault("PXL_EXTRA_OPERAND", operands[0].from, line.length);
    return { op: "HALT", span };
  }
  if (opcode === "RECT") {
    const rect = { op: "RECT", x: position(0), y: position(1), w: size(2), h: size(3), span } as const;
    if (operands.length < 4) fault("PXL_MISSING_OPERAND", line.length, line.length);
    if (operands[4]) fault("PXL_EXTRA_OPERAND", operands[4].from, line.length);
    return rect;
  }
  if (opcode === "TXT") {
    const [x, y] = [position(0), position(1)];
    if (operands.length < 2) fault("PXL_MISSING_OPERAND", line.length, line.length);
    else if (operands.length === 2) fault("PXL_MISSING_TEXT", line.length, line.length);
    return { op: "TXT", x, y, text: line.slice((operands[1]?.to ?? 0) + 1), span };
  }
  fault("PXL_UNKNOWN_OPCODE", first.from, first.to);
  return undefined;
}
