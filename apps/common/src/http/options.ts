import { type Command, InvalidArgumentError, Option } from "commander";
import { parsePath } from "../daemon/options.ts";
import { type HttpAddress, parseHttpAddress } from "./address.ts";

/** The settings of a daemon's HTTP server. */
export interface HttpConfig {
  readonly address: HttpAddress;
  /** File of the token. */
  readonly token: string;
  /** Names of this machine in a Host header. */
  readonly names: readonly string[];
}

/** Values of the options that {@link addHttpOptions} adds. */
export interface HttpFlags {
  readonly http?: HttpAddress;
  readonly httpToken?: string;
  readonly httpHost?: readonly string[];
  readonly metricsFile?: string;
}

/**
 * @param serves the server's purpose, as shown in help.
 * @param port of the example in help.
 */
export function addHttpOptions(command: Command, serves: string, port: number, tokenDefault: string): void {
  command
    .addOption(
      new Option("--http <address:port>", `serve ${serves} at this address, such as 127.0.0.1:${port}`)
        .env("GVPIE_HTTP")
        .argParser(parseHttpAddress),
    )
    .addOption(
      new Option(
        "--http-token <file>",
        `file of the token, created if it is missing; default: ${tokenDefault}`,
      )
        .env("GVPIE_HTTP_TOKEN")
        .argParser(parsePath),
    )
    .addOption(
      new Option("--http-host <name>", "another name of this machine in requests; may be repeated")
        .env("GVPIE_HTTP_HOST")
        .argParser((name: string, before?: readonly string[]) => [...(before ?? []), parseName(name)]),
    )
    .addOption(
      new Option(
        "--metrics-file <file>",
        "write the metrics to this file every 15 s, for Prometheus's node exporter",
      )
        .env("GVPIE_METRICS_FILE")
        .argParser(parseMetricsPath),
    );
}

/** Returns the settings; undefined without `--http`. */
export function httpConfigOf(
  { http, httpToken, httpHost }: HttpFlags,
  defaultToken: string,
): HttpConfig | undefined {
  if (http === undefined) return undefined;
  return { address: http, token: httpToken ?? defaultToken, names: httpHost ?? [] };
}

function parseName(name: string): string {
  if (!/^[a-z0-9._-]{1,253}$/i.test(name)) {
    throw new InvalidArgumentError("Expected a host name without a port, such as panel.example.org.");
  }
  return name.toLowerCase();
}

/** The exporter reads no other names. */
function parseMetricsPath(path: string): string {
  if (!path.endsWith(".prom")) throw new InvalidArgumentError("Expected a path that ends with .prom.");
  return path;
}
