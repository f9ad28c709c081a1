/** Calls `action` for each item, at most `limit` at a time. */
export async function forEachConcurrently<T>(
  limit: number,
  items: readonly T[],
  action: (item: T) => Promise<void>,
): Promise<void> {
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await action(item);
  };
  await Promise.all(Array.from({ length: limit }, worker));
}
