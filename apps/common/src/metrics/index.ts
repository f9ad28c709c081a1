export type { MetricFamily, MetricSample } from "./types.ts";
