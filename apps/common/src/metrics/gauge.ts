import type { MetricFamily, MetricSample } from "./types.ts";

/** Returns a gauge with one value, or with one for each set of labels. */
export function gauge(name: string, help: string, value: number | readonly MetricSample[]): MetricFamily {
  return { name, help, type: "gauge", samples: typeof value === "number" ? [{ value }] : value };
}
