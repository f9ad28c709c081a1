/** A line of a difference; `gap` stands for lines that are equal. */
export interface DiffLine {
  readonly type: "same" | "added" | "removed" | "gap";
  readonly text: string;
}

/** Pairs of lines that are compared at most; beyond, the changed part is shown as replaced. */
const MAX_PAIRS = 4_000_000;
/** Equal lines around a change. */
const CONTEXT = 3;

/** Returns the lines of two texts as a difference, with three equal lines around each change. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const old = before.split("\n");
  const next = after.split("\n");
  let start = 0;
  while (start < old.length && start < next.length && old[start] === next[start]) start++;
  let end = 0;
  const most = Math.min(old.length, next.length) - start;
  while (end < most && old.at(-1 - end) === next.at(-1 - end)) end++;
  const same = (lines: readonly string[]): DiffLine[] => lines.map((text) => ({ type: "same", text }));
  return shortened([
    ...same(old.slice(0, start)),
    ...middle(old.slice(start, old.length - end), next.slice(start, next.length - end)),
    ...same(old.slice(old.length - end)),
  ]);
}

/** Finds a longest common subsequence. */
function middle(old: readonly string[], next: readonly string[]): DiffLine[] {
  const all: DiffLine[] = [];
  const columns = next.length + 1;
  const isTooLong = (old.length + 1) * columns > MAX_PAIRS;
  const lengths = new Uint32Array(isTooLong ? 0 : (old.length + 1) * columns);
  if (!isTooLong) {
    for (let i = old.length - 1; i >= 0; i--) {
      for (let j = next.length - 1; j >= 0; j--) {
        const below = lengths[(i + 1) * columns + j] ?? 0;
        const right = lengths[i * columns + j + 1] ?? 0;
        lengths[i * columns + j] =
          old[i] === next[j] ? (lengths[(i + 1) * columns + j + 1] ?? 0) + 1 : Math.max(below, right);
      }
    }
  }
  let i = 0;
  let j = 0;
  while (i < old.length || j < next.length) {
    if (!isTooLong && i < old.length && j < next.length && old[i] === next[j]) {
      all.push({ type: "same", text: old[i++] ?? "" });
      j++;
      continue;
    }
    const below = lengths[(i + 1) * columns + j] ?? 0;
    const right = lengths[i * columns + j + 1] ?? 0;
    const isRemoved = i < old.length && (isTooLong || j === next.length || below >= right);
    if (isRemoved) all.push({ type: "removed", text: old[i++] ?? "" });
    else all.push({ type: "added", text: next[j++] ?? "" });
  }
  return all;
}

function shortened(all: readonly DiffLine[]): DiffLine[] {
  const near = new Uint8Array(all.length);
  for (const [index, { type }] of all.entries()) {
    if (type !== "same") near.fill(1, Math.max(0, index - CONTEXT), index + CONTEXT + 1);
  }
  const kept: DiffLine[] = [];
  for (const [index, line] of all.entries()) {
    if (near[index] === 1) kept.push(line);
    else if (kept.at(-1)?.type !== "gap") kept.push({ type: "gap", text: "…" });
  }
  return kept;
}
