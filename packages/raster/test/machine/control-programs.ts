import { parseProgram, type Program } from "@gvpie/pxl-parser";

/** The instructions of the programs to enumerate. */
export interface Alphabet {
  readonly variables: readonly string[];
  /** Instructions without a label. */
  readonly lines: readonly string[];
  /** Instructions that end with a label: each occurs with every label there is. */
  readonly jumps: readonly string[];
}

/** Every kind of control instruction, and one that makes loops end. */
export const CONTROL: Alphabet = {
  variables: ["a"],
  lines: ["RET", "HALT", "ADD a 1"],
  jumps: ["JMP", "CALL", "IF a < 2"],
};

/** Every comparison and every calculation as well. */
export const EVERYTHING: Alphabet = {
  variables: ["a", "b"],
  lines: ["RET", "HALT", "SET a -3", "ADD a 1", "SUB a b", "MUL a -2", "DIV a 2", "MOD a 2", "ADD b 2"],
  jumps: ["JMP", "CALL", ...["<", "<=", "=", "!=", ">=", ">"].map((relation) => `IF a ${relation} b`)],
};

/** Calculations at the ends of the range and with 0. */
export const EXTREMES: Alphabet = {
  variables: ["a"],
  lines: [-2147483648, -1, 0, 1, 2147483647].flatMap((value) =>
    ["SET", "ADD", "SUB", "MUL", "DIV", "MOD"].map((op) => `${op} a ${value}`),
  ),
  jumps: [],
};

/** Calls that never return, so that the stack fills. */
export const CALLS: Alphabet = { variables: [], lines: ["RET"], jumps: ["CALL", "JMP"] };

/** {@link controlSources}, parsed. */
export function* controlPrograms(alphabet: Alphabet, length: number): Generator<Program> {
  for (const source of controlSources(alphabet, length)) yield parseProgram(source);
}

/**
 * Every program of exactly `length` instructions of an alphabet, after instructions that set its variables to 0. Jumps lead to
 * each of the instructions and to the end.
 */
export function* controlSources({ variables, lines, jumps }: Alphabet, length: number): Generator<string> {
  const labels = Array.from({ length: length + 1 }, (_, i) => `l${i}`);
  const alphabet = [...lines, ...jumps.flatMap((jump) => labels.map((label) => `${jump} ${label}`))];
  for (let number = 0; number < alphabet.length ** length; number++) {
    const source = variables.map((name) => `SET ${name} 0`);
    for (let i = 0, rest = number; i < length; i++) {
      source.push(`l${i}:`, alphabet[rest % alphabet.length] ?? "");
      rest = Math.floor(rest / alphabet.length);
    }
    yield [...source, `l${length}:`].join("\n");
  }
}
