import type { IncomingHttpHeaders } from "node:http";
import type { MetricFamily } from "../metrics/types.ts";

/** A request whose host, method, size, token and, for a POST, origin are checked. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST";
  /** Percent-encoded, as sent; begins with one slash. */
  readonly path: string;
  /** The decoded values of the route's `:names`. May contain any character. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The fields of a POST; empty for other methods. */
  readonly form: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /**
   * Value of the hidden field `csrf` of each form; undefined for a request with a bearer token, which no other page can make a
   * browser send.
   */
  readonly csrf: string | undefined;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

/** A reply. Every one gets the headers against scripts, frames and sniffing; `HEAD` gets no body. */
export interface HttpResponse {
  /** Default 200. */
  readonly status?: number;
  /** Default `text/plain; charset=utf-8`. */
  readonly type?: string;
  /** An `etag` that the client has makes the reply 304. Default `cache-control`: `no-store`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** In place of a body: server-sent events. Called once the headers are sent. */
  readonly events?: (stream: EventStream) => void;
}

/** Server-sent events of one client. A client that reads too slowly is disconnected. */
export interface EventStream {
  /** Sends an event. `data` may have several lines. */
  send(event: string, data: string): void;
  /** Aborted when the client has gone or the server closes. */
  readonly signal: AbortSignal;
  close(): void;
}

/** The handler of one method and path. */
export interface Route {
  readonly method: "GET" | "POST";
  /** Such as `/runs/:id` or `/pictures/:run.png`; a `:name` matches one or more characters except `/`. GET also serves HEAD. */
  readonly path: string;
  /** `token`: a bearer token or a session; a browser without one is sent to the login form. Default `token`. */
  readonly access?: "public" | "token";
  /** An error becomes 500, without details for the client. */
  handle(request: HttpRequest): HttpResponse | Promise<HttpResponse>;
}

/** A check of the process, as `/healthz` and the operator's page need it. */
export interface Health {
  readonly isHealthy: boolean;
}

/** The main thread, as the thread of the HTTP server sees it. */
export interface MainThread {
  /** Undefined if the main thread does not reply within 2 s. At most one question is open at a time; replies are kept for 200 ms. */
  health(): Promise<Health | undefined>;
  /** As {@link health}. */
  metrics(): Promise<readonly MetricFamily[] | undefined>;
  /** Calls `listener` for each event that the main thread publishes. The result ends that. */
  onEvent(listener: (event: unknown) => void): () => void;
  readonly log: HttpLog;
}

/** Writes a message to the log of the process. */
export type HttpLog = (level: "debug" | "info" | "warn" | "error", message: string) => void;

/** The parts of a server that an app adds. */
export interface HttpApp {
  readonly routes: readonly Route[];
  /** The login form at `/login`. Without it there are no sessions, only bearer tokens. */
  readonly login?: LoginPage;
  /** Metrics that the thread adds to those of the main thread. An error leaves them out. */
  metrics?(): Promise<readonly MetricFamily[]>;
  /** Called when the server has closed. */
  close?(): void | Promise<void>;
}

/**
 * Returns the page with the login form: a POST to `/login` with the fields `key`, which takes the token or a one-time code, and
 * `next`, a hidden one. A script of the page may fill in `key` from the fragment of the address and submit it.
 */
export type LoginPage = (facts: {
  /** The path to go to afterwards. */
  readonly next: string;
  /** One sentence; undefined before the first try. */
  readonly error: string | undefined;
}) => HttpResponse;
