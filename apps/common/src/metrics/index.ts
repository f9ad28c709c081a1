export { Counter, Recent } from "./counter.ts";
export { formatMetrics } from "./format.ts";
export { gauge } from "./gauge.ts";
export { Histogram } from "./histogram.ts";
export { startMetricsFile } from "./metrics-file.ts";
export { processMetrics } from "./process-metrics.ts";
export type { MetricFamily, MetricSample } from "./types.ts";
