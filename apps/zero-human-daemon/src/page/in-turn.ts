/**
 * Returns a function that runs one piece of work at a time, in order. Decoding needs much memory, which the whole process shares, and
 * threads that the loop uses, too: a page with many large pictures must not take them all at once.
 */
export function inTurn(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
}
