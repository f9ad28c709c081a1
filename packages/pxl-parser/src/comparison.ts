import { findWordEnd, isBlank, skipBlanks } from "./characters.ts";
import type { ExpressionReader, Item, Range } from "./expressions.ts";

/** One side of the comparison of an IF, and the code unit after it. */
interface Side {
  /** `undefined` if it is not an expression; it then ends at a blank. */
  readonly item: Item | undefined;
  readonly end: number;
}

const RELATION_CHARACTERS = "<>=!≤≥≠";

/** Reads one side of a comparison: an expression that a blank, the end of the line or, on the left, the relation ends. */
export function readSide(
  reader: ExpressionReader,
  source: string,
  start: number,
  lineEnd: number,
  isLeft: boolean,
): Side {
  const item = reader.readOperand(start, true);
  const end = item?.end ?? Math.max(start, reader.problem?.index ?? start);
  if (item !== undefined) {
    if (end >= lineEnd || isBlank(source.charCodeAt(end))) return { item, end };
    if (isLeft && RELATION_CHARACTERS.includes(source.charAt(end))) return { item, end };
  }
  return { item: undefined, end: findWordEnd(source, end, lineEnd) };
}

/** Returns the relation after the left side of a comparison: its characters, or a word. */
export function findRelation(source: string, from: number, lineEnd: number): Range {
  const start = Math.min(skipBlanks(source, from), lineEnd);
  let end = start;
  while (end < lineEnd && RELATION_CHARACTERS.includes(source.charAt(end))) end++;
  return { start, end: end === start ? findWordEnd(source, start, lineEnd) : end };
}

/** True for the relation IS, in either case. */
export function isIs(source: string, { start, end }: Range): boolean {
  return end - start === 2 && /^is$/i.test(source.slice(start, end));
}
