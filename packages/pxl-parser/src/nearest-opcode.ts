import { OPCODES, type Opcode } from "./opcodes.ts";

/** Longer words are nobody's slip of the finger. */
const MAX_WORD_LENGTH = 16;

/** The opcode that was probably meant by a word that is none: one or two slips away, or followed by something stuck to it. */
export function nearestOpcode(word: string): Opcode | undefined {
  if (word.length > MAX_WORD_LENGTH) return undefined;
  const upper = word.toUpperCase();
  let nearest: Opcode | undefined;
  let nearestDistance = Infinity;
  for (const opcode of OPCODES) {
    const { name } = opcode;
    const distance = upper.startsWith(name) ? 1 : editDistance(upper, name);
    const allowed = name.length > 3 ? 2 : 1;
    if (distance <= allowed && distance < nearestDistance) {
      nearest = opcode;
      nearestDistance = distance;
    }
  }
  return nearest;
}

/** Letters to insert, delete, replace or swap with a neighbour (optimal string alignment distance). */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = at(previous, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let distance = Math.min(replace, at(previous, j) + 1, at(current, j - 1) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, at(beforePrevious, j - 2) + 1);
      }
      current.push(distance);
    }
    beforePrevious = previous;
    previous = current;
  }
  return at(previous, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
