/**
 * Runs things in turns until `budgetMs` is over, and at least thrice.
 *
 * @returns the shortest duration of each, in milliseconds, the first round not counted: all that disturbs a run makes it
 * longer.
 */
export async function inTurns(
  things: Readonly<Record<string, () => unknown>>,
  budgetMs: number,
): Promise<Record<string, number>> {
  const durations = new Map(Object.keys(things).map((name) => [name, [] as number[]]));
  const end = performance.now() + budgetMs;
  for (let round = 0; round < 3 || (round < 200 && performance.now() < end); round++) {
    for (const [name, run] of Object.entries(things)) {
      const started = performance.now();
      await run();
      if (round > 0) durations.get(name)?.push(performance.now() - started);
    }
  }
  return Object.fromEntries(Array.from(durations, ([name, values]) => [name, Math.min(...values)]));
}
