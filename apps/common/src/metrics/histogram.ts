import type { MetricFamily } from "./types.ts";

type Labels = Readonly<Record<string, string>>;

interface Series {
  readonly labels: Labels;
  /** Observations up to each bound, but above the one before; the last counts those above all bounds. */
  readonly counts: Float64Array;
  sum: number;
}

/** A histogram with labels. The caller bounds the number of their values. */
export class Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, Series>();

  /** @param bounds ascending, without Infinity. */
  constructor(name: string, help: string, bounds: readonly number[]) {
    this.#name = name;
    this.#help = help;
    this.#bounds = bounds;
  }

  observe(labels: Labels, value: number): void {
    const key = JSON.stringify(labels);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { labels, counts: new Float64Array(this.#bounds.length + 1), sum: 0 };
      this.#series.set(key, series);
    }
    const found = this.#bounds.findIndex((bound) => value <= bound);
    const index = found === -1 ? this.#bounds.length : found;
    series.counts[index] = (series.counts[index] ?? 0) + 1;
    series.sum += value;
  }

  family(): MetricFamily {
    const samples = [...this.#series.values()].map(({ labels, counts, sum }) => {
      let below = 0;
      const buckets = [...this.#bounds, Infinity].map((bound, i) => {
        below += counts[i] ?? 0;
        return [bound, below] as const;
      });
      return { labels, value: sum, buckets };
    });
    return { name: this.#name, help: this.#help, type: "histogram", samples };
  }
}
