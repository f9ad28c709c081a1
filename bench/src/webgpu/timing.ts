/**
 * Runs tasks in turn until `budgetMs` have passed, and at least three times each.
 *
 * @returns the shortest duration of each task in milliseconds, without the first round: disturbances only make runs longer.
 */
export async function shortestDurations<Name extends string>(
  tasks: Readonly<Record<Name, () => unknown>>,
  budgetMs: number,
): Promise<Record<Name, number>> {
  const shortest: Partial<Record<Name, number>> = {};
  const end = performance.now() + budgetMs;
  for (let round = 0; round < 3 || (round < 200 && performance.now() < end); round++) {
    for (const name of Object.keys(tasks) as Name[]) {
      const started = performance.now();
      await tasks[name]();
      if (round > 0) shortest[name] = Math.min(shortest[name] ?? Infinity, performance.now() - started);
    }
  }
  return shortest as Record<Name, number>;
}
