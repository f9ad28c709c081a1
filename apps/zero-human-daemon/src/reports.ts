import type { Reports } from "@gvpie/app-common/http";
import type { Daemon } from "@gvpie/daemon";
import type { Logger } from "pino";
import type { Config } from "./config.ts";
import type { Metrics } from "./metrics.ts";
import { missingScripts } from "./page/script-files.ts";

/**
 * Starts what `--http` and `--metrics-file` ask for.
 *
 * @throws {SettingsError} if the token or the address cannot be used.
 */
export async function openReports(
  { http, metricsFile, db, dir, version }: Config,
  daemon: Daemon,
  metrics: Metrics,
  log: Logger,
): Promise<Reports | undefined> {
  if (http === undefined && metricsFile === undefined) return undefined;
  const warning = http && missingScripts();
  if (warning !== undefined) log.warn(warning);
  // Imported on demand: without them, the daemon loads no code for HTTP.
  const server = await import("@gvpie/app-common/http");
  return server.openReports({
    http,
    metricsFile,
    module: server.threadModule("http-thread", import.meta.url),
    data: { db },
    health: () => ({ isHealthy: daemon.status().conditions.every(({ level }) => level !== "error") }),
    metrics: () => metrics.families(daemon, dir, version),
    log: (level, message) => log[level](message),
  });
}
