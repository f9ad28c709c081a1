import { countCodePoints } from "./characters.ts";
import type { Span } from "./span.ts";

/** A `{name}` in a text, also if no line declares the name. */
interface Braces {
  readonly name: string;
  /** First code unit in the text. */
  readonly start: number;
  /** Code unit after the last one. */
  readonly end: number;
  readonly span: Span;
}

/** Finds every `{name}` in a text that begins at a line and column. */
export function* findBraces(text: string, { line, column }: Omit<Span, "length">): Generator<Braces> {
  let counted = 0;
  let countedColumn = column;
  for (const { 0: written, 1: name = "", index: start } of text.matchAll(
    /\{([A-Za-z_][A-Za-z0-9_]{0,63})\}/g,
  )) {
    countedColumn += countCodePoints(text, counted, start);
    counted = start;
    const span = { line, column: countedColumn, length: written.length };
    yield { name, start, end: start + written.length, span };
  }
}
