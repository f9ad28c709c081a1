/** A queue per key, served round-robin: a key that was served goes to the back. */
export class RoundRobinQueue<T> {
  readonly #queues = new Map<string, T[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(key: string, item: T): void {
    const queue = this.#queues.get(key) ?? [];
    queue.push(item);
    this.#queues.set(key, queue);
    this.#size++;
  }

  /** Removes the oldest item of the first key that `mayRun` accepts. */
  take(mayRun: (key: string) => boolean): { readonly item: T } | undefined {
    for (const [key, queue] of this.#queues) {
      if (!mayRun(key)) continue;
      const item = queue.shift() as T;
      this.#queues.delete(key);
      if (queue.length > 0) this.#queues.set(key, queue);
      this.#size--;
      return { item };
    }
    return undefined;
  }

  /** Removes and returns all items of one key. */
  drop(key: string): readonly T[] {
    const queue = this.#queues.get(key) ?? [];
    this.#queues.delete(key);
    this.#size -= queue.length;
    return queue;
  }
}
