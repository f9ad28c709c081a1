import type { ServerResponse } from "node:http";
import { HttpError } from "./http-error.ts";
import type { EventStream } from "./types.ts";

const MAX_STREAMS = 32;
/** Bytes that may wait for a client. */
const MAX_WAITING_BYTES = 262_144;
/** A comment as often as this keeps proxies from closing a quiet stream. */
const COMMENT_MS = 15_000;

/** The open streams of server-sent events. */
export class EventStreams {
  readonly #open = new Set<ServerResponse>();
  readonly #timer = setInterval(() => {
    for (const response of this.#open) write(response, ":\n\n");
  }, COMMENT_MS);

  constructor() {
    this.#timer.unref();
  }

  /** @throws {HttpError} 503 if no client may be added. */
  checkRoom(): void {
    if (this.#open.size < MAX_STREAMS) return;
    throw new HttpError(503, `expected at most ${MAX_STREAMS} pages with live updates`, {
      "retry-after": "15",
    });
  }

  /** Makes a response whose head was sent a stream. */
  add(response: ServerResponse): EventStream {
    const controller = new AbortController();
    this.#open.add(response);
    response.once("close", () => {
      this.#open.delete(response);
      controller.abort();
    });
    return {
      signal: controller.signal,
      send(event, data) {
        if (!/^[a-z-]+$/.test(event)) {
          throw new TypeError(`expected an event named in a-z and -, got ${event}`);
        }
        const lines = data.split(/\r\n|[\r\n]/).map((line) => `data: ${line}\n`);
        write(response, `event: ${event}\n${lines.join("")}\n`);
      },
      close: () => response.end(),
    };
  }

  close(): void {
    clearInterval(this.#timer);
    for (const response of this.#open) response.end();
  }
}

function write(response: ServerResponse, text: string): void {
  if (response.writableEnded) return;
  response.write(text);
  if (response.writableLength > MAX_WAITING_BYTES) response.socket?.destroy();
}
