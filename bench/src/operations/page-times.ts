import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openStore } from "@gvpie/daemon/store";
import { waitUntil } from "@gvpie/testing";
import { type Browser, findChromium, startBrowser } from "@gvpie/testing/browser";
import { type Effort, shuffled, summary } from "../harness.ts";
import { startRenderer } from "../processes.ts";
import type { RaceResult, Timing } from "../results.ts";
import { type PageDaemon, startPageDaemon } from "./page-daemon.ts";

const ROUNDS = 9;
/** Warm requests of each view and round. */
const WARM = 5;
/** Scripts of the first page of the overview. */
const SHOWN = 48;
const VIEWS = ["/", "/scripts/1", "/runs", "/runs?result=failed", "/daemons"];

/** Bundles the scripts of the page. */
export function buildPage(): void {
  const build = new URL("../../../apps/zero-human-daemon/build-page.mjs", import.meta.url);
  execFileSync(process.execPath, [fileURLToPath(build)]);
}

type Samples = Map<string, number[]>;

/**
 * Measures the time to the whole reply of each view, and to the first paint in a browser: `first` for the first request after the
 * start of the daemon, without the start, and `again` for later ones.
 */
export async function* measurePage(
  dir: string,
  database: string,
  { scale }: Effort,
): AsyncGenerator<RaceResult> {
  const socket = join(dir, "socket");
  const cartridges = join(dir, "cartridges");
  const renderer = await startRenderer(socket);
  const start = (): Promise<PageDaemon> =>
    startPageDaemon([`--db=${database}`, `--cartridges=${cartridges}`, `--dir=${socket}`, "--interval=1d"]);
  const executable = findChromium();
  if (executable === undefined) console.log("\nno Chromium: first paint is not measured");
  const browser = executable === undefined ? undefined : await startBrowser(executable);
  const replies: Samples = new Map();
  const paints: Samples = new Map();
  try {
    await drawShown(database, start);
    for (let round = 0; round < Math.max(2, ROUNDS * scale); round++) {
      for (const view of shuffled(VIEWS)) await withDaemon(start, (page) => askTimes(page, view, replies));
      if (browser) await withDaemon(start, (page) => paintTimes(page, browser, paints));
    }
  } finally {
    await browser?.close();
    await renderer.kill("SIGTERM");
  }
  yield {
    kind: "race",
    id: "operations/page",
    title: "a view of the page, whole reply",
    timings: timingsOf(replies),
  };
  if (paints.size === 0) return;
  yield {
    kind: "race",
    id: "operations/paint",
    title: "the overview in a browser",
    timings: timingsOf(paints),
  };
}

async function withDaemon(
  start: () => Promise<PageDaemon>,
  measure: (page: PageDaemon) => Promise<void>,
): Promise<void> {
  const page = await start();
  try {
    await measure(page);
  } finally {
    await page.process.kill("SIGTERM");
  }
}

/** Runs the scripts of the first page, so that it has pictures. */
async function drawShown(database: string, start: () => Promise<PageDaemon>): Promise<void> {
  await using store = await openStore({ path: database });
  await withDaemon(start, async () => {
    for (const { name } of await store.browseScripts({ limit: SHOWN })) {
      const request = await store.requestRun(name);
      await waitUntil(async () => (await store.findRequestedRun(request)) !== undefined);
    }
    await waitUntil(async () => (await store.readOverview({ failuresSince: "9" })).runningCount === 0);
  });
}

async function askTimes({ ask }: PageDaemon, view: string, samples: Samples): Promise<void> {
  for (let i = 0; i <= WARM; i++) {
    const start = performance.now();
    await ask(view);
    add(samples, `${view}, ${i === 0 ? "first" : "again"}`, performance.now() - start);
  }
}

async function paintTimes({ origin, token }: PageDaemon, browser: Browser, samples: Samples): Promise<void> {
  const session = await browser.newContext({ baseURL: origin });
  try {
    const page = await session.newPage();
    await page.goto("/login");
    await page.getByLabel("Token").fill(token);
    await Promise.all([
      page.waitForURL(({ pathname }: URL) => pathname === "/"),
      page.getByRole("button", { name: "Sign in" }).click(),
    ]);
    for (let i = 0; i <= WARM; i++) {
      // The page that the login led to is the first one.
      if (i > 0) await page.goto("/");
      const paint = await page.waitForFunction(
        () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
      );
      const when = i === 0 ? "first" : "again";
      add(samples, `first paint, ${when}`, Number(await paint.jsonValue()));
      await page.waitForLoadState("load");
      const loaded = await page.evaluate(() => performance.getEntriesByType("navigation")[0]?.duration);
      add(samples, `all pictures, ${when}`, Number(loaded));
    }
  } finally {
    await session.close();
  }
}

function add(samples: Samples, name: string, ms: number): void {
  const all = samples.get(name) ?? [];
  samples.set(name, all);
  all.push(ms * 1_000);
}

function timingsOf(samples: Samples): Timing[] {
  return [...samples]
    .map(([name, all]) => ({ name, role: "ours" as const, ...summary(all) }))
    .sort((a, b) => a.name.localeCompare(b.name));
}
