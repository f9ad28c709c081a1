import { readdirSync } from "node:fs";
import { openFileLimit } from "../daemon/open-files.ts";
import { gauge } from "./gauge.ts";
import type { MetricFamily } from "./types.ts";

/** Returns the figures of this process under the names that Prometheus clients share. */
export function processMetrics(): MetricFamily[] {
  const { user, system } = process.cpuUsage();
  const files = openFiles();
  const limit = openFileLimit();
  return [
    {
      name: "process_cpu_seconds_total",
      help: "CPU time of this process, in seconds.",
      type: "counter",
      samples: [{ value: (user + system) / 1e6 }],
    },
    gauge("process_resident_memory_bytes", "Memory of this process.", process.memoryUsage.rss()),
    gauge("process_start_time_seconds", "Start of this process, Unix time.", performance.timeOrigin / 1e3),
    ...(files === undefined ? [] : [gauge("process_open_fds", "Open file descriptors.", files)]),
    ...(limit === undefined ? [] : [gauge("process_max_fds", "Most open file descriptors.", limit)]),
  ];
}

function openFiles(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    // No /proc, or no descriptor left to read it.
    return undefined;
  }
}
