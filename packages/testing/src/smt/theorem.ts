import type { Term } from "./term.ts";

/** A statement about formulas, for all values of their symbols that `assume` allows. */
export interface Theorem {
  /** The statement, as the tests print it. */
  readonly says: string;
  readonly assume: readonly Term[];
  readonly conclude: Term;
}
