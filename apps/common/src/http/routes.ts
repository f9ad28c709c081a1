import { HttpError } from "./http-error.ts";
import type { Route } from "./types.ts";

/** A route that matches a request. */
export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** The routes of a server. */
export class Router {
  readonly #routes: readonly { readonly route: Route; readonly pattern: RegExp }[];

  constructor(routes: readonly Route[]) {
    this.#routes = routes.map((route) => ({ route, pattern: patternOf(route.path) }));
  }

  /**
   * Returns the first route of a method and a path.
   *
   * @throws {HttpError} 400, 404 or 405.
   */
  match(method: string, path: string): Match {
    const wanted = method === "HEAD" ? "GET" : method;
    const allowed = new Set<string>();
    for (const { route, pattern } of this.#routes) {
      const found = pattern.exec(path);
      if (found === null) continue;
      if (route.method === wanted) return { route, params: decoded(found.groups) };
      allowed.add(route.method === "GET" ? "GET, HEAD" : route.method);
    }
    if (allowed.size === 0) throw new HttpError(404, "not found");
    const allow = [...allowed].join(", ");
    throw new HttpError(405, `expected the method ${allow.replaceAll(", ", " or ")}`, { allow });
  }
}

function patternOf(path: string): RegExp {
  const pattern = path.replace(/:([a-z]+)|[.*+?^${}()|[\]\\]/gi, (found, name: string | undefined) =>
    name === undefined ? `\\${found}` : `(?<${name}>[^/]+?)`,
  );
  return new RegExp(`^${pattern}$`);
}

function decoded(groups: Readonly<Record<string, string>> = {}): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, text]) => [name, decodeURIComponent(text)]));
  } catch {
    throw new HttpError(400, "expected a percent-encoded path in UTF-8");
  }
}
