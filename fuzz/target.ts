import type { Random } from "./random.ts";

/** Something that reads what strangers write. */
export interface Target {
  readonly name: string;
  /** What is given to it, in words. */
  readonly reads: string;
  /** Inputs to begin with, besides those of the corpus. */
  seeds(): Uint8Array[] | Promise<Uint8Array[]>;
  /** Another input, made of one or two. */
  mutate(input: Uint8Array, other: Uint8Array, random: Random): Uint8Array;
  /**
   * Gives it an input.
   *
   * @returns what came of it: a result of some kind or a typed error. An input with a new one is kept.
   * @throws whatever no input should lead to.
   */
  run(input: Uint8Array): string | Promise<string>;
  /** Bytes of an input that goes into the corpus, at most. */
  readonly keptBytes: number;
  /** How many inputs there are for each one of the slowest target. */
  readonly share: number;
}

/** Milliseconds that one input may take. One that took longer is given once more, since a machine may be busy. */
export const MAX_MS = 2_000;
/** Bytes by which one input may raise the most memory that the process ever had. */
export const MAX_GROWTH: number = 192 * 2 ** 20;
/** Bytes of the JavaScript heap, over all inputs. */
export const MAX_HEAP_MIB = 512;

/** A typed error as an outcome: its code, and its message without what differs from input to input. */
export function outcomeOf(code: string, message: string): string {
  return `${code} ${message.replace(/"(?:[^"\\]|\\.)*"|[0-9a-f]{8,}|-?\d+/g, "#").slice(0, 160)}`;
}
