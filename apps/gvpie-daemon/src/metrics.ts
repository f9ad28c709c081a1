import { adapterLabel } from "@gvpie/app-common";
import { Counter, gauge, Histogram, type MetricFamily, processMetrics } from "@gvpie/app-common/metrics";
import type { FileSocketServer, RenderHandler, RequestGrant, ServerEvent } from "@gvpie/file-socket";
import type { Backend } from "./backend.ts";

const RENDER_SECONDS = [0.001, 0.005, 0.025, 0.1, 0.5, 1.5, 5, 10, 30];

/** Counts the requests and renders of a server. */
export class Metrics {
  readonly #requests = new Counter("gvpie_renderer_requests_total", "Requests that have ended.");
  readonly #renders = new Histogram(
    "gvpie_renderer_render_duration_seconds",
    "Time that the backend took for one request.",
    RENDER_SECONDS,
  );
  /** Id of the request that was refused last; `slot` for that of the slot. The event of its reply follows at once. */
  #refused: unknown;
  #rendering = 0;

  /** Counts an event of the server. A refusal is followed by the event of its reply, which is not counted again. */
  count({ type, fields }: ServerEvent): void {
    const { via, status, id = "slot" } = fields;
    if (type === "refused") {
      this.#requests.add({ via: String(via), status: String(status) });
      this.#refused = id;
    } else if (type === "answered" || type === "dropped") {
      const wasRefused = this.#refused === id;
      this.#refused = undefined;
      if (wasRefused) return;
      this.#requests.add({ via: String(via), status: type === "answered" ? "ok" : "dropped" });
    }
  }

  /** Returns a handler that measures another one. */
  measured<G extends RequestGrant>(render: RenderHandler<G>): RenderHandler<G> {
    return (request, context) => {
      const startedAt = performance.now();
      this.#rendering++;
      const end = (backend: string): void => {
        this.#rendering--;
        this.#renders.observe({ backend }, (performance.now() - startedAt) / 1_000);
      };
      try {
        const reply = render(request, context);
        if (!(reply instanceof Promise)) {
          end(reply.backend);
          return reply;
        }
        return reply.then(
          (found) => {
            end(found.backend);
            return found;
          },
          (error: unknown) => {
            end("none");
            throw error;
          },
        );
      } catch (error) {
        end("none");
        throw error;
      }
    };
  }

  families(server: FileSocketServer, backend: Backend, version: string): MetricFamily[] {
    const { isServing, outstanding, overloaded } = server.load();
    const { info } = backend;
    const labels = { version, backend: info.backend, adapter: adapterLabel(info) };
    return [
      gauge("gvpie_renderer_info", "The version, and the backend that renders now.", [{ labels, value: 1 }]),
      gauge("gvpie_renderer_serving", "1 if the directory can be used, else 0.", Number(isServing)),
      gauge("gvpie_renderer_outstanding_requests", "Spool requests that wait or run.", outstanding),
      gauge(
        "gvpie_renderer_unread_replies",
        "Replies in the spool that no client has removed.",
        server.countUnreadReplies(),
      ),
      gauge("gvpie_renderer_rendering", "Requests that the backend renders now.", this.#rendering),
      {
        name: "gvpie_renderer_overloaded_requests_total",
        help: "Requests beyond the limits, refused as busy.",
        type: "counter",
        samples: [{ value: overloaded }],
      },
      this.#requests.family(),
      this.#renders.family(),
      ...processMetrics(),
    ];
  }
}
