import type { MetricFamily } from "../metrics/types.ts";
import { startMetricsFile } from "../metrics/metrics-file.ts";
import { isLoopback, urlOf } from "./address.ts";
import type { HttpConfig } from "./options.ts";
import { type HttpThread, startHttpThread } from "./thread.ts";
import { openToken } from "./token-file.ts";
import type { Health, HttpLog } from "./types.ts";

export interface ReportsOptions {
  readonly http: HttpConfig | undefined;
  readonly metricsFile: string | undefined;
  /** The module of the HTTP server's thread. */
  readonly module: URL;
  /** For the thread. */
  readonly data?: unknown;
  readonly health: () => Health;
  readonly metrics: () => readonly MetricFamily[];
  readonly log: HttpLog;
}

/** The reports of a daemon to other programs. */
export interface Reports {
  /** Undefined without `--http`. */
  readonly http: HttpThread | undefined;
  close(): Promise<void>;
}

/**
 * Starts the HTTP server and the file of metrics, as far as the settings ask for them.
 *
 * @throws {SettingsError} if the token or the address cannot be used.
 */
export async function openReports(options: ReportsOptions): Promise<Reports> {
  const { http: config, metricsFile: file, metrics, log } = options;
  let http: HttpThread | undefined;
  if (config !== undefined) {
    const token = openToken(config.token);
    http = await startHttpThread({ ...options, ...config, token });
    const { address } = http;
    log("info", `serving ${urlOf(address)}; token in ${config.token}`);
    if (!isLoopback(address.host)) {
      log(
        "warn",
        `other machines reach ${urlOf(address)}, and the token travels unencrypted; put a TLS proxy before it`,
      );
    }
  }
  const endFile = file === undefined ? undefined : startMetricsFile({ file, metrics, log });
  return {
    http,
    async close() {
      endFile?.();
      await http?.close();
    },
  };
}
