/**
 * Returns a function that runs `work`, one run at a time. Calls during a run share the next one, which starts after it.
 *
 * The result resolves at the end of the run that a call has started or joined, and rejects as that does.
 */
export function coalesce(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = (): Promise<void> => {
    next = undefined;
    running = work().finally(() => (running = undefined));
    return running;
  };
  return () => {
    if (running === undefined) return start();
    next ??= running.then(start, start);
    return next;
  };
}
