import { percentile } from "../faults/kit/numbers.ts";
import type { ProcessSample, Sample } from "./samples.ts";
import type { ClientKind, Tally } from "./tally.ts";

/** How a figure went over time. */
export interface Trend {
  readonly what: string;
  readonly unit: "MiB" | "KiB" | "B" | "ms" | "";
  /** Of the first half of the time. */
  readonly first: number;
  /** Of the second half. */
  readonly second: number;
  /** The second may be at most this, where it is bounded. */
  readonly bound: number | undefined;
}

/** A process is warm after so many seconds; what it takes before is not looked at. */
const WARM_SECONDS = 20;
const MIB = 2 ** 20;

/** Of everything that should be flat, the first half of the time against the second. */
export function findTrends(samples: readonly Sample[], tally: Tally, runsAt: readonly number[]): Trend[] {
  const from = samples[0]?.at ?? 0;
  const middle = (from + (samples.at(-1)?.at ?? 0)) / 2;
  const halves = <T extends { readonly at: number }>(all: readonly T[]): [T[], T[]] => [
    all.filter(({ at }) => at < middle),
    all.filter(({ at }) => at >= middle),
  ];
  const [before, after] = halves(samples);
  const both = (read: (half: readonly Sample[]) => number): { first: number; second: number } => ({
    first: read(before),
    second: read(after),
  });

  const trends: Trend[] = [];
  for (const name of ["renderer", "loop"] as const) {
    const warm = (half: readonly Sample[]): ProcessSample[] =>
      half.flatMap((sample) => {
        const process = sample[name];
        return process && process.age >= WARM_SECONDS ? [process] : [];
      });
    const memory = both((half) => median(warm(half).map(({ residentBytes }) => residentBytes / MIB)));
    const open = both((half) => median(warm(half).map(({ descriptors }) => descriptors)));
    trends.push(
      { what: `memory of the ${name}, median`, unit: "MiB", ...memory, bound: memory.first * 1.15 + 8 },
      { what: `descriptors of the ${name}, median`, unit: "", ...open, bound: open.first + 2 },
      longestLife(samples, name),
    );
  }
  for (const kind of ["slot", "spool", "ping"] as const) trends.push(...latencyOf(kind, tally, halves));

  const files = both((half) =>
    percentile(
      half.map(({ socketFiles }) => socketFiles),
      0.95,
    ),
  );
  const bytes = both((half) =>
    percentile(
      half.map(({ socketBytes }) => socketBytes / 1024),
      0.95,
    ),
  );
  const log = both((half) => Math.max(0, ...half.map(({ logBytes }) => logBytes / MIB)));
  const growth = both((half) => grownBy(half, runsAt));
  return [
    ...trends,
    { what: "files of the socket, 95 %", unit: "", ...files, bound: files.first * 1.5 + 16 },
    { what: "bytes of the socket, 95 %", unit: "KiB", ...bytes, bound: bytes.first * 1.5 + 1024 },
    { what: "database, bytes a run", unit: "B", ...growth, bound: growth.first * 1.2 + 64 },
    { what: "write-ahead log, largest", unit: "MiB", ...log, bound: log.first * 1.5 + 4 },
  ];
}

/** The middle third of the longest life against its last third: what a process that nobody restarts would do. */
function longestLife(samples: readonly Sample[], name: "renderer" | "loop"): Trend {
  const lives = Map.groupBy(
    samples.flatMap((sample) => sample[name] ?? []),
    ({ pid }) => pid,
  );
  const [longest = []] = [...lives.values()].sort((a, b) => b.length - a.length);
  const third = Math.floor(longest.length / 3);
  const memory = longest.map(({ residentBytes }) => residentBytes / MIB);
  const first = median(memory.slice(third, 2 * third));
  const minutes = (longest.at(-1)?.age ?? 0) / 60;
  return {
    what: `memory of the ${name} in its longest life (${minutes.toFixed(1)} minutes), middle and last third`,
    unit: "MiB",
    first,
    second: median(memory.slice(2 * third)),
    // A short life is still filling its caches.
    bound: minutes >= 4 ? first * 1.15 + 8 : undefined,
  };
}

function latencyOf(
  kind: ClientKind,
  tally: Tally,
  halves: <T extends { readonly at: number }>(all: readonly T[]) => [T[], T[]],
): Trend[] {
  const [before, after] = halves(tally.latencies(kind)).map((half) => half.map(({ ms }) => ms));
  return [0.5, 0.99].map((share) => {
    const first = percentile(before ?? [], share);
    return {
      what: `${kind} latency, ${share * 100} %`,
      unit: "ms",
      first,
      second: percentile(after ?? [], share),
      // What takes longest has waited for a renderer that was killed; how long, its start decides.
      bound: share === 0.5 ? first * 2 + 10 : undefined,
    };
  });
}

/** Bytes of the database for each run that finished meanwhile. */
function grownBy(half: readonly Sample[], runsAt: readonly number[]): number {
  const [first, last] = [half[0], half.at(-1)];
  if (!first || !last) return Number.NaN;
  const runs = runsAt.filter((at) => at >= first.at && at < last.at).length;
  return (last.databaseBytes - first.databaseBytes) / Math.max(1, runs);
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** Whether a figure stayed within its bound. One that nobody could measure did. */
export function isFlat({ second, bound }: Trend): boolean {
  return bound === undefined || Number.isNaN(bound) || Number.isNaN(second) || second <= bound;
}
