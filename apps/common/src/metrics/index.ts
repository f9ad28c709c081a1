export { formatMetrics } from "./format.ts";
export type { MetricFamily, MetricSample } from "./types.ts";
