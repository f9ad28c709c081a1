import type { IncomingHttpHeaders } from "node:http";
import { AttemptLimiter } from "./attempt-limiter.ts";
import { HttpError } from "./http-error.ts";
import { isSameSecret, newSecret, SecretMap } from "./secrets.ts";

const SESSION_SECONDS = 30 * 24 * 60 * 60;
const MAX_SESSIONS = 64;
const CODE_MS = 60_000;
const MAX_CODES = 16;
/** Cookies of the session's name that are examined: a page on another port of the same host can set some. */
const MAX_COOKIES = 8;

/** The result for a request with the token, or with a session that was opened with it. */
export interface Authentication {
  /** Undefined for a bearer token. */
  readonly session: { readonly id: string; readonly csrf: string } | undefined;
}

/** Checks the token, and keeps the sessions and the one-time codes. */
export class Authenticator {
  readonly #token: string;
  readonly #cookie: string;
  readonly #attempts: AttemptLimiter;
  readonly #sessions: SecretMap<{ readonly csrf: string }>;
  readonly #codes: SecretMap<true>;

  /**
   * @param cookie name of the cookie. It contains the port, because browsers send the cookies of all ports of a host.
   * @param now in ms, monotonic.
   */
  constructor(token: string, cookie: string, now: () => number) {
    this.#token = token;
    this.#cookie = cookie;
    this.#attempts = new AttemptLimiter(now);
    this.#sessions = new SecretMap(now, SESSION_SECONDS * 1_000, MAX_SESSIONS);
    this.#codes = new SecretMap(now, CODE_MS, MAX_CODES);
  }

  /**
   * Returns the authentication of a request; undefined if it has neither a token nor a session.
   *
   * @throws {HttpError} 401 or 429 for a wrong token.
   */
  authenticate({ headers }: { readonly headers: IncomingHttpHeaders }): Authentication | undefined {
    const { authorization, cookie = "" } = headers;
    if (authorization !== undefined) {
      const [, token = ""] = /^bearer +([!-~]+) *$/i.exec(authorization) ?? [];
      if (!isSameSecret(token, this.#token)) throw this.refuse();
      return { session: undefined };
    }
    for (const id of cookiesOf(cookie, this.#cookie)) {
      const session = this.#sessions.get(id);
      if (session !== undefined) return { session: { id, ...session } };
    }
    return undefined;
  }

  /** Checks a token or a one-time code, which is used up. Returns the header of a new session's cookie; undefined if it is wrong. */
  logIn(key: string): string | undefined {
    const isCode = this.#codes.take(key) === true;
    if (!isCode && !isSameSecret(key, this.#token)) return undefined;
    return this.#header(this.#sessions.add({ csrf: newSecret() }), SESSION_SECONDS);
  }

  /** Ends a session. Returns the header that removes its cookie. */
  logOut(id: string): string {
    this.#sessions.take(id);
    return this.#header("", 0);
  }

  /** Returns a new code, which opens one session within a minute. */
  newCode(): string {
    return this.#codes.add(true);
  }

  /**
   * Counts a wrong token or code, and returns the reply: 401 or 429. A right one is never refused, because a flood of wrong ones must
   * not lock the operator out.
   */
  refuse(): HttpError {
    if (!this.#attempts.count()) return new HttpError(429, "too many wrong tokens", { "retry-after": "1" });
    return new HttpError(401, "expected the token of the server's token file, got another one", {
      "www-authenticate": "Bearer",
    });
  }

  #header(id: string, maxAge: number): string {
    return `${this.#cookie}=${id}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${maxAge}`;
  }
}

function cookiesOf(header: string, name: string): string[] {
  const found = header.split(";").map((cookie) => cookie.trim().split("=", 2));
  return found
    .filter(([key]) => key === name)
    .flatMap(([, value]) => value ?? [])
    .slice(0, MAX_COOKIES);
}
