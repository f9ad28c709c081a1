import { statfsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Conditions } from "./conditions.ts";
import type { DiskStatus } from "./types.ts";

const DAY_MS = 86_400_000;
/** Samples of one day. */
const MAX_SAMPLES = 145;
/** Milliseconds between two samples that are compared: scripts that run each hour change the space that seldom. */
const STEP_MS = 3_600_000;
/** Milliseconds that samples must span for a forecast. */
const MIN_SPAN_MS = 3 * STEP_MS;
const FILLING_MS = 30 * DAY_MS;
const FILLING_END_MS = 40 * DAY_MS;
const LOW_SHARE = 0.05;
const LOW_END_SHARE = 0.06;
const LOW_BYTES = 64 * 2 ** 20;
const REMEDY =
  "free some space, or limit the history with --keep-runs and --keep-cartridges or `gvpie runs prune`";

/** Free and total bytes and inodes of the file system of a path. */
export interface DiskSpace extends Omit<DiskStatus, "path" | "fullInMs"> {
  /** Identifies the file system. */
  readonly device: number;
}

interface Sample extends DiskSpace {
  /** Milliseconds of a clock that never jumps. */
  readonly at: number;
}

/** Watches how the file systems of some paths fill. */
export interface DiskForecast {
  /** Takes a sample of each, and raises or clears `DISK_LOW` and `DISK_FILLING`. To be called every 10 minutes. */
  sample(): void;
  /** The latest samples. */
  readonly disks: readonly DiskStatus[];
}

/** @param options.paths files or folders, which need not exist yet. */
export function createDiskForecast(options: {
  readonly paths: readonly string[];
  readonly conditions: Pick<Conditions, "raise" | "clear">;
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly read?: (path: string) => DiskSpace;
}): DiskForecast {
  const { paths, conditions, now, monotonic, read = readSpace } = options;
  const samples = new Map<string, Sample[]>();
  const raised = new Set<string>();
  let disks: DiskStatus[] = [];

  function check(code: "DISK_LOW" | "DISK_FILLING", path: string, message: string | undefined): void {
    const id = `${code} ${path}`;
    if (message === undefined) {
      if (raised.delete(id)) conditions.clear(code, path);
      return;
    }
    raised.add(id);
    const recovery = code === "DISK_LOW" ? "there is room again" : "it no longer fills that fast";
    const level = code === "DISK_LOW" ? "error" : "warn";
    conditions.raise(code, { level, message: `${path}: ${message}; ${REMEDY}`, recovery, subject: path });
  }

  function examine(path: string): DiskStatus {
    const space = read(path);
    const known = samples.get(path) ?? [];
    known.push({ ...space, at: monotonic() });
    if (known.length > MAX_SAMPLES) known.shift();
    samples.set(path, known);
    const { device: _, ...numbers } = space;
    const fullInMs = least(
      untilEmpty(known, (one) => one.freeBytes),
      space.totalInodes > 0 ? untilEmpty(known, (one) => one.freeInodes) : undefined,
    );
    const isLow = raised.has(`DISK_LOW ${path}`);
    check("DISK_LOW", path, lowText(space, isLow));
    const limit = raised.has(`DISK_FILLING ${path}`) ? FILLING_END_MS : FILLING_MS;
    const isFilling = fullInMs !== undefined && fullInMs < limit;
    const date = isFilling ? new Date(now() + fullInMs).toISOString().slice(0, 10) : "";
    check(
      "DISK_FILLING",
      path,
      isFilling ? `at the pace of the last day its disk is full on ${date}` : undefined,
    );
    return { path, ...numbers, fullInMs };
  }

  return {
    get disks() {
      return disks;
    },
    sample() {
      const seen = new Set<number>();
      disks = paths.flatMap((path) => {
        try {
          const { device } = read(path);
          if (seen.has(device)) return [];
          seen.add(device);
          return [examine(resolve(path))];
        } catch {
          // The runs that need the folder say what is wrong with it.
          return [];
        }
      });
    },
  };
}

function lowText(space: DiskSpace, isLow: boolean): string | undefined {
  const share = isLow ? LOW_END_SHARE : LOW_SHARE;
  const bytes = isLow ? LOW_BYTES * 2 : LOW_BYTES;
  const { freeBytes, totalBytes, freeInodes, totalInodes } = space;
  if (freeBytes < Math.max(bytes, totalBytes * share)) {
    return `its disk has ${Math.floor(freeBytes / 2 ** 20)} MiB free of ${Math.floor(totalBytes / 2 ** 20)} MiB`;
  }
  if (totalInodes > 0 && freeInodes < totalInodes * share) {
    return `its disk has ${freeInodes} inodes free of ${totalInodes}`;
  }
  return undefined;
}

/** Returns the milliseconds until a value reaches 0 at the median pace between the samples; undefined if it does not fall. */
function untilEmpty(samples: readonly Sample[], valueOf: (sample: Sample) => number): number | undefined {
  const first = samples[0];
  const last = samples.at(-1);
  if (!first || !last || last.at - first.at < MIN_SPAN_MS) return undefined;
  // The median of the hours: one large file, written or removed, does not change it.
  const slopes: number[] = [];
  let next = 0;
  for (const from of samples) {
    while (next < samples.length && (samples[next]?.at ?? Infinity) < from.at + STEP_MS) next++;
    const to = samples[next];
    if (to) slopes.push((valueOf(to) - valueOf(from)) / (to.at - from.at));
  }
  const slope = slopes.sort((a, b) => a - b)[Math.floor(slopes.length / 2)] ?? 0;
  return slope < 0 ? valueOf(last) / -slope : undefined;
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

/** Reads the file system of a path, or of the nearest folder that exists. */
function readSpace(path: string): DiskSpace {
  let place = resolve(path);
  let stats = statSync(place, { throwIfNoEntry: false });
  while (!stats && dirname(place) !== place) {
    place = dirname(place);
    stats = statSync(place, { throwIfNoEntry: false });
  }
  const { bavail, blocks, bsize, ffree, files } = statfsSync(place);
  return {
    device: stats?.dev ?? 0,
    freeBytes: bavail * bsize,
    totalBytes: blocks * bsize,
    freeInodes: ffree,
    totalInodes: files,
  };
}
