import type { HttpApp, HttpRequest, HttpResponse, Route } from "@gvpie/app-common/http";
import { StoreError, type ScriptStore } from "@gvpie/daemon/store";
import { readAssets } from "./assets.ts";
import { formRoutes, NOTICES, statusOf } from "./forms.ts";
import { countsOf, createOverviews } from "./overviews.ts";
import { documentOf, type LayoutData, type View } from "./layout.ts";
import { createLive } from "./live.ts";
import { PageError } from "./page-error.ts";
import { pictureRoutes } from "./picture-routes.ts";
import { viewRoutes, type ViewRoute } from "./view-routes.ts";
import { loginPage } from "./views/login.ts";
import { problemView } from "./views/problem.ts";

const HTML = "text/html; charset=utf-8";

/** Options of {@link createPage}. */
export interface PageOptions {
  /** Closed by the caller. */
  readonly store: ScriptStore;
  /** Unix milliseconds. Default `Date.now`. */
  readonly now?: () => number;
}

/** Creates the page for operators. */
export function createPage({ store, now = Date.now }: PageOptions): HttpApp {
  const overviews = createOverviews(store, now);
  const live = createLive(store);

  async function respond(request: HttpRequest, view: View, status = 200): Promise<HttpResponse> {
    const data: LayoutData = {
      now: now(),
      csrf: request.csrf ?? "",
      notice: NOTICES.get(request.query.get("done") ?? ""),
      counts: countsOf(await overviews.read()),
    };
    return { status, type: HTML, body: documentOf(view, data).toString() };
  }

  /** Turns the errors that a person can act on into a page. */
  const guarded = (route: Route): Route => ({
    ...route,
    handle: async (request) => {
      try {
        return await route.handle(request);
      } catch (error) {
        if (error instanceof PageError) {
          const title = error.status === 404 ? "Not found" : "That did not work";
          return respond(request, problemView(title, error.message), error.status);
        }
        if (!(error instanceof StoreError)) throw error;
        const view = problemView("That did not work", `${error.code}: ${error.message}`);
        const status = statusOf(error);
        // The layout of the page needs the database, too.
        return respond(request, view, status).catch(() => ({
          status,
          body: `${error.code}: the database cannot be used at the moment; the log of the daemon says why\n`,
        }));
      }
    },
  });

  const views: Route[] = viewRoutes({ store, overviews, now }).map(({ path, view }: ViewRoute) => ({
    method: "GET",
    path,
    handle: async (request) => respond(request, await view(request)),
  }));
  const assets: Route[] = readAssets().map(({ path, type, body, etag }) => ({
    method: "GET",
    path,
    access: "public",
    handle: () => ({ type, body, headers: { etag, "cache-control": "no-cache" } }),
  }));
  const events: Route = {
    method: "GET",
    path: "/events",
    handle: () => ({ events: (stream) => live.add(stream) }),
  };

  return {
    routes: [...[...views, ...formRoutes(store), ...pictureRoutes(store)].map(guarded), ...assets, events],
    login: ({ next, error }) => ({ type: HTML, body: loginPage({ next, error }).toString() }),
    close: () => live.close(),
  };
}
