/** Queues that take turns: whoever was served goes to the back. */
export class Lanes<T> {
  readonly #queues = new Map<string, T[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(lane: string, item: T): void {
    const queue = this.#queues.get(lane);
    if (queue === undefined) this.#queues.set(lane, [item]);
    else queue.push(item);
    this.#size++;
  }

  /** The oldest item of the first lane, in turn, that `mayRun` admits. */
  take(mayRun: (lane: string) => boolean): { readonly item: T } | undefined {
    for (const [lane, queue] of this.#queues) {
      if (!mayRun(lane)) continue;
      const item = queue.shift() as T;
      this.#queues.delete(lane);
      if (queue.length > 0) this.#queues.set(lane, queue);
      this.#size--;
      return { item };
    }
    return undefined;
  }

  /** Remove and return all items of one lane. */
  drop(lane: string): readonly T[] {
    const queue = this.#queues.get(lane) ?? [];
    this.#queues.delete(lane);
    this.#size -= queue.length;
    return queue;
  }
}
