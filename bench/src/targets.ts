import type { RaceResult, Result, Timing } from "./results.ts";

/** The value that a row must reach within one run. */
export interface Target {
  readonly title: string;
  /** In words, e.g. `≥ 5× faster than the best peer`. */
  readonly reach: string;
  /** Returns the value reached, or undefined if it was not measured. */
  measure(results: readonly Result[]): number | undefined;
  holds(reached: number): boolean;
  format(reached: number): string;
  /** Explanation printed if the row misses its target. */
  readonly shortfall?: string | undefined;
}

export interface Judged {
  readonly target: Target;
  /** Formatted. */
  readonly reached: string;
  readonly holds: boolean;
}

/** Judges every target that the results cover. */
export function judge(results: readonly Result[]): Judged[] {
  return targets.flatMap((target) => {
    const reached = target.measure(results);
    if (reached === undefined || Number.isNaN(reached)) return [];
    return [{ target, reached: target.format(reached), holds: target.holds(reached) }];
  });
}

type Select = (timings: readonly Timing[]) => number | undefined;

const DRAWING = "drawing alone";
const times = (ratio: number): string => `${ratio.toFixed(2)}×`;

const ours =
  (name = ""): Select =>
  (timings) =>
    timings.find((t) => t.role === "ours" && t.name.startsWith(name))?.medianUs;
const ourP99: Select = (timings) => timings.find((t) => t.role === "ours")?.p99Us;
const ourBytes: Select = (timings) => timings.find((t) => t.role === "ours")?.bytes;
const best =
  (
    role: Timing["role"],
    fits: (timing: Timing) => boolean,
    pick: (timing: Timing) => number | undefined,
  ): Select =>
  (timings) =>
    least(timings.filter((t) => t.role === role && fits(t)).map(pick));
const all = () => true;
const medianUs = (t: Timing): number => t.medianUs;
const peer = best("peer", all, medianUs);
const floor = best("floor", all, medianUs);
const smallestPeer = best("peer", all, (t) => t.bytes);
const fastestPeersBytes: Select = (timings) => {
  const fastest = peer(timings);
  return timings.find((t) => t.role === "peer" && t.medianUs === fastest)?.bytes;
};
/** The fastest peer whose file is at most 1 % larger than ours. */
const peerAtOurSize: Select = (timings) => {
  const size = (ourBytes(timings) ?? 0) * 1.01;
  return best("peer", (t) => (t.bytes ?? 0) <= size, medianUs)(timings);
};
const named = (name: string, pick: (timing: Timing) => number | undefined): Select =>
  best("peer", (t) => t.name === name, pick);

function least(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

interface Ratio {
  readonly race: string;
  readonly what: string;
  readonly reach: string;
  readonly of: Select;
  readonly to: Select;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly shortfall?: string | undefined;
}

function ratio({ race, what, reach, of, to, atLeast = 0, atMost = Infinity, shortfall }: Ratio): Target {
  return {
    title: `${race}: ${what}`,
    reach,
    measure(results) {
      const timings = results.find((r): r is RaceResult => r.kind === "race" && r.id === race)?.timings;
      const [a, b] = [timings && of(timings), timings && to(timings)];
      return a === undefined || b === undefined ? undefined : a / b;
    },
    holds: (reached) => reached >= atLeast && reached <= atMost,
    format: times,
    shortfall,
  };
}

/** The peer's time divided by ours must be at least `factor`. */
function faster(
  race: string,
  what: string,
  factor: number,
  { than = peer, name, shortfall }: { than?: Select; name?: string; shortfall?: string } = {},
): Target {
  const reach = factor === 1 ? "not slower than the best peer" : `≥ ${factor}× faster than the best peer`;
  return ratio({ race, what, reach, of: than, to: ours(name), atLeast: factor, shortfall });
}

/** Our time divided by the other must be at most `factor`. */
function within(
  race: string,
  what: string,
  factor: number,
  reach: string,
  { of = ours(), to = floor, shortfall }: { of?: Select; to?: Select; shortfall?: string } = {},
): Target {
  return ratio({ race, what, reach, of, to, atMost: factor, shortfall });
}

/** A target for a single figure, compared with no other contender. */
function figure(
  title: string,
  reach: string,
  measure: (results: readonly Result[]) => number | undefined,
  holds: (reached: number) => boolean,
  format: (reached: number) => string,
  shortfall?: string,
): Target {
  return { title, reach, measure, holds, format, shortfall };
}

function figureOf(results: readonly Result[], id: string, name: string): number | undefined {
  const found = results.find((r) => r.kind === "figures" && r.id === id);
  return found?.kind === "figures" ? found.figures.find((f) => f.name === name)?.value : undefined;
}

function timingsOf(results: readonly Result[], id: string): readonly Timing[] {
  const found = results.find((r) => r.kind === "race" && r.id === id);
  return found?.kind === "race" ? found.timings : [];
}

/** Our time at the largest size divided by ours at the smallest. */
function flatness(results: readonly Result[], ids: readonly [string, string]): number | undefined {
  const [small, large] = ids.map((id) => ours()(timingsOf(results, id)));
  return small === undefined || large === undefined ? undefined : large / small;
}

/** Three significant digits, such as 0.123 ms and 136 ms. */
const milliseconds = (us: number): string => `${Number((us / 1000).toPrecision(3))} ms`;
const parsing = "parse + draw, reused frame";
const OF_SLOW_RUNS =
  "The 99th percentile is the slowest runs, in which another process had the processor or the disk. A reply through files needs both more often than a reply through a socket.";

const targets: readonly Target[] = [
  ...["A1", "A2"].flatMap((id) => [
    faster(`raster/${id}`, "parse + render", 5, {
      name: parsing,
      shortfall:
        "Nearly half of our time is parsing and lowering the program; the rest is painting, most of it writing and copying every pixel of the frame.",
    }),
    faster(`raster/${id}`, "drawing alone", 10, {
      name: DRAWING,
      shortfall:
        "The peer defers drawing; reading one pixel back forces it. More than a quarter of our time is lowering the program to a draw list; most of the rest is writing every pixel of the frame and copying it out of the kernel's memory.",
    }),
  ]),
  faster("raster/A3", "10,000 rectangles, white", 5, { name: DRAWING }),
  faster("raster/A3-opaque", "10,000 rectangles, opaque colours", 2, { name: DRAWING }),
  faster("raster/A4", "20,000 texts, drawing", 20, { name: DRAWING }),
  faster("raster/A4", "20,000 texts, with parsing", 8, { name: parsing }),
  within("raster/A5", "4K fill", 2.2, "≤ 2.2× one fill of the frame", { of: ours(DRAWING) }),
  faster("encode/hello", "time", 10),
  ratio({
    race: "encode/hello",
    what: "bytes",
    reach: "not larger than the smallest peer",
    of: ourBytes,
    to: smallestPeer,
    atMost: 1,
  }),
  ...["1080p-flat", "4k-flat"].flatMap((id) => [
    faster(`encode/${id}`, "time", 2),
    ratio({
      race: `encode/${id}`,
      what: "bytes",
      reach: "≤ ½ of the fastest peer's",
      of: ourBytes,
      to: fastestPeersBytes,
      atMost: 0.5,
    }),
  ]),
  ...["colourful", "noisy"].map((id) =>
    faster(`encode/${id}`, "time, at equal size", 1, { than: peerAtOurSize }),
  ),
  faster("decode/hello", "time", 2),
  faster("decode/1080p-flat", "time", 1),
  faster("decode/4k-flat", "time", 1),
  within("parse/1000000", "a million lines", 30, "≤ 30× one scan for newlines", {
    shortfall:
      "A scan compares one character and stores nothing. The parser checks every operand and creates one object per instruction, with its place in the source; a million of them exceed every cache of the processor.",
  }),
  ...(["tmpfs", "disk"] as const).flatMap((place) => {
    const allowed = place === "tmpfs" ? 1 : 1.5;
    const reach = place === "tmpfs" ? "faster than HTTP keep-alive" : "≤ 1.5× HTTP keep-alive";
    const id = `round-trip/${place}/32 KB`;
    return [
      within(id, "p50", allowed, reach, {
        to: named("HTTP keep-alive", medianUs),
        shortfall:
          "A request and a reply are each written, renamed, reported by inotify, opened, read and removed: about forty system calls, where a socket needs one write and one read at each end. Two wake-ups and two renames take nearly half of the time, as the floor of the slot below shows. The rest is the cost of a request that survives a killed server.",
      }),
      within(id, "p99", allowed, reach, {
        of: ourP99,
        to: named("HTTP keep-alive", (t) => t.p99Us),
        shortfall: OF_SLOW_RUNS,
      }),
    ];
  }),
  ...(["tmpfs", "disk"] as const).flatMap((place) =>
    ["8 MB", "33 MB"].map((size) =>
      within(
        `round-trip/${place}/${size}`,
        "p50",
        1,
        `${place === "tmpfs" ? "faster" : "not slower"} than HTTP and unix socket`,
        {
          to: peer,
          shortfall:
            "Each contender copies the same bytes into the kernel and out again. A file in tmpfs is stored in pages of 4 KiB, which the kernel allocates one by one: writing and reading it takes about 1.5 times as long as in the disk's page cache, whose pages are larger. A busy disk delays some files.",
        },
      ),
    ),
  ),
  figure(
    "language/frames: frames drawn on one core",
    "≥ 20,000/s",
    (results) => 100e6 / (ours("renderFrames, reused")(timingsOf(results, "language/frames")) ?? Number.NaN),
    (rate) => rate >= 20_000,
    (rate) => `${Math.round(rate).toLocaleString("en")}/s`,
  ),
  ratio({
    race: "language/expressions",
    what: "expressions",
    reach: "not slower than the opcodes of version 1",
    of: ours("expressions"),
    to: ours("opcodes"),
    atMost: 1,
  }),
  figure(
    "slot: server turnaround, tmpfs, p50",
    "≤ 0.3 ms",
    (results) => ours()(timingsOf(results, "slot/tmpfs")),
    (us) => us <= 300,
    milliseconds,
    "The server is woken by inotify, reads, renders, writes all bytes and renames; then the measuring process is woken. The floor only renames a file that was prepared before: its time is the cost of the two wake-ups.",
  ),
  figure(
    "slot: server turnaround, tmpfs, p99",
    "≤ 1 ms",
    (results) => ourP99(timingsOf(results, "slot/tmpfs")),
    (us) => us <= 1000,
    milliseconds,
    "The 99th percentile is the slowest wake-ups. The floor, which does nothing else, shows the share of the machine.",
  ),
  figure(
    "capability: 3 blocks, verified for the first time",
    "≤ 1.5 ms",
    (results) => ours()(timingsOf(results, "capability/cold")),
    (us) => us <= 1500,
    milliseconds,
    "The three signature checks run on another thread, one after the other. On a busy machine each of them, and each hash, first waits for a processor.",
  ),
  ...(["tmpfs", "disk"] as const).map((place) =>
    figure(
      `capability/${place}/32 KB: p50 with a capability, less that without`,
      "≤ 0.6 ms",
      (results) => {
        const timings = timingsOf(results, `capability/${place}/32 KB`);
        const [signed, plain] = [ours("spool, with a")(timings), ours("spool, without")(timings)];
        return signed === undefined || plain === undefined ? undefined : signed - plain;
      },
      (us) => us <= 600,
      milliseconds,
      "Two thirds of it are two signatures and two checks of signatures; a twelfth is the hash of the pixels, at both ends. The rest is many small steps: the server opens the file once more to read its head, checks the JSON of both heads, and writes a line to the file of answered requests.",
    ),
  ),
  ...[1e3, 1e5, 1e6].map((n) =>
    within(`store/${n}`, "claim + record, durable", 1.5, "≤ 1.5× raw prepared statements"),
  ),
  figure(
    "store: claim + record at 1e6 scripts against 1e3",
    "flat: ≤ 1.5×",
    (results) => flatness(results, ["store/1000", "store/1000000"]),
    (ratio) => ratio <= 1.5,
    times,
  ),
  figure(
    "loop: both daemons, every run a new cartridge",
    "≥ 1,000 scripts/s",
    (results) => figureOf(results, "loop", "both daemons"),
    (rate) => rate >= 1000,
    (rate) => `${Math.round(rate).toLocaleString("en")}/s`,
    "Every run is durable: its cartridge and its two commits wait for the disk, and its render makes a round trip to the other process.",
  ),
  figure(
    "loop: cost of a script in the last fifth against the first",
    "flat: ≤ 1.25×",
    (results) => {
      const [first, last] = ["first fifth", "last fifth"].map((name) => figureOf(results, "loop", name));
      return first === undefined || last === undefined ? undefined : first / last;
    },
    (ratio) => ratio <= 1.25,
    times,
  ),
  within("start", "cold start of gvpie render", 2, "≤ 2× node -e 0", {
    shortfall:
      "Half of it is the start of Node; the rest is loading our modules, drawing, and making the cartridge durable.",
  }),
  ...["gvpie-daemon", "zero-human-daemon"].flatMap((name) => [
    figure(
      `idle: ${name}`,
      "< 0.5 % of a core",
      (results) => figureOf(results, "idle", `${name}, of a core`),
      (percent) => percent < 0.5,
      (percent) => `${percent.toFixed(2)} %`,
    ),
    figure(
      `idle: ${name}, memory gained`,
      "flat: < 4 MB",
      (results) => figureOf(results, "idle", `${name}, memory gained`),
      (megabytes) => megabytes < 4,
      (megabytes) => `${megabytes.toFixed(1)} MB`,
    ),
  ]),
  figure(
    "operations: loop with the page open, scraped, and old runs being deleted, against without",
    "≥ 0.90×",
    (results) => figureOf(results, "operations/loop", "ratio"),
    (ratio) => ratio >= 0.9,
    times,
  ),
  figure(
    "operations: loop with --http, no client, against without",
    "≥ 0.97×",
    (results) => figureOf(results, "operations/options", "--http, no client"),
    (ratio) => ratio >= 0.97,
    times,
  ),
  figure(
    "operations: gvpie status at 1e7 runs",
    "< 150 ms",
    (results) => ours()(timingsOf(results, "operations/status")),
    (us) => us < 150_000,
    milliseconds,
  ),
  figure(
    "operations: first paint of the page at 1e5 scripts and 1e7 runs",
    "< 1 s",
    (results) => ours("first paint, first")(timingsOf(results, "operations/paint")),
    (us) => us < 1_000_000,
    milliseconds,
  ),
];
