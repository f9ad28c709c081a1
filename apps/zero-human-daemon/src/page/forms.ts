import { parseDuration } from "@gvpie/app-common";
import { redirect, type HttpRequest, type HttpResponse, type Route } from "@gvpie/app-common/http";
import {
  MAX_INTERVAL_MS,
  type StoreError,
  type ScriptOptionsPatch,
  type ScriptStore,
  type ScriptSummary,
} from "@gvpie/daemon/store";
import { PageError } from "./page-error.ts";
import { parseId } from "./parse-request.ts";

/** Sentences that the page shows after a form, by the value of `done`. */
export const NOTICES: ReadonlyMap<string, string> = new Map([
  ["run", "A run is requested. It starts as soon as a slot is free, also if the script is paused."],
  ["paused", "Paused. A run in progress goes on."],
  ["resumed", "Resumed."],
  ["interval", "The interval is set."],
  ["cron", "The cron line is set."],
  ["default", "The script starts at the interval of the loop again."],
]);

/** Returns the routes of the forms. The server has checked their origin and their token. */
export function formRoutes(store: ScriptStore): Route[] {
  const post = (
    path: string,
    act: (form: URLSearchParams, script: ScriptSummary) => Promise<string>,
  ): Route => ({
    method: "POST",
    path,
    handle: async ({ params, form }: HttpRequest): Promise<HttpResponse> => {
      const script = await store.findScript(parseId(params["id"]));
      if (script === undefined) throw new PageError(404, "There is no such script.");
      const done = await act(form, script);
      return redirect(`/scripts/${script.id}?done=${done}`);
    },
  });
  const patch = async (name: string, options: ScriptOptionsPatch): Promise<void> => {
    await store.updateScript(name, { patchOptions: options });
  };

  return [
    post("/scripts/:id/run", async (_, { name }) => {
      await store.requestRun(name);
      return "run";
    }),
    post("/scripts/:id/pause", async (form, { name }) => {
      const paused = isPaused(form);
      await store.setPaused(name, paused);
      return paused ? "paused" : "resumed";
    }),
    post("/scripts/:id/interval", async (form, { name }) => {
      const text = field(form, "interval");
      await patch(name, { intervalMs: text === "" ? null : parseInterval(text) });
      return text === "" ? "default" : "interval";
    }),
    post("/scripts/:id/cron", async (form, { name }) => {
      const cron = field(form, "cron");
      const zone = field(form, "zone");
      if (cron === "" && zone !== "") {
        throw new PageError(400, "expected a cron line for the time zone, got none");
      }
      await patch(name, { cron: cron || null, timeZone: zone || null });
      return cron === "" ? "default" : "cron";
    }),
    {
      method: "POST",
      path: "/pause",
      handle: async ({ form }) => {
        const paused = isPaused(form);
        await store.setPaused(undefined, paused);
        return redirect(`/daemons?done=${paused ? "paused" : "resumed"}`);
      },
    },
  ];
}

function field(form: URLSearchParams, name: string): string {
  return (form.get(name) ?? "").trim();
}

function isPaused(form: URLSearchParams): boolean {
  const value = form.get("paused");
  if (value !== "0" && value !== "1") {
    throw new PageError(400, `paused: expected 0 or 1, got ${JSON.stringify(value)}`);
  }
  return value === "1";
}

function parseInterval(text: string): number {
  try {
    return parseDuration(text, { maxMs: MAX_INTERVAL_MS, bare: "s" });
  } catch (error) {
    throw new PageError(400, `interval: ${(error as Error).message}`, { cause: error });
  }
}

/** Returns the status for an error of the store. */
export function statusOf(error: StoreError): number {
  if (error.code === "STORE_BAD_SCRIPT") return 400;
  return /^STORE_NO_(?:SCRIPT|VERSION|REQUEST)$/.test(error.code) ? 404 : 503;
}
