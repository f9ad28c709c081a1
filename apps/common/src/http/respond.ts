import type { IncomingMessage, ServerResponse } from "node:http";
import { HttpError } from "./http-error.ts";
import type { HttpResponse } from "./types.ts";

/** Bytes of the bodies that are being sent, of all clients. */
const MAX_SENDING_BYTES = 134_217_728;
/** Bytes of a reply that give the client another timeout to read it: 256 KiB a second. */
const BYTES_PER_TIMEOUT = 2_621_440;

const HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; "),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  // Not no-referrer: a browser would send the forms of this server with the origin null.
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
};

/** Sends replies, and disconnects the clients that do not read them. */
export class Responder {
  readonly #timeoutMs: number;
  #sendingBytes = 0;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Sends the head of a reply without a body of its own, such as a stream. */
  sendHead(response: ServerResponse, { status = 200, type, headers }: HttpResponse): void {
    response.writeHead(status, {
      ...HEADERS,
      ...(type !== undefined && { "content-type": type }),
      ...headers,
    });
    response.flushHeaders();
  }

  send(request: IncomingMessage, response: ServerResponse, reply: HttpResponse): void {
    const { status = 200, type = "text/plain; charset=utf-8", headers = {}, body = "" } = reply;
    if (status === 200 && isKnown(request.headers["if-none-match"], headers["etag"])) {
      response.writeHead(304, { ...HEADERS, ...headers });
      response.end();
      return;
    }
    const bytes =
      typeof body === "string"
        ? Buffer.from(body)
        : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    if (this.#sendingBytes + bytes.length > MAX_SENDING_BYTES) {
      const busy = new HttpError(503, "too many replies are being sent", { "retry-after": "1" });
      this.send(request, response, replyOf(busy));
      return;
    }
    response.writeHead(status, {
      ...HEADERS,
      "content-type": type,
      "content-length": String(bytes.length),
      ...headers,
    });
    this.#sendingBytes += bytes.length;
    const deadline = setTimeout(
      () => response.socket?.destroy(),
      this.#timeoutMs * (1 + bytes.length / BYTES_PER_TIMEOUT),
    );
    // After the last byte was given to the system, or the connection was lost.
    response.once("close", () => {
      clearTimeout(deadline);
      this.#sendingBytes -= bytes.length;
    });
    response.end(bytes);
  }
}

/** Returns the reply to a refused request. */
export function replyOf({ status, message, headers }: HttpError): HttpResponse {
  return { status, headers, body: `${message}\n` };
}

function isKnown(header: string | undefined, etag: string | undefined): boolean {
  if (header === undefined || etag === undefined) return false;
  return header.split(",").some((known) => known.trim().replace(/^W\//, "") === etag);
}
