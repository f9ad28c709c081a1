import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openStore } from "@gvpie/daemon/store";
import { findViolations, readRows, stagingFiles } from "@gvpie/daemon/test-support";
import { SeededRandom, waitUntil } from "@gvpie/testing";
import { RestartedProcess } from "./restarted-process.ts";
import { SoakLog, takeSample, type Sample } from "./samples.ts";
import { EDITED, soakScripts } from "./scripts.ts";
import { createSoakDirectory, type SoakDirectory } from "./soak-directory.ts";
import { StallMonitor } from "./stall-monitor.ts";
import { Tally, type ClientKind, type Span } from "./tally.ts";
import { findTrends, type Trend } from "./trends.ts";

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  /** Path of the log that is written. */
  readonly logPath: string;
}

/** The counts, violations and trends of a soak. */
export interface SoakResult {
  readonly seed: number;
  readonly minutes: number;
  readonly samples: number;
  /** Number of restarts of each process, by SIGKILL and by SIGTERM. */
  readonly restarts: readonly {
    readonly name: string;
    readonly kills: number;
    readonly terminations: number;
  }[];
  readonly requests: Readonly<Record<ClientKind, { readonly right: number; readonly lost: number }>>;
  readonly runs: number;
  /** Runs of the Python script, which are refused. */
  readonly refused: number;
  /** Runs that were lost with a killed daemon and run again. */
  readonly lostRuns: number;
  /** Longest time without a renderer. */
  readonly longestOutageSeconds: number;
  /** Longest stall of the machine. */
  readonly longestStallSeconds: number;
  readonly cartridges: number;
  readonly edits: number;
  /** Violations, in words. */
  readonly violations: readonly string[];
  readonly trends: readonly Trend[];
}

const CLIENTS = ["slot", "spool", "spool", "spool", "ping"] as const;
/** Seconds between two starts of a script. */
const INTERVAL_SECONDS = 1;
/** Time to live of the requests of `gvpie` runs. */
const REQUEST_TTL_MS = 10_000;
const SETTLE_TIMEOUT_MS = 180_000;
const OPEN_RUNS = "SELECT id FROM improvement_runs WHERE finished_at IS NULL";

/** One line that the loop prints for a run. */
interface RunLine {
  readonly run: number;
  readonly cartridge: string | null;
}

/** Runs, kills and restarts both daemons and their clients for some minutes, then checks every guarantee. */
export async function soak({ minutes, seed, logPath }: SoakOptions): Promise<SoakResult> {
  using directory = createSoakDirectory();
  const log = new SoakLog(logPath);
  log.write({ minutes, seed });
  using stalls = new StallMonitor();
  const violations: string[] = [];
  const onFailure = (failure: string): void => {
    log.write({ at: Date.now(), failure });
    violations.push(failure);
  };
  await fillStore(directory);

  const tally = new Tally();
  const reported = new Map<number, string | undefined>();
  const runsAt: number[] = [];
  const onRun = (line: string): void => {
    const { run, cartridge } = JSON.parse(line) as RunLine;
    reported.set(run, cartridge ?? undefined);
    runsAt.push(Date.now());
  };
  const lifetime = (shortest: number, longest: number): [number, number] => [
    shortest,
    Math.max(shortest, longest),
  ];
  const renderer = new RestartedProcess({
    name: "renderer",
    file: new URL("../../apps/gvpie-daemon/src/main.ts", import.meta.url),
    args: ["--dir", directory.dir, "--backend", "cpu"],
    onLine: () => {},
    readyLine: "serving ",
    lifetimeSeconds: lifetime(6, minutes * 20),
    random: new SeededRandom(seed),
    onFailure,
  });
  const loop = new RestartedProcess({
    name: "loop",
    file: new URL("../../apps/zero-human-daemon/src/main.ts", import.meta.url),
    args: [
      `--db=${directory.path}`,
      `--cartridges=${directory.folder}`,
      `--dir=${directory.dir}`,
      `--interval=${INTERVAL_SECONDS}`,
      "--log-format=json",
    ],
    onLine: onRun,
    readyLine: "running the scripts",
    lifetimeSeconds: lifetime(6, minutes * 20),
    random: new SeededRandom(seed + 1),
    onFailure,
  });
  const clients = CLIENTS.map(
    (kind, index) =>
      new RestartedProcess({
        name: `${kind} client ${index}`,
        file: new URL("client.ts", import.meta.url),
        args: [kind, directory.dir, String(seed + 100 * index)],
        onLine: (line) => tally.add(line),
        readyLine: "ready",
        lifetimeSeconds: lifetime(5, minutes * 10),
        random: new SeededRandom(seed + 2 + index),
        onFailure,
      }),
  );

  const samples: Sample[] = [];
  const sample = (): void => {
    const taken = takeSample(directory, renderer.process, loop.process);
    samples.push(taken);
    log.write(taken);
  };
  const edits = await sampleAndEdit({ minutes, seed, directory, sample });

  for (const client of clients) await client.end();
  violations.push(...(await settle(directory, renderer, loop)));
  violations.push(...tally.failures(renderer.outages, stalls.spans));
  for (const { from, to } of renderer.outages) log.write({ outage: { from, to } });
  for (const stall of stalls.spans) log.write({ stall });
  const withoutRenderer = runsWithoutRenderer(directory, renderer.outages);
  const found = await findViolations(directory, { reported });
  violations.push(...found.filter((violation) => !isExpectedFailure(violation, withoutRenderer)));

  const [counts] = readRows<{ runs: number; refused: number; lost: number }>(
    directory,
    `SELECT count(*) AS runs, coalesce(sum(stderr LIKE 'PYTHON_DISABLED%'), 0) AS refused,
       coalesce(sum(stderr LIKE 'RUN_LOST%'), 0) AS lost FROM improvement_runs`,
  );
  const requests = (kind: ClientKind) => ({
    right: tally.count(kind, "right"),
    lost: tally.count(kind, "lost"),
  });
  const result: SoakResult = {
    seed,
    minutes,
    samples: samples.length,
    restarts: [renderer, loop, ...clients].map(({ name, kills, terminations }) => ({
      name,
      kills,
      terminations,
    })),
    requests: { slot: requests("slot"), spool: requests("spool"), ping: requests("ping") },
    runs: counts?.runs ?? 0,
    refused: counts?.refused ?? 0,
    lostRuns: counts?.lost ?? 0,
    longestOutageSeconds: longest(renderer.outages),
    longestStallSeconds: longest(stalls.spans),
    cartridges: samples.at(-1)?.cartridges ?? 0,
    edits,
    violations,
    trends: findTrends(samples, tally, runsAt),
  };
  log.write({ result });
  return result;
}

/** Returns the longest span in seconds. */
function longest(spans: readonly Span[]): number {
  return Math.max(0, ...spans.map(({ from, to }) => (to - from) / 1000));
}

async function fillStore({ path }: SoakDirectory): Promise<void> {
  const store = await openStore({ path });
  await store.removeScript("hello_gpu");
  for (const script of soakScripts()) await store.addScript(script);
  await store.close();
}

/** Takes samples and edits a script until the time is over. Returns the number of edits. */
async function sampleAndEdit({
  minutes,
  seed,
  directory,
  sample,
}: Pick<SoakOptions, "minutes" | "seed"> & {
  directory: SoakDirectory;
  sample: () => void;
}): Promise<number> {
  const end = performance.now() + minutes * 60_000;
  const sampleIntervalMs = Math.min(5_000, Math.max(250, minutes * 500));
  const random = new SeededRandom(seed + 50);
  let edits = 0;
  while (performance.now() < end) {
    await sleep(Math.min(sampleIntervalMs, Math.max(0, end - performance.now())));
    sample();
    if (!random.oneIn(3)) continue;
    const store = await openStore({ path: directory.path, busyTimeoutMs: 10_000 });
    await store.updateScript(EDITED, { code: `TXT 1 1 ${++edits}` });
    await store.close();
  }
  return edits;
}

/** Lets the daemons finish the runs and requests in progress, then terminates them. Returns the leftovers, in words. */
async function settle(
  directory: SoakDirectory,
  renderer: RestartedProcess,
  loop: RestartedProcess,
): Promise<string[]> {
  await Promise.all([renderer.stopRestarting(), loop.stopRestarting()]);
  const open = (): number[] => readRows<{ id: number }>(directory, OPEN_RUNS).map(({ id }) => id);
  const openBefore = open();
  const isDone = await isTrueInTime(() => !open().some((id) => openBefore.includes(id)));
  const left = isDone ? [] : [`runs left open: ${open().join(" ")}`];
  await loop.end();
  left.push(...open().map((id) => `run ${id} is open after the loop has ended`));
  await isTrueInTime(() => leftovers(directory).length === 0);
  await renderer.end();
  left.push(...leftovers(directory).map((path) => `${path} is left in the spool`));
  left.push(...stagingFiles(directory).map((name) => `${name} was not swept`));
  return left;
}

/** Returns the failed runs during outages of the renderer that lasted nearly as long as a request lives. */
function runsWithoutRenderer(directory: SoakDirectory, outages: readonly Span[]): Set<number> {
  const long = outages.filter(({ from, to }) => to - from > REQUEST_TTL_MS - 2_000);
  const runs = readRows<{ id: number; started_at: string; finished_at: string }>(
    directory,
    "SELECT id, started_at, finished_at FROM improvement_runs WHERE success = 0",
  );
  const overlaps = ({ started_at, finished_at }: (typeof runs)[number], { from, to }: Span): boolean =>
    Date.parse(started_at) <= to && Date.parse(finished_at) >= from;
  return new Set(runs.filter((run) => long.some((outage) => overlaps(run, outage))).map(({ id }) => id));
}

/**
 * True if a run failed as expected: the Python script, since Python is off, a run without a renderer, or a run that did
 * not finish in time when the loop was terminated.
 */
function isExpectedFailure(violation: string, withoutRenderer: ReadonlySet<number>): boolean {
  const [, id, code = ""] = /^run (\d+) failed with (\w+)/.exec(violation) ?? [];
  if (code === "PYTHON_DISABLED" || code === "RUN_STOPPED") return true;
  return withoutRenderer.has(Number(id)) && /^(?:NO_RENDERER|FSOCK_TIMEOUT|FSOCK_NO_SERVER)$/.test(code);
}

/** Returns the files of requests and clients in the spool. */
function leftovers({ dir }: SoakDirectory): string[] {
  return ["tmp", "new", "run", "out"].flatMap((name) => {
    const path = join(dir, "v1", name);
    return lstatSync(path, { throwIfNoEntry: false })
      ? readdirSync(path).map((entry) => `${name}/${entry}`)
      : [];
  });
}

async function isTrueInTime(condition: () => boolean): Promise<boolean> {
  return waitUntil(condition, { timeoutMs: SETTLE_TIMEOUT_MS, intervalMs: 100 }).catch(() => false);
}
