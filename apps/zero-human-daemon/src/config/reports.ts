import { addHttpOptions, httpConfigOf, type HttpConfig, type HttpFlags } from "@gvpie/app-common/http";
import type { Command } from "commander";

/** The page for operators, and the metrics. */
export interface ReportsConfig {
  /** Undefined without `--http`. */
  readonly http: HttpConfig | undefined;
  readonly metricsFile: string | undefined;
}

export function addReportsOptions(command: Command): void {
  addHttpOptions(command, "the page for operators, /healthz and /metrics", 8437, "<db>.token");
}

/** @param db the database file. */
export function reportsConfig(command: Command, db: string): ReportsConfig {
  const flags = command.opts<HttpFlags>();
  return { http: httpConfigOf(flags, `${db}.token`), metricsFile: flags.metricsFile };
}
