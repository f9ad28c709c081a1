// The promise that the theorems assume: blocks nest, and their instructions point to one another.
import { type Instruction, type InstructionOf, parseProgram, PxlError } from "@gvpie/pxl-parser";
import { expect, test } from "vitest";

const LINES = ["FOR i 1 2", "NEXT", "IF width < 1", "ELSE", "END", "DEF", "SET x 1"] as const;
type Line = (typeof LINES)[number];

/** A block: the indices of its lines. */
interface Block {
  readonly first: number;
  readonly middle: number | undefined;
  readonly last: number;
}

/**
 * The definition: a body is a sequence of lines and blocks. Returns the blocks of the longest body from an index on, and
 * the index after it; `undefined` if a block in it is wrong.
 */
function readBody(
  lines: readonly Line[],
  from: number,
  depth: number,
): { blocks: Block[]; end: number } | undefined {
  const blocks: Block[] = [];
  let index = from;
  while (index < lines.length) {
    const line = lines[index];
    if (line === "NEXT" || line === "ELSE" || line === "END") break;
    if (line === "SET x 1") {
      index++;
      continue;
    }
    if (line === "DEF" && depth > 0) return undefined;
    const inside = readBody(lines, index + 1, depth + 1);
    if (inside === undefined) return undefined;
    blocks.push(...inside.blocks);
    let { end } = inside;
    let middle: number | undefined;
    if (line === "IF width < 1" && lines[end] === "ELSE") {
      middle = end;
      const second = readBody(lines, end + 1, depth + 1);
      if (second === undefined) return undefined;
      blocks.push(...second.blocks);
      ({ end } = second);
    }
    if (lines[end] !== (line === "FOR i 1 2" ? "NEXT" : "END")) return undefined;
    blocks.push({ first: index, middle, last: end });
    index = end + 1;
  }
  return { blocks, end: index };
}

function parse(lines: readonly Line[]): readonly Instruction[] | undefined {
  const source = lines.map((line, index) => (line === "DEF" ? `DEF f${index}` : line));
  try {
    return parseProgram(source.join("\n")).instructions;
  } catch (error) {
    if (!(error instanceof PxlError)) throw error;
    return undefined;
  }
}

/** Returns the targets of a block, and the block that its last instruction closes. */
function linksOf(block: Block, instructions: readonly Instruction[]): unknown[] {
  const parts = [block.first, block.middle, block.last].map((index) => instructions[index ?? -1]);
  const [opener, closer] = [parts[0], parts[2]];
  const isAlike = opener?.op === "FOR" && closer?.op === "NEXT" && nameOf(opener) === nameOf(closer);
  const closes = closer?.op === "END" ? closer.closes : isAlike ? "FOR" : "another loop";
  return [...parts.map((part) => (part !== undefined && "target" in part ? part.target : undefined)), closes];
}

function nameOf({ name, limitName, stepName }: InstructionOf<"FOR" | "NEXT">): string {
  return [name, limitName, stepName].join();
}

/** The same by definition. */
function expectedLinks({ first, middle, last }: Block, lines: readonly Line[]): unknown[] {
  const line = lines[first] ?? "";
  const after = last + 1;
  return [
    middle === undefined ? after : middle + 1,
    middle === undefined ? undefined : after,
    line.startsWith("FOR") ? first + 1 : after,
    line.split(" ")[0],
  ];
}

function* sequences(length: number): Generator<readonly Line[]> {
  if (length === 0) yield [];
  else for (const rest of sequences(length - 1)) for (const line of LINES) yield [...rest, line];
}

/** True for the sequences that begin and end with a block; of the longest ones, only these are tried. */
function isClosed(lines: readonly Line[]): boolean {
  return /^(FOR|IF|DEF)/.test(lines[0] ?? "") && /^(NEXT|END)/.test(lines.at(-1) ?? "");
}

test("the parser accepts the sequences of lines whose blocks nest, and gives each block its targets", () => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const differences: string[] = [];
  const counts = { sequences: 0, accepted: 0 };
  for (let length = 1; length <= 6; length++) {
    for (const lines of sequences(length)) {
      if (length === 6 && !isClosed(lines)) continue;
      counts.sequences++;
      const body = readBody(lines, 0, 0);
      const isNested = body !== undefined && body.end === lines.length;
      const instructions = parse(lines);
      if (isNested !== (instructions !== undefined)) differences.push(`${lines.join("; ")}: ${isNested}`);
      if (!isNested || instructions === undefined) continue;
      counts.accepted++;
      for (const block of body.blocks) {
        const [found, expected] = [linksOf(block, instructions), expectedLinks(block, lines)].map(String);
        if (found !== expected) differences.push(`${lines.join("; ")}: ${found}, not ${expected}`);
      }
    }
  }
  Error.stackTraceLimit = stackTraceLimit;
  expect(differences).toEqual([]);
  console.log(
    `alike: ${counts.sequences} sequences of up to 6 lines with blocks, ${counts.accepted} of them accepted`,
  );
}, 300_000);
