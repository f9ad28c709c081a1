import type { MetricFamily } from "./types.ts";

type Labels = Readonly<Record<string, string>>;

/** A counter with labels. The caller bounds the number of their values, or {@link Recent} does. */
export class Counter {
  readonly #name: string;
  readonly #help: string;
  readonly #values = new Map<string, { readonly labels: Labels; value: number }>();

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  add(labels: Labels, by = 1): void {
    const key = JSON.stringify(labels);
    const found = this.#values.get(key);
    if (found === undefined) this.#values.set(key, { labels, value: by });
    else found.value += by;
  }

  /** Adds all values with a label to those with another value of it, and forgets them. */
  fold(label: string, from: string, to: string): void {
    // A value may have the name that stands for the others; each turn of the loop would then add another one.
    if (from === to) return;
    for (const [key, { labels, value }] of this.#values) {
      if (labels[label] !== from) continue;
      this.#values.delete(key);
      this.add({ ...labels, [label]: to }, value);
    }
  }

  family(): MetricFamily {
    return {
      name: this.#name,
      help: this.#help,
      type: "counter",
      samples: [...this.#values.values()].map(({ labels, value }) => ({ labels, value })),
    };
  }
}

/** The values of a label that were used last. */
export class Recent {
  readonly #most: number;
  readonly #onDrop: (value: string) => void;
  readonly #values = new Set<string>();

  /** @param onDrop called with the value that makes room for a new one. */
  constructor(most: number, onDrop: (value: string) => void) {
    this.#most = most;
    this.#onDrop = onDrop;
  }

  use(value: string): void {
    this.#values.delete(value);
    this.#values.add(value);
    const [oldest] = this.#values;
    if (this.#values.size <= this.#most || oldest === undefined) return;
    this.#values.delete(oldest);
    this.#onDrop(oldest);
  }
}
