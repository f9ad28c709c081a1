import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { formatMetrics } from "../metrics/format.ts";
import { type Authentication, Authenticator } from "./authenticator.ts";
import { Connections } from "./connections.ts";
import { EventStreams } from "./event-streams.ts";
import { checkNoBody, readForm } from "./form.ts";
import { checkHost, checkOrigin } from "./hosts.ts";
import { HttpError } from "./http-error.ts";
import { loginPath, logIn, redirect, showLogin } from "./login-routes.ts";
import { replyOf, Responder } from "./respond.ts";
import { Router } from "./routes.ts";
import { isSameSecret } from "./secrets.ts";
import type { HttpApp, HttpRequest, HttpResponse, MainThread, Route } from "./types.ts";

const TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 256;
const MAX_HEADER_BYTES = 16_384;
const MAX_REQUESTS_PER_CONNECTION = 1_000;
/** Milliseconds that close() waits for replies in progress. */
const CLOSE_MS = 1_000;
const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export interface HttpServerOptions {
  /** An address of this machine. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Names of this machine that a Host header may have, besides those of the loopback and the address of the connection. */
  readonly names?: readonly string[];
  readonly token: string;
  readonly app: HttpApp;
  readonly main: MainThread;
  /** Default 256. */
  readonly maxConnections?: number;
  /** Milliseconds for the head, the body, and the client's reading of a small reply. Default 10,000. */
  readonly timeoutMs?: number;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

/** A running server. */
export interface HttpServer {
  readonly port: number;
  /** Stops listening, ends the streams, and gives replies in progress a second. */
  close(): Promise<void>;
}

/**
 * Starts the server of a daemon: `/healthz` for everybody, `/metrics` for a token, and the routes of the app.
 *
 * @throws the error of `listen`, such as EADDRINUSE.
 */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { host, port, maxConnections = MAX_CONNECTIONS, timeoutMs = TIMEOUT_MS } = options;
  const server = createServer({
    headersTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    connectionsCheckingInterval: Math.min(1_000, timeoutMs / 4),
    keepAliveTimeout: timeoutMs / 2,
    maxHeaderSize: MAX_HEADER_BYTES,
  });
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_CONNECTION;
  const connections = new Connections(maxConnections);
  server.on("connection", (socket) => connections.add(socket));
  server.on("clientError", refuse);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  const handler = new RequestHandler(options, bound, timeoutMs);
  server.on("request", (request, response) => {
    const end = connections.begin(request.socket);
    response.once("close", end);
    void handler.serve(request, response);
  });
  return {
    port: bound,
    async close() {
      handler.close();
      await closeServer(server);
      await options.app.close?.();
    },
  };
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = new AbortController();
  await Promise.race([closed, sleep(CLOSE_MS, undefined, { signal: timer.signal }).catch(() => {})]);
  timer.abort();
  server.closeAllConnections();
  await closed;
}

/** Answers what is not a request. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const isLate = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
  const status = isLate
    ? "408 Request Timeout"
    : error.code === "HPE_HEADER_OVERFLOW"
      ? "431 Request Header Fields Too Large"
      : "400 Bad Request";
  socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`, () => socket.destroy());
}

/** Checks requests and passes them to the routes. */
class RequestHandler {
  readonly #options: HttpServerOptions;
  readonly #names: readonly string[];
  readonly #authenticator: Authenticator;
  readonly #router: Router;
  readonly #responder: Responder;
  readonly #streams = new EventStreams();

  constructor(options: HttpServerOptions, port: number, timeoutMs: number) {
    const { app, token, names = [], now = () => performance.now() } = options;
    this.#options = options;
    this.#names = names.map((name) => name.toLowerCase());
    this.#authenticator = new Authenticator(token, `gvpie_session_${port}`, now);
    this.#responder = new Responder(timeoutMs);
    this.#router = new Router([...this.#ownRoutes(), ...app.routes]);
  }

  close(): void {
    this.#streams.close();
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let reply: HttpResponse;
    try {
      reply = await this.#answer(request, response);
      if (reply.events !== undefined) this.#streams.checkRoom();
    } catch (error) {
      if (!(error instanceof HttpError)) {
        this.#options.main.log("error", `${request.method} failed: ${stackOf(error)}`);
      }
      const refusal = error instanceof HttpError ? error : new HttpError(500, "internal error; see the log");
      // The body, if there is one, is not read.
      response.shouldKeepAlive = false;
      reply = replyOf(refusal);
    }
    if (response.destroyed) return;
    if (reply.events === undefined || request.method === "HEAD") {
      this.#responder.send(request, response, reply);
      return;
    }
    this.#responder.sendHead(response, { type: "text/event-stream", ...reply });
    reply.events(this.#streams.add(response));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<HttpResponse> {
    checkHost(request, this.#names);
    const { method = "", url = "" } = request;
    const [, path = "", search = ""] = /^(\/(?!\/)[!-~]*?)(?:\?([!-~]*))?$/.exec(url) ?? [];
    if (path === "") {
      throw new HttpError(400, "expected a path that begins with one slash, got another target");
    }
    const { route, params } = this.#router.match(method, path);
    if (method !== "POST") checkNoBody(request);
    let authentication: Authentication | undefined;
    if (route.access !== "public") {
      authentication = this.#authenticator.authenticate(request);
      if (authentication === undefined) return this.#askForToken(request, url);
    }
    // The login itself has no session to protect, but must not open one that another page has chosen.
    const isBearer = authentication !== undefined && authentication.session === undefined;
    if (method === "POST" && !isBearer) checkOrigin(request);
    const form = method === "POST" ? await readForm(request) : new URLSearchParams();
    const csrf = authentication?.session?.csrf;
    if (method === "POST" && csrf !== undefined && !isSameSecret(form.get("csrf") ?? "", csrf)) {
      throw new HttpError(403, "expected the form of a page of this session; load the page again");
    }
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const { headers } = request;
    const query = new URLSearchParams(search);
    const facts = { method: method as HttpRequest["method"], path, params, query, form, headers, csrf };
    return route.handle({ ...facts, signal: gone.signal });
  }

  #askForToken({ method, headers }: IncomingMessage, url: string): HttpResponse {
    const isPage = method === "GET" && (headers.accept ?? "").includes("text/html");
    if (isPage && this.#options.app.login !== undefined) return redirect(loginPath(url));
    throw new HttpError(401, "expected the token of the server's token file as a bearer token, got none", {
      "www-authenticate": "Bearer",
    });
  }

  #logOut(headers: IncomingHttpHeaders): HttpResponse {
    const { session } = this.#authenticator.authenticate({ headers }) ?? {};
    if (session === undefined) throw new HttpError(403, "expected a session, got a bearer token");
    return redirect("/login", { "set-cookie": this.#authenticator.logOut(session.id) });
  }

  async #metricsReply(): Promise<HttpResponse> {
    const { app, main } = this.#options;
    const families = await main.metrics();
    if (families === undefined) {
      throw new HttpError(503, "the main thread does not answer", { "retry-after": "2" });
    }
    const own = await app
      .metrics?.()
      .catch((error: unknown) => main.log("warn", `metrics: ${stackOf(error)}`));
    return { type: METRICS_TYPE, body: formatMetrics([...families, ...(own ?? [])]) };
  }

  #ownRoutes(): Route[] {
    const { app, main } = this.#options;
    const { login } = app;
    const routes: Route[] = [
      { method: "GET", path: "/healthz", access: "public", handle: () => healthReply(main) },
      { method: "GET", path: "/metrics", handle: () => this.#metricsReply() },
    ];
    if (login === undefined) return routes;
    return [
      ...routes,
      { method: "GET", path: "/login", access: "public", handle: ({ query }) => showLogin(login, query) },
      {
        method: "POST",
        path: "/login",
        access: "public",
        handle: ({ form }) => logIn(this.#authenticator, login, form),
      },
      { method: "POST", path: "/logout", handle: ({ headers }) => this.#logOut(headers) },
      { method: "POST", path: "/login/code", handle: ({ csrf }) => this.#codeReply(csrf) },
    ];
  }

  /** A code for `gvpie page`, which has the token: a session gets none. */
  #codeReply(csrf: string | undefined): HttpResponse {
    if (csrf !== undefined) throw new HttpError(403, "expected a bearer token, got a session");
    return { body: `${this.#authenticator.newCode()}\n` };
  }
}

async function healthReply(main: MainThread): Promise<HttpResponse> {
  const isHealthy = (await main.health())?.isHealthy === true;
  return isHealthy ? { body: "ok\n" } : { status: 503, body: "bad\n" };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
