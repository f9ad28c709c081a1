/** Longest wait of one timer. */
const SLICE_MS = 250;

/**
 * Calls `expire` once this process has had `ms` milliseconds to itself. Time in which it was stopped, suspended or blocked counts as
 * at most 250 ms, and results that arrived meanwhile are delivered first.
 *
 * @returns a function that cancels the timeout.
 */
export function startTimeout(ms: number, expire: () => void): () => void {
  let leftMs = ms;
  let timer: NodeJS.Timeout;
  let immediate: NodeJS.Immediate | undefined;
  const wait = (): void => {
    const sliceMs = Math.min(leftMs, SLICE_MS);
    timer = setTimeout(() => {
      leftMs -= sliceMs;
      if (leftMs > 0) return wait();
      // Runs after the events of this turn, such as the exit of a child process.
      immediate = setImmediate(expire);
    }, sliceMs);
  };
  wait();
  return () => {
    clearTimeout(timer);
    clearImmediate(immediate);
  };
}
