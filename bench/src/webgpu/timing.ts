/**
 * Runs tasks in turn until `budgetMs` have passed, and at least three times each.
 *
 * @returns the shortest duration of each task in milliseconds, without the first round: disturbances only make runs longer.
 */
export async function shortestDurations(
  tasks: Readonly<Record<string, () => unknown>>,
  budgetMs: number,
): Promise<Record<string, number>> {
  const durations = new Map(Object.keys(tasks).map((name) => [name, [] as number[]]));
  const end = performance.now() + budgetMs;
  for (let round = 0; round < 3 || (round < 200 && performance.now() < end); round++) {
    for (const [name, run] of Object.entries(tasks)) {
      const started = performance.now();
      await run();
      if (round > 0) durations.get(name)?.push(performance.now() - started);
    }
  }
  return Object.fromEntries(Array.from(durations, ([name, values]) => [name, Math.min(...values)]));
}
