import type { MetricFamily } from "./types.ts";

type Labels = Readonly<Record<string, string>>;

/** A counter with labels. The caller bounds the number of their values, or {@link Recent} does. */
export class Counter {
  readonly #name: string;
  readonly #help: string;
  readonly #folded: string | undefined;
  readonly #values = new Map<string, { readonly labels: Labels; value: number }>();
  /** Keys in `#values` by the value of the label `#folded`: a loop may fold with each run. */
  readonly #keys = new Map<string, string[]>();

  /** @param folded the label of {@link fold}. */
  constructor(name: string, help: string, folded?: string) {
    this.#name = name;
    this.#help = help;
    this.#folded = folded;
  }

  add(labels: Labels, by = 1): void {
    const key = JSON.stringify(labels);
    const found = this.#values.get(key);
    if (found !== undefined) {
      found.value += by;
      return;
    }
    this.#values.set(key, { labels, value: by });
    const value = this.#folded === undefined ? undefined : labels[this.#folded];
    if (value === undefined) return;
    const keys = this.#keys.get(value);
    if (keys === undefined) this.#keys.set(value, [key]);
    else keys.push(key);
  }

  /** Adds all counts with a value of the label to those with another value of it, and forgets them. */
  fold(from: string, to: string): void {
    // A value may have the name that stands for the others; each turn of the loop would then add another one.
    if (from === to || this.#folded === undefined) return;
    const keys = this.#keys.get(from) ?? [];
    this.#keys.delete(from);
    for (const key of keys) {
      const { labels = {}, value = 0 } = this.#values.get(key) ?? {};
      this.#values.delete(key);
      this.add({ ...labels, [this.#folded]: to }, value);
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
