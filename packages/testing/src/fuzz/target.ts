import type { SeededRandom } from "../random.ts";

/** A reader of untrusted input. Its name is that of its file, `packages/*\/test/fuzz/<name>.ts`. */
export interface FuzzTarget {
  /** The input, in words. */
  readonly reads: string;
  /** Returns inputs to start from, besides those of the corpus. */
  seeds(): Uint8Array[] | Promise<Uint8Array[]>;
  /** Makes another input of one or two. */
  mutate(input: Uint8Array, other: Uint8Array, random: SeededRandom): Uint8Array;
  /**
   * Reads an input. Returns its outcome: a class of results, or a typed error. An input with a new outcome is kept.
   *
   * @throws any error that no input may cause
   */
  run(input: Uint8Array): string | Promise<string>;
  /** Inputs up to this length go into the corpus. */
  readonly maxCorpusBytes: number;
  /** Number of inputs relative to the other targets; 1 for the slowest. */
  readonly weight: number;
}

/** Returns a typed error as an outcome: its code, and its message without the parts that differ between inputs. */
export function outcomeOf(code: string, message: string): string {
  return `${code} ${message.replace(/"(?:[^"\\]|\\.)*"|[0-9a-f]{8,}|-?\d+/g, "#").slice(0, 160)}`;
}
