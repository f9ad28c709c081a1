import { median, percentile } from "@gvpie/testing";
import type { ProcessSample, Sample } from "./samples.ts";
import type { ClientKind, Tally } from "./tally.ts";

/** A figure in both halves of the soak. */
export interface Trend {
  readonly name: string;
  readonly unit: "MiB" | "KiB" | "B" | "ms" | "";
  /** Value in the first half. */
  readonly first: number;
  /** Value in the second half. */
  readonly second: number;
  /** Upper bound of the second value; undefined if it has none. */
  readonly bound: number | undefined;
}

/** Seconds after a start that are not measured, while the process warms up. */
const WARM_SECONDS = 20;
const MIB = 2 ** 20;

/** Compares the first half of the soak with the second. */
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
        return process && process.ageSeconds >= WARM_SECONDS ? [process] : [];
      });
    const memory = both((half) => median(warm(half).map(({ residentBytes }) => residentBytes / MIB)));
    const descriptors = both((half) => median(warm(half).map(({ descriptors }) => descriptors)));
    trends.push(
      { name: `memory of the ${name}, median`, unit: "MiB", ...memory, bound: memory.first * 1.15 + 8 },
      { name: `descriptors of the ${name}, median`, unit: "", ...descriptors, bound: descriptors.first + 2 },
      longestLifetime(samples, name),
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
  const growth = both((half) => growthPerRun(half, runsAt));
  return [
    ...trends,
    { name: "files of the socket, 95 %", unit: "", ...files, bound: files.first * 1.5 + 16 },
    { name: "bytes of the socket, 95 %", unit: "KiB", ...bytes, bound: bytes.first * 1.5 + 1024 },
    { name: "database, bytes a run", unit: "B", ...growth, bound: growth.first * 1.2 + 64 },
    { name: "write-ahead log, largest", unit: "MiB", ...log, bound: log.first * 1.5 + 4 },
  ];
}

/** Compares the middle and last third of the longest lifetime, which stands for a process without restarts. */
function longestLifetime(samples: readonly Sample[], name: "renderer" | "loop"): Trend {
  const lifetimes = Map.groupBy(
    samples.flatMap((sample) => sample[name] ?? []),
    ({ pid }) => pid,
  );
  const [longest = []] = [...lifetimes.values()].sort((a, b) => b.length - a.length);
  const third = Math.floor(longest.length / 3);
  const memory = longest.map(({ residentBytes }) => residentBytes / MIB);
  const first = median(memory.slice(third, 2 * third));
  const minutes = (longest.at(-1)?.ageSeconds ?? 0) / 60;
  return {
    name: `memory of the ${name} in its longest lifetime (${minutes.toFixed(1)} minutes), middle and last third`,
    unit: "MiB",
    first,
    second: median(memory.slice(2 * third)),
    // A process with a short lifetime is still filling its caches.
    bound: minutes >= 4 ? first * 1.15 + 8 : undefined,
  };
}

function latencyOf(
  kind: ClientKind,
  tally: Tally,
  halves: <T extends { readonly at: number }>(all: readonly T[]) => [T[], T[]],
): Trend[] {
  const [before, after] = halves(tally.answered(kind)).map((half) => half.map(({ ms }) => ms));
  return [0.5, 0.99].map((share) => {
    const first = percentile(before ?? [], share);
    return {
      name: `${kind} latency, ${share * 100} %`,
      unit: "ms",
      first,
      second: percentile(after ?? [], share),
      // The slowest requests waited for a restart of the renderer, so they have no bound.
      bound: share === 0.5 ? first * 2 + 10 : undefined,
    };
  });
}

/** Returns the growth of the database for each run that finished meanwhile. */
function growthPerRun(half: readonly Sample[], runsAt: readonly number[]): number {
  const [first, last] = [half[0], half.at(-1)];
  if (!first || !last) return Number.NaN;
  const runs = runsAt.filter((at) => at >= first.at && at < last.at).length;
  return (last.databaseBytes - first.databaseBytes) / Math.max(1, runs);
}

/** True if a figure stayed within its bound. A figure without a value or a bound did. */
export function isFlat({ second, bound }: Trend): boolean {
  return bound === undefined || Number.isNaN(bound) || Number.isNaN(second) || second <= bound;
}
