import { isIPv4, isIPv6 } from "node:net";
import { InvalidArgumentError } from "commander";

/** The address of a server. */
export interface HttpAddress {
  /** An IP address, or `localhost`. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
}

/** Parses the value of `--http`: `127.0.0.1:8437`, `[::1]:8437` or `localhost:0`. */
export function parseHttpAddress(text: string): HttpAddress {
  const [, v6 = "", v4 = "", digits = ""] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const isHost = v6 === "" ? v4 === "localhost" || isIPv4(v4) : isIPv6(v6);
  if (!isHost || digits === "" || port > 65_535) {
    throw new InvalidArgumentError("Expected an address and a port, such as 127.0.0.1:8437 or [::1]:8437.");
  }
  return { host: v6 === "" ? v4 : v6, port };
}

/** Returns the address of a page of a server, for people. */
export function urlOf({ host, port }: HttpAddress): string {
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}/`;
}

/** True if only processes of this machine reach the address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
