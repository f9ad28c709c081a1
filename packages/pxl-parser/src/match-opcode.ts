import { CR, LF, codeUnitAt, isBlank } from "./characters.ts";
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

/** Returns the opcode at `start`, in any mixture of cases, that a blank or the end of the line follows. */
export function matchOpcode(source: string, start: number): OpcodeEntry | undefined {
  const candidates = BY_FIRST_LETTER[codeUnitAt(source, start) & 31] ?? [];
  for (let i = 0; i < candidates.length; i++) {
    const candidate = candidates[i];
    if (candidate !== undefined && isWrittenAt(source, start, candidate.letters)) return candidate.entry;
  }
  return undefined;
}

function isWrittenAt(source: string, start: number, letters: readonly number[]): boolean {
  for (let i = 0; i < letters.length; i++) {
    // Setting bit 5 maps exactly A–Z to a–z: no other code unit becomes an ASCII lower-case letter.
    if ((codeUnitAt(source, start + i) | 0x20) !== letters[i]) return false;
  }
  const next = codeUnitAt(source, start + letters.length);
  return isBlank(next) || next === LF || next === CR;
}
