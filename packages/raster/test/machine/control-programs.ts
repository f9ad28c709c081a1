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

/** The lines of the programs of version 2 to enumerate, and the blocks that may stand around bodies. */
export interface BlockAlphabet {
  readonly lines: readonly string[];
  readonly blocks: readonly ((body: readonly string[]) => readonly string[])[];
}

/** Every control instruction of version 2, and expressions that fail for some values. */
export const BLOCKS: BlockAlphabet = {
  lines: [
    "ADD n 1",
    "SET n n*2-i",
    "CALL f n i",
    "CALL sub",
    "RET",
    "HALT",
    "SET a[n+3] 6/i",
    "ADD n rand(a[n+i+1])",
    "SEED n",
  ],
  blocks: [
    (body) => ["FOR i 1 2", ...body, "NEXT"],
    (body) => ["FOR i 2 n -1", ...body, "NEXT"],
    (body) => ["FOR n i a[3] n-2", ...body, "NEXT"],
    (body) => ["IF n < 2", ...body, "END"],
    (body) => ["IF n < 2", "ADD n 3", "ELSE", ...body, "END"],
    (body) => ["IF p IS yes", ...body, "ELSE", "HALT", "END"],
  ],
};

/** A part of {@link BLOCKS}, for quick comparisons. */
export const FEW_BLOCKS: BlockAlphabet = {
  lines: BLOCKS.lines,
  blocks: BLOCKS.blocks.filter((_, i) => i !== 0 && i !== 3),
};

/** Every program of version 2 with exactly `length` lines and blocks of an alphabet, a procedure and a subroutine. */
export function* blockPrograms(alphabet: BlockAlphabet, length: number): Generator<Program> {
  for (const body of bodies(alphabet, length)) {
    const source = [
      "PARAM p yes",
      "ARRAY a 4",
      "SET a[1] 2",
      "SET a[3] 4",
      "SET n 0",
      "SET i 0",
      "DEF f x y",
      "SET z z+x+y",
      "IF z < 4",
      "CALL f z 1",
      "END",
      "FOR k 0 x",
      "ADD n z",
      "NEXT",
      "END",
      ...body,
      "HALT",
      "sub:",
      "ADD n 1",
      "RET",
    ];
    yield parseProgram(source.join("\n"));
  }
}

/** Every sequence of `length` lines and blocks. */
function* bodies(alphabet: BlockAlphabet, length: number): Generator<readonly string[]> {
  if (length === 0) {
    yield [];
    return;
  }
  for (const rest of bodies(alphabet, length - 1)) for (const line of alphabet.lines) yield [line, ...rest];
  for (let inner = 0; inner < length; inner++) {
    for (const rest of bodies(alphabet, length - 1 - inner)) {
      for (const body of bodies(alphabet, inner)) {
        for (const block of alphabet.blocks) yield [...block(body), ...rest];
      }
    }
  }
}

/** Programs that call a procedure with locals again and again, to these depths. */
export function* recursions(depths: readonly number[]): Generator<Program> {
  for (const depth of depths) {
    for (const inside of [
      ["ADD n y-x"],
      ["FOR k y y+1", "ADD n k", "NEXT"],
      ["IF x % 2 = 0", "RET", "END"],
    ]) {
      const body = ["SET y x*3", `IF x < ${depth}`, "CALL f x+1", "END", ...inside];
      yield parseProgram(["SET n 0", "DEF f x", ...body, "END", "CALL f 1", "SET x n"].join("\n"));
    }
  }
}

/** Every FOR with these values around a body that counts, or changes a part of the loop. */
export function* loopPrograms(values: readonly number[]): Generator<Program> {
  for (const from of values) {
    for (const to of values) {
      for (const step of values) {
        if (step === 0) continue;
        for (const body of ["ADD n 1", "SET s 0", "SUB i s"]) {
          const source = [`SET s ${step}`, "SET n 0", `FOR i ${from} ${to} s`, "ADD n 1", body, "NEXT"];
          yield parseProgram(source.join("\n"));
        }
      }
    }
  }
}
