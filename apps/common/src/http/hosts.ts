import type { IncomingMessage } from "node:http";
import { printable } from "../printable.ts";
import { HttpError } from "./http-error.ts";

const LOOPBACK = ["localhost", "127.0.0.1", "::1"];
/** UTF-16 code units of a header that a message repeats. */
const SHOWN = 80;

/**
 * Refuses a request for another host: a page of any site can give its own name the address of this machine, and its requests
 * would then count as same-origin.
 *
 * @param names further names, in lower case.
 * @throws {HttpError} 400 or 421.
 */
export function checkHost(request: IncomingMessage, names: readonly string[]): void {
  const count = request.rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === "host").length;
  const header = request.headers.host ?? "";
  if (count !== 1) throw new HttpError(400, `expected one Host header, got ${count}`);
  const host = hostOf(header);
  // No page has the origin of an address that it was not loaded from.
  const address = request.socket.localAddress?.replace(/^::ffff:/, "");
  const isAllowed =
    host !== undefined && (LOOPBACK.includes(host) || host === address || names.includes(host));
  if (isAllowed) return;
  throw new HttpError(
    421,
    `expected a Host header with ${[...LOOPBACK, ...names].join(", ")}, got ${printable(header.slice(0, SHOWN))}; ` +
      "name it with --http-host",
  );
}

/** Returns the host of a Host header in lower case, without port and brackets. */
function hostOf(header: string): string | undefined {
  const [, address, name] =
    /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9._-]{1,253}))(?::\d{1,5})?$/i.exec(header) ?? [];
  return (address ?? name)?.toLowerCase();
}

/**
 * Refuses a request that a page of another origin has made the browser send.
 *
 * @throws {HttpError} 403.
 */
export function checkOrigin({ headers }: IncomingMessage): void {
  const { origin, host, "sec-fetch-site": site } = headers;
  const isForeignSite = site !== undefined && site !== "same-origin";
  const isForeignOrigin = origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`;
  if (isForeignSite || isForeignOrigin || (site === undefined && origin === undefined)) {
    const got = printable((origin ?? "none").slice(0, SHOWN));
    throw new HttpError(403, `expected a request from a page of this server, got one of origin ${got}`);
  }
}
