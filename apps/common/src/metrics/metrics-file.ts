import { renameSync, rmSync, writeFileSync } from "node:fs";
import { formatMetrics } from "./format.ts";
import type { MetricFamily } from "./types.ts";

const INTERVAL_MS = 15_000;
/** Read by the exporter of another user. */
const MODE = 0o644;

export interface MetricsFileOptions {
  readonly file: string;
  readonly metrics: () => readonly MetricFamily[];
  readonly log: (level: "info" | "warn", message: string) => void;
  /** Milliseconds. Default 15,000. */
  readonly intervalMs?: number;
}

/**
 * Writes metrics to a file at once and every 15 s, by renaming a complete file. A failure is logged once, and again when it has
 * ended. The result ends it and removes the file, so that an exporter does not serve the figures of a process that has ended.
 */
export function startMetricsFile({
  file,
  metrics,
  log,
  intervalMs = INTERVAL_MS,
}: MetricsFileOptions): () => void {
  const staged = `${file}.${process.pid}.tmp`;
  let isFailing = false;
  const write = (): void => {
    try {
      writeFileSync(staged, formatMetrics(metrics()), { mode: MODE, flag: "wx", flush: false });
      renameSync(staged, file);
      if (isFailing) log("info", `${file} is written again`);
      isFailing = false;
    } catch (error) {
      rmSync(staged, { force: true });
      if (!isFailing) log("warn", `cannot write the metrics to ${file}: ${(error as Error).message}`);
      isFailing = true;
    }
  };
  write();
  const timer = setInterval(write, intervalMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    try {
      rmSync(file, { force: true });
    } catch (error) {
      log("warn", `cannot remove ${file}: ${(error as Error).message}`);
    }
  };
}
