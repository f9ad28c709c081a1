import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { median, type TestProcess, waitUntil } from "@gvpie/testing";
import { type Effort, shuffled } from "../harness.ts";
import { startCommand, startLoop, startRenderer } from "../processes.ts";
import type { Figures } from "../results.ts";
import { type PageDaemon, scrapeMetrics, startPageDaemon, watchPage } from "./page-daemon.ts";

const OPERATOR_ROUNDS = 15;
/** Fewer, because each starts three loops. */
const OPTION_ROUNDS = 9;
const MEASURE_MS = 3_000;
/** Runs after which a loop has warmed up. */
const WARM_RUNS = 2_000;
/** Milliseconds in which the work of an operator begins. */
const SETTLE_MS = 1_000;

/** Options that must not slow the loop down, by name. */
const IDLE_OPTIONS = ["none", "--http, no client", "--metrics-file"] as const;

/**
 * Measures the throughput of the loop while an operator works and while none does, in turn in one process, and with options in
 * processes of their own. Both rates of a ratio are of the same round. All scripts of the database are due.
 */
export async function* measureLoop(
  dir: string,
  database: string,
  { scale }: Effort,
): AsyncGenerator<Figures> {
  const socket = join(dir, "loop-socket");
  const renderer = await startRenderer(socket);
  const store: Store = { dir, socket, database };
  const rounds = (most: number): number => Math.max(3, Math.round(most * scale));
  try {
    yield await measureOperator(store, rounds(OPERATOR_ROUNDS));
    yield await measureOptions(store, rounds(OPTION_ROUNDS));
  } finally {
    await renderer.kill("SIGTERM");
  }
}

interface Store {
  readonly dir: string;
  readonly socket: string;
  readonly database: string;
}

async function measureOperator(store: Store, rounds: number): Promise<Figures> {
  const rates = { without: new Array<number>(), with: new Array<number>() };
  await withLoop(store, startPageDaemon, [], async (page) => {
    const { database } = store;
    for (let round = 0; round < rounds; round++) {
      for (const side of shuffled(["without", "with"] as const)) {
        rates[side].push(side === "with" ? await whileOperated(page, database) : await rateOf(database));
      }
    }
  });
  return {
    kind: "figures",
    id: "operations/loop",
    title: "the whole loop, with the page open, its metrics scraped each second, and old runs being deleted",
    figures: [
      { name: "without all three", value: median(rates.without), unit: "/s" },
      { name: "with", value: median(rates.with), unit: "/s" },
      { name: "ratio", value: median(ratios(rates.with, rates.without)), unit: "×" },
    ],
  };
}

async function measureOptions(store: Store, rounds: number): Promise<Figures> {
  const rates = IDLE_OPTIONS.map(() => new Array<number>());
  for (let round = 0; round < rounds; round++) {
    for (const [index, name] of shuffled([...IDLE_OPTIONS.entries()])) {
      const metrics = [`--metrics-file=${join(store.dir, "metrics.prom")}`];
      const [start, options] =
        name === "--http, no client" ? [startPageDaemon, []] : [startPlain, name === "none" ? [] : metrics];
      rates[index]?.push(await withLoop(store, start, options, () => rateOf(store.database)));
    }
  }
  const [none = [], ...others] = rates;
  return {
    kind: "figures",
    id: "operations/options",
    title: "the whole loop with options, against without",
    figures: others.map((all, index) => {
      return { name: IDLE_OPTIONS[index + 1] ?? "", value: median(ratios(all, none)), unit: "×" as const };
    }),
  };
}

async function startPlain(options: readonly string[]): Promise<{ readonly process: TestProcess }> {
  return { process: startLoop(options) };
}

/** Starts a loop, and calls `measure` once it has warmed up. */
async function withLoop<P extends { readonly process: TestProcess }, T>(
  { dir, socket, database }: Store,
  start: (options: readonly string[]) => Promise<P>,
  options: readonly string[],
  measure: (loop: P) => Promise<T>,
): Promise<T> {
  // A folder for each loop, because it lists the files when it starts.
  const cartridges = mkdtempSync(join(dir, "cartridges-"));
  const paths = [`--db=${database}`, `--cartridges=${cartridges}`, `--dir=${socket}`];
  const loop = await start([...paths, "--save=always", "--interval=0", "--concurrency=16", ...options]);
  try {
    const first = lastRun(database);
    await waitUntil(() => lastRun(database) >= first + WARM_RUNS, { intervalMs: 100 });
    return await measure(loop);
  } finally {
    await loop.process.kill("SIGTERM");
    rmSync(cartridges, { recursive: true });
  }
}

async function whileOperated(page: PageDaemon, database: string): Promise<number> {
  const end = new AbortController();
  const work = Promise.all([watchPage(page, end.signal), scrapeMetrics(page, end.signal)]);
  // An error is thrown below.
  work.catch(() => {});
  const prune = startCommand(["runs", "prune", "--older-than", "12h", "--db", database]);
  try {
    await sleep(SETTLE_MS);
    const rate = await rateOf(database);
    if (!prune.isRunning) {
      throw new Error(`expected the deletion to last, got its end: ${prune.stdout}${prune.stderr}`);
    }
    end.abort();
    const [loads, scrapes] = await work;
    if (loads < 2 || scrapes < 2) throw new Error(`expected loads and scrapes, got ${loads} and ${scrapes}`);
    return rate;
  } finally {
    end.abort();
    await prune.kill("SIGTERM");
  }
}

async function rateOf(database: string): Promise<number> {
  const [before, at] = [lastRun(database), performance.now()];
  await sleep(MEASURE_MS);
  return ((lastRun(database) - before) * 1_000) / (performance.now() - at);
}

function ratios(rates: readonly number[], others: readonly number[]): number[] {
  return rates.map((rate, index) => rate / (others[index] ?? Number.NaN));
}

/** Returns the id of the newest run: a claim inserts its row. */
function lastRun(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return Number(database.prepare("SELECT max(id) AS id FROM improvement_runs").get()?.["id"]);
  } finally {
    database.close();
  }
}
