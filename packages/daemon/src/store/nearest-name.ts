/** Names longer than this are compared by their beginning. */
const MAX_COMPARED = 100;

/** Returns the name most similar to `name`; undefined if none differs in at most a third of its characters. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const wanted = fold(name);
  let nearest: string | undefined;
  let least = Math.floor(Math.max(wanted.length, 3) / 3) + 1;
  for (const candidate of names) {
    const changes = countChanges(wanted, fold(candidate), least);
    if (changes >= least) continue;
    nearest = candidate;
    least = changes;
  }
  return nearest;
}

/** Removes differences that are hard to see: case, composition and invisible characters. */
function fold(name: string): string {
  return name
    .slice(0, MAX_COMPARED)
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[\p{Cf}\p{Mn}\s_-]/gu, "");
}

/** Returns the number of inserted, deleted, replaced and swapped characters, or `limit` if it is not less. */
function countChanges(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let above: readonly number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? (above[j - 2] ?? 0) + 1 : limit;
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    if (Math.min(...row, ...next) >= limit) return limit;
    above = row;
    row = next;
  }
  return Math.min(limit, row[b.length] ?? limit);
}
