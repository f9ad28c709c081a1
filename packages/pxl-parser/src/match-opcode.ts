import { OPCODE_ENTRIES, type OpcodeEntry } from "./opcodes.ts";

interface Candidate {
  readonly entry: OpcodeEntry;
  /** Code units of the name in lower case. */
  readonly letters: readonly number[];
}

/** Opcodes by the low five bits of their first letter. */
const BY_FIRST_LETTER: readonly Candidate[][] = Array.from({ length: 32 }, () => []);
for (const entry of Object.values(OPCODE_ENTRIES)) {
  const letters = Array.from(entry.name.toLowerCase(), (letter) => letter.charCodeAt(0));
  BY_FIRST_LETTER[(letters[0] ?? 0) & 31]?.push({ entry, letters });
}

/** The opcode spelled by the code units from `start` up to `end`, in any mixture of cases. */
export function matchOpcode(source: string, start: number, end: number): OpcodeEntry | undefined {
  const candidates = BY_FIRST_LETTER[source.charCodeAt(start) & 31] ?? [];
  for (const candidate of candidates) {
    if (spells(source, start, end, candidate.letters)) return candidate.entry;
  }
  return undefined;
}

function spells(source: string, start: number, end: number, letters: readonly number[]): boolean {
  if (end - start !== letters.length) return false;
  for (let i = 0; i < letters.length; i++) {
    // Setting bit 5 folds exactly A–Z onto a–z: no other code unit becomes an ASCII lower-case letter by it.
    if ((source.charCodeAt(start + i) | 0x20) !== letters[i]) return false;
  }
  return true;
}
