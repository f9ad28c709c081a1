import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { TestProcess } from "@gvpie/testing";
import { startLoop } from "../processes.ts";

/** A `zero-human-daemon` that serves its page. */
export interface PageDaemon {
  readonly process: TestProcess;
  readonly origin: string;
  readonly token: string;
  /** Requests a path, and returns the body. Throws for a status other than 200. */
  ask(path: string): Promise<string>;
}

/** Milliseconds between two updates of a page, as in the script of the page. */
const PAUSE_MS = 1_000;

/** Starts the daemon, and resolves once it listens. */
export async function startPageDaemon(options: readonly string[]): Promise<PageDaemon> {
  const process = startLoop(["--http=127.0.0.1:0", ...options, "--log-level=info"]);
  const line = await process.waitForLine("; token in ");
  const [, origin = "", file = ""] = /(http:\/\/127\.0\.0\.1:\d+)\/; token in (.+)$/.exec(line) ?? [];
  const token = readFileSync(file, "utf8").trim();
  return {
    process,
    origin,
    token,
    async ask(path) {
      const reply = await request(origin, token, path);
      return reply.text();
    },
  };
}

async function request(origin: string, token: string, path: string, signal?: AbortSignal): Promise<Response> {
  const headers = { authorization: `Bearer ${token}` };
  const reply = await fetch(origin + path, { headers, redirect: "manual", ...(signal && { signal }) });
  if (reply.status !== 200) throw new Error(`${path}: expected the status 200, got ${reply.status}`);
  return reply;
}

/**
 * Does what a browser does that shows the overview: loads it anew when the server tells of a change, at most once a second, with the
 * pictures that are new. Resolves to the number of loads once `signal` is aborted.
 */
export async function watchPage({ origin, token }: PageDaemon, signal: AbortSignal): Promise<number> {
  const events = await request(origin, token, "/events", signal);
  const shown = new Set<string>();
  let [loads, isStale] = [0, true];
  const reading = (async () => {
    for await (const text of events.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      if (text.includes("event: change")) isStale = true;
    }
  })().catch(() => {});
  while (!signal.aborted) {
    if (isStale) {
      isStale = false;
      const page = await (await request(origin, token, "/")).text();
      const pictures = [...page.matchAll(/<img [^>]*src="([^"]+)"/g)].map(([, path = ""]) => path);
      for (const path of pictures.filter((one) => !shown.has(one))) {
        await (await request(origin, token, path)).arrayBuffer();
        shown.add(path);
      }
      loads++;
    }
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => {});
  }
  await reading;
  return loads;
}

/** Scrapes the metrics each second. Resolves to the number of scrapes once `signal` is aborted. */
export async function scrapeMetrics({ ask }: PageDaemon, signal: AbortSignal): Promise<number> {
  let scrapes = 0;
  while (!signal.aborted) {
    await ask("/metrics");
    scrapes++;
    await sleep(1_000, undefined, { signal }).catch(() => {});
  }
  return scrapes;
}
