import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openStore } from "@gvpie/daemon/store";
import { Random } from "../fuzz/random.ts";
import { findViolations, stagingFiles } from "../packages/daemon/test/kit/invariants.ts";
import { readRows } from "../packages/daemon/test/kit/place.ts";
import { Mortal } from "./mortal.ts";
import { makePlace, type Place } from "./place.ts";
import { SoakLog, takeSample, type Sample } from "./samples.ts";
import { EDITED, soakScripts } from "./scripts.ts";
import { Stalls } from "./stalls.ts";
import { Tally, type ClientKind, type Span } from "./tally.ts";
import { findTrends, type Trend } from "./trend.ts";

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  /** Where the raw log goes. */
  readonly logPath: string;
}

/** What came of a soak. */
export interface SoakResult {
  readonly seed: number;
  readonly minutes: number;
  readonly samples: number;
  /** How often each process was killed, and ended by SIGTERM. */
  readonly deaths: readonly {
    readonly name: string;
    readonly kills: number;
    readonly terminations: number;
  }[];
  readonly requests: Readonly<Record<ClientKind, { readonly right: number; readonly lost: number }>>;
  readonly runs: number;
  readonly failed: number;
  /** Finished as lost with a daemon that was killed, and run again. */
  readonly lostRuns: number;
  /** Seconds that the longest start of a renderer took, and the longest time that the machine stood still. */
  readonly longestOutage: number;
  readonly longestStall: number;
  readonly cartridges: number;
  readonly edits: number;
  /** Promises broken, in words. */
  readonly violations: readonly string[];
  readonly trends: readonly Trend[];
}

const CLIENTS = ["slot", "spool", "spool", "spool", "ping"] as const;
/** Every script starts once in this many seconds. */
const INTERVAL_SECONDS = 1;
/** A `gvpie` run's request lives so long. */
const RENDERER_WAIT_MS = 10_000;
const PATIENCE_MS = 180_000;
const OPEN = "SELECT id FROM improvement_runs WHERE finished_at IS NULL";

/** One line that the loop prints for a run. */
interface RunLine {
  readonly run: number;
  readonly cartridge: string | null;
}

/** Lets both daemons and their clients work, and die, for so many minutes; then checks that every promise was kept. */
export async function soak({ minutes, seed, logPath }: SoakOptions): Promise<SoakResult> {
  using place = makePlace();
  const log = new SoakLog(logPath);
  log.write({ minutes, seed });
  using stalls = new Stalls();
  const violations: string[] = [];
  const onFault = (fault: string): void => {
    log.write({ at: Date.now(), fault });
    violations.push(fault);
  };
  await fillStore(place);

  const tally = new Tally();
  const reported = new Map<number, string | undefined>();
  const runsAt: number[] = [];
  const onRun = (line: string): void => {
    const { run, cartridge } = JSON.parse(line) as RunLine;
    reported.set(run, cartridge ?? undefined);
    runsAt.push(Date.now());
  };
  const lifeOf = (least: number, most: number): [number, number] => [least, Math.max(least, most)];
  const renderer = new Mortal({
    name: "renderer",
    file: "../apps/gvpie-daemon/src/main.ts",
    args: ["--dir", place.dir, "--backend", "cpu"],
    onLine: () => {},
    readyWhen: "serving ",
    lifeSeconds: lifeOf(6, minutes * 20),
    random: new Random(seed),
    onFault,
  });
  const loop = new Mortal({
    name: "loop",
    file: "../apps/zero-human-daemon/src/main.ts",
    args: [
      `--db=${place.path}`,
      `--cartridges=${place.folder}`,
      `--dir=${place.dir}`,
      `--interval=${INTERVAL_SECONDS}`,
      "--log-format=json",
    ],
    onLine: onRun,
    readyWhen: "running the scripts",
    lifeSeconds: lifeOf(6, minutes * 20),
    random: new Random(seed + 1),
    onFault,
  });
  const clients = CLIENTS.map(
    (kind, index) =>
      new Mortal({
        name: `${kind} client ${index}`,
        file: "client.ts",
        args: [kind, place.dir, String(seed + 100 * index)],
        onLine: (line) => tally.read(line),
        readyWhen: "ready",
        lifeSeconds: lifeOf(5, minutes * 10),
        random: new Random(seed + 2 + index),
        onFault,
      }),
  );

  const samples: Sample[] = [];
  const sample = (): void => {
    const taken = takeSample(place, renderer.child, loop.child);
    samples.push(taken);
    log.write(taken);
  };
  const edits = await work({ minutes, seed, place, sample });

  for (const client of clients) await client.end();
  const { left } = await settle(place, renderer, loop);
  violations.push(...left);
  violations.push(...tally.faults(renderer.outages, stalls.spans));
  for (const { from, to } of renderer.outages) log.write({ outage: { from, to } });
  for (const stall of stalls.spans) log.write({ stall });
  const absent = runsWithoutRenderer(place, renderer.outages);
  const broken = await findViolations(place, { reported });
  violations.push(...broken.filter((violation) => !isMeantToFail(violation, absent)));

  const [counts] = readRows<{ runs: number; failed: number; lost: number }>(
    place,
    `SELECT count(*) AS runs, coalesce(sum(stderr LIKE 'PYTHON_DISABLED%'), 0) AS failed,
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
    deaths: [renderer, loop, ...clients].map(({ name, kills, terminations }) => ({
      name,
      kills,
      terminations,
    })),
    requests: { slot: requests("slot"), spool: requests("spool"), ping: requests("ping") },
    runs: counts?.runs ?? 0,
    failed: counts?.failed ?? 0,
    lostRuns: counts?.lost ?? 0,
    longestOutage: longest(renderer.outages),
    longestStall: longest(stalls.spans),
    cartridges: samples.at(-1)?.cartridges ?? 0,
    edits,
    violations,
    trends: findTrends(samples, tally, runsAt),
  };
  log.write({ result });
  return result;
}

/** Seconds. */
function longest(spans: readonly Span[]): number {
  return Math.max(0, ...spans.map(({ from, to }) => (to - from) / 1000));
}

async function fillStore({ path }: Place): Promise<void> {
  const store = await openStore({ path });
  await store.removeScript("hello_gpu");
  for (const script of await soakScripts()) await store.addScript(script);
  await store.close();
}

/** Looks again and again, and edits a script meanwhile; how often it did. */
async function work({
  minutes,
  seed,
  place,
  sample,
}: Pick<SoakOptions, "minutes" | "seed"> & { place: Place; sample: () => void }): Promise<number> {
  const end = performance.now() + minutes * 60_000;
  const everyMs = Math.min(5_000, Math.max(250, minutes * 500));
  const random = new Random(seed + 50);
  let edits = 0;
  while (performance.now() < end) {
    await sleep(Math.min(everyMs, Math.max(0, end - performance.now())));
    sample();
    if (!random.oneIn(3)) continue;
    const store = await openStore({ path: place.path, busyTimeoutMs: 10_000 });
    await store.updateScript(EDITED, { code: `TXT 1 1 ${++edits}` });
    await store.close();
  }
  return edits;
}

/** Lets the daemons finish what was begun, then ends them; what is left then that should not be, in words. */
async function settle(place: Place, renderer: Mortal, loop: Mortal): Promise<{ left: string[] }> {
  await Promise.all([renderer.spare(), loop.spare()]);
  const open = (): number[] => readRows<{ id: number }>(place, OPEN).map(({ id }) => id);
  const begun = open();
  const isDone = await waitFor(() => !open().some((id) => begun.includes(id)));
  const left = isDone ? [] : [`runs left open: ${open().join(" ")}`];
  await loop.end();
  left.push(...open().map((id) => `run ${id} is open after the loop has ended`));
  await waitFor(() => leftovers(place).length === 0);
  await renderer.end();
  left.push(...leftovers(place).map((path) => `${path} is left in the spool`));
  left.push(...stagingFiles(place).map((name) => `${name} was not swept`));
  return { left };
}

/** Runs that had no renderer for nearly as long as they wait for one. */
function runsWithoutRenderer(place: Place, outages: readonly Span[]): Set<number> {
  const long = outages.filter(({ from, to }) => to - from > RENDERER_WAIT_MS - 2_000);
  const runs = readRows<{ id: number; started_at: string; finished_at: string }>(
    place,
    "SELECT id, started_at, finished_at FROM improvement_runs WHERE success = 0",
  );
  const meets = ({ started_at, finished_at }: (typeof runs)[number], { from, to }: Span): boolean =>
    Date.parse(started_at) <= to && Date.parse(finished_at) >= from;
  return new Set(runs.filter((run) => long.some((outage) => meets(run, outage))).map(({ id }) => id));
}

/**
 * Python is off: that script fails with its own code. Others fail where no renderer was there for them, and when the loop
 * was told to end and they did not end in time.
 */
function isMeantToFail(violation: string, absent: ReadonlySet<number>): boolean {
  const [, id, code = ""] = /^run (\d+) failed with (\w+)/.exec(violation) ?? [];
  if (code === "PYTHON_DISABLED" || code === "RUN_STOPPED") return true;
  return absent.has(Number(id)) && /^(?:NO_RENDERER|FSOCK_TIMEOUT|FSOCK_NO_SERVER)$/.test(code);
}

/** Everything in the spool that belongs to a request or a client. */
function leftovers({ dir }: Place): string[] {
  return ["tmp", "new", "run", "out"].flatMap((name) => {
    const path = join(dir, "v1", name);
    return lstatSync(path, { throwIfNoEntry: false })
      ? readdirSync(path).map((entry) => `${name}/${entry}`)
      : [];
  });
}

async function waitFor(holds: () => boolean): Promise<boolean> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > deadline) return false;
    await sleep(100);
  }
  return true;
}
