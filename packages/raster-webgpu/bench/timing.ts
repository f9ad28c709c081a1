/** The middle of some measurements, in the unit they are in. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/**
 * Runs things in turns, so that what disturbs the machine disturbs all alike, until `budgetMs` is over.
 *
 * @returns the median duration of each, in milliseconds, the first round not counted.
 */
export async function inTurns(
  things: Readonly<Record<string, () => unknown>>,
  budgetMs: number,
): Promise<Record<string, number>> {
  const durations = new Map(Object.keys(things).map((name) => [name, [] as number[]]));
  const end = performance.now() + budgetMs;
  for (let round = 0; round < 4 || (round < 200 && performance.now() < end); round++) {
    for (const [name, run] of Object.entries(things)) {
      const started = performance.now();
      await run();
      if (round > 0) durations.get(name)?.push(performance.now() - started);
    }
  }
  return Object.fromEntries(Array.from(durations, ([name, values]) => [name, median(values)]));
}
