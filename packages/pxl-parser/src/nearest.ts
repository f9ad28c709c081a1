/** Longer words are never treated as typos. */
const MAX_LENGTH = 24;

/** A word that another one probably means. */
export interface Suggestion {
  readonly word: string;
  /** True if no other candidate is as near, and at most a third of it is changed: a tool may replace the word. */
  readonly isCertain: boolean;
}

/** Returns the candidate that a word probably means: at most two typos away, one for a short candidate. */
export function nearest(word: string, candidates: Iterable<string>): Suggestion | undefined {
  if (word.length > MAX_LENGTH) return undefined;
  const sought = word.toUpperCase();
  let best: string | undefined;
  let bestDistance = Infinity;
  let isCertain = true;
  for (const candidate of candidates) {
    const allowed = candidate.length > 3 ? 2 : 1;
    if (Math.abs(candidate.length - word.length) > allowed) continue;
    const distance = editDistance(sought, candidate.toUpperCase(), allowed);
    if (distance > allowed || distance > bestDistance) continue;
    isCertain = distance < bestDistance && distance * 3 <= candidate.length;
    if (distance === bestDistance) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best === undefined ? undefined : { word: best, isCertain };
}

/** Rows of the table of distances; shared, because hostile programs have thousands of typos. */
const ROWS: readonly Uint8Array[] = [0, 1, 2].map(() => new Uint8Array(MAX_LENGTH + 3));

/**
 * Counts insertions, deletions, replacements and swaps of adjacent letters (optimal string alignment distance). Returns a
 * number above `allowed` as soon as the distance is known to be above it.
 */
function editDistance(a: string, b: string, allowed: number): number {
  let [beforePrevious, previous, current] = ROWS as [Uint8Array, Uint8Array, Uint8Array];
  for (let j = 0; j <= b.length; j++) previous[j] = j;
  for (let i = 1; i <= a.length; i++) {
    let least = (current[0] = i);
    for (let j = 1; j <= b.length; j++) {
      const isSame = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      const replace = (previous[j - 1] as number) + (isSame ? 0 : 1);
      let distance = Math.min(replace, (previous[j] as number) + 1, (current[j - 1] as number) + 1);
      const isSwap =
        i > 1 &&
        j > 1 &&
        a.charCodeAt(i - 1) === b.charCodeAt(j - 2) &&
        a.charCodeAt(i - 2) === b.charCodeAt(j - 1);
      if (isSwap) distance = Math.min(distance, (beforePrevious[j - 2] as number) + 1);
      current[j] = distance;
      if (distance < least) least = distance;
    }
    // A swap looks two rows back, and adds 1 to a distance that is at least one less than this row's least.
    if (least > allowed + 1) return least;
    [beforePrevious, previous, current] = [previous, current, beforePrevious];
  }
  return previous[b.length] as number;
}
