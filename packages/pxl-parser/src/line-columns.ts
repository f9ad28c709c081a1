import { isPair } from "./characters.ts";
import type { Span } from "./span.ts";

/** The columns of one line. */
export class LineColumns {
  readonly #source: string;
  readonly #line: number;
  readonly #start: number;
  readonly #end: number;
  /** Surrogate pairs before each code unit of the line, counted at the first use; `undefined` if there are none. */
  #pairs: Uint32Array | undefined | null = null;

  /** @param start first code unit of the line. @param end code unit after the last one. */
  constructor(source: string, line: number, start: number, end: number) {
    this.#source = source;
    this.#line = line;
    this.#start = start;
    this.#end = end;
  }

  /** Returns the span of the code units from `start` to `end`, exclusive. */
  span(start: number, end: number): Span {
    const column = this.column(start);
    return { line: this.#line, column, length: this.column(end) - column };
  }

  column(index: number): number {
    if (this.#pairs === null) this.#pairs = this.#countPairs(this.#end);
    return index - this.#start + 1 - (this.#pairs?.[index - this.#start] ?? 0);
  }

  #countPairs(end: number): Uint32Array | undefined {
    if (!/[\ud800-\udbff]/.test(this.#source.slice(this.#start, end))) return undefined;
    const pairs = new Uint32Array(end - this.#start + 1);
    let count = 0;
    for (let index = this.#start; index < end; index++) {
      pairs[index - this.#start] = count;
      if (!isPair(this.#source, index)) continue;
      count++;
      index++;
      pairs[index - this.#start] = count;
    }
    pairs[end - this.#start] = count;
    return pairs;
  }
}
