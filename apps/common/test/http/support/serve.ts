import { request as sendRequest, type IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import type { HttpApp, HttpServerOptions, MainThread } from "@gvpie/app-common/http";
import { createHttpServer } from "@gvpie/app-common/http";
import { onTestFinished } from "vitest";

export const TOKEN = "a-token-of-the-tests-that-is-long-enough";

/** The reply to a request. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Default: the token of the tests. */
  readonly token?: string | null;
}

/** A main thread that is healthy and has no metrics. */
export const MAIN: MainThread = {
  health: async () => ({ isHealthy: true }),
  metrics: async () => [],
  onEvent: () => () => {},
  log: () => {},
};

/** Starts a server in this process. It is closed after the test. */
export async function serve(
  app: HttpApp = { routes: [] },
  options: Partial<HttpServerOptions> = {},
): Promise<{
  port: number;
  close: () => Promise<void>;
  send: (path: string, sent?: Sent) => Promise<Reply>;
}> {
  const server = await createHttpServer({
    host: "127.0.0.1",
    port: 0,
    token: TOKEN,
    app,
    main: MAIN,
    ...options,
  });
  const close = (): Promise<void> => server.close();
  onTestFinished(close);
  return { port: server.port, close, send: (path, sent) => send(server.port, path, sent) };
}

/** Sends one request on a connection of its own. */
export async function send(port: number, path: string, sent: Sent = {}): Promise<Reply> {
  const { method = "GET", headers = {}, body, token = TOKEN } = sent;
  const request = sendRequest({
    port,
    method,
    path,
    agent: false,
    headers: { ...(token !== null && { authorization: `Bearer ${token}` }), ...headers },
  });
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  request.on("error", reject);
  request.on("response", (response) => {
    const { statusCode: status = 0, headers: received } = response;
    text(response).then((found) => resolve({ status, headers: received, body: found }), reject);
  });
  request.end(body);
  return promise;
}
