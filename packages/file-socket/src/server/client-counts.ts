/** A count per client. */
export class ClientCounts {
  readonly #counts = new Map<string, number>();

  get(client: string): number {
    return this.#counts.get(client) ?? 0;
  }

  increment(client: string): void {
    this.#counts.set(client, this.get(client) + 1);
  }

  /** Lowers the count, and forgets a client at 0. */
  decrement(client: string): void {
    const left = this.get(client) - 1;
    if (left > 0) {
      this.#counts.set(client, left);
    } else {
      this.#counts.delete(client);
    }
  }
}
