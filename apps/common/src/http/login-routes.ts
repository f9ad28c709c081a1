import type { Authenticator } from "./authenticator.ts";
import type { HttpResponse, LoginPage } from "./types.ts";

const MAX_NEXT = 2_048;

/** Shows the login form. */
export function showLogin(page: LoginPage, query: URLSearchParams): HttpResponse {
  return page({ next: localPath(query.get("next")), error: undefined });
}

/** Exchanges the token, or a one-time code, for a session. */
export function logIn(authenticator: Authenticator, page: LoginPage, form: URLSearchParams): HttpResponse {
  const next = localPath(form.get("next"));
  const cookie = authenticator.logIn((form.get("key") ?? "").trim());
  if (cookie !== undefined) return redirect(next, { "set-cookie": cookie });
  const { status, message, headers } = authenticator.refuse();
  const error =
    status === 429
      ? `${message}; wait a second`
      : "expected the token, or a code that is not used or older than a minute";
  return { ...page({ next, error }), status, headers };
}

/** Returns the path of the login form for a page that needs a session. */
export function loginPath(path: string): string {
  return path === "/" ? "/login" : `/login?next=${encodeURIComponent(path)}`;
}

/** Returns a reply that sends a browser to a path of this server, by GET. */
export function redirect(path: string, headers: HttpResponse["headers"] = {}): HttpResponse {
  return { status: 303, headers: { ...headers, location: path } };
}

/** Returns the path if it names a page of this server; otherwise `/`. A browser takes `//` and `/\` for another host. */
function localPath(path: string | null): string {
  return path !== null && path.length <= MAX_NEXT && /^\/(?!\/)[!-[\]-~]*$/.test(path) ? path : "/";
}
