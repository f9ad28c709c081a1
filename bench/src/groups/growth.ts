import { createFileSocketClient } from "@gvpie/file-socket";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { measureClaimRecord } from "../claim-record.ts";
import { median } from "@gvpie/testing";
import type { Effort } from "../harness.ts";
import { onDisk } from "../places.ts";
import { memoryOf, startRenderer } from "../processes.ts";
import type { Growth, GrowthPoint } from "../results.ts";

/** Measures time and memory over the number of instructions, pixels, clients, scripts and runs. */
export async function* growth(effort: Effort): AsyncGenerator<Growth> {
  yield {
    ...titled("instructions", "a program of n rectangles of 1…50 px, 1920×1080"),
    timeOf: "parse + render",
    memoryOf: "peak memory, with program and frame",
    points: [1, 10, 100, 1e3, 1e4, 1e5, 1e6].map((x) => renderAlone("instructions", x)),
  };
  yield {
    ...titled("pixels", "one text on a canvas of n pixels"),
    timeOf: "parse + render into a reused frame",
    memoryOf: "peak memory, with program and frame",
    points: [
      [128, 64],
      [512, 256],
      [1024, 1024],
      [1920, 1080],
      [3840, 2160],
      [8192, 8192],
    ].map(([width = 0, height = 0]) => renderAlone("pixels", width * height, width, height)),
  };
  yield await clients(effort);
  yield {
    ...titled("scripts", "a store of n scripts, all due"),
    timeOf: "claim + record, durable",
    memoryOf: "size of the database",
    points: await stored([1e3, 1e4, 1e5, 1e6], (x) => ({ scripts: x, runs: 0 }), effort),
  };
  yield {
    ...titled("runs", "a store of 1,000 scripts and n runs"),
    timeOf: "claim + record, durable",
    memoryOf: "size of the database",
    points: await stored([1e3, 1e4, 1e5, 1e6], (x) => ({ scripts: 1000, runs: x }), effort),
  };
}

function titled(of: string, title: string): Pick<Growth, "kind" | "id" | "of" | "title"> {
  return { kind: "growth", id: `growth/${of}`, of, title };
}

/** Runs in a separate process, so that memory is measured for this point alone. */
function renderAlone(what: string, x: number, width = 1920, height = 1080): GrowthPoint {
  const child = fileURLToPath(new URL("../growth-child.ts", import.meta.url));
  const args = [...process.execArgv, child, what, String(x), String(width), String(height)];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return { x, ...(JSON.parse(stdout) as { us: number; megabytes: number }) };
}

async function clients({ scale }: Effort): Promise<Growth> {
  const points: GrowthPoint[] = [];
  for (const x of [1, 4, 16, 64]) {
    for await (const point of onDisk((dir) => serve(join(dir, "socket"), x, 3000 * scale))) {
      points.push(point);
    }
  }
  return {
    ...titled("clients", "n clients at once, each with one request in flight, 32 KB replies"),
    timeOf: "a reply: median latency divided by n",
    memoryOf: "memory of gvpie-daemon",
    points,
  };
}

async function* serve(dir: string, count: number, ms: number): AsyncGenerator<GrowthPoint> {
  const daemon = await startRenderer(dir);
  const all = Array.from({ length: count }, () => createFileSocketClient({ dir }));
  try {
    const latencies: number[] = [];
    const end = performance.now() + ms;
    const ask = async (client: (typeof all)[number]): Promise<void> => {
      while (performance.now() < end) {
        const start = performance.now();
        await client.render("TXT 10 10 Hello GPU");
        latencies.push((performance.now() - start) * 1000);
      }
    };
    await Promise.all(all.map(ask));
    yield { x: count, us: median(latencies) / count, megabytes: memoryOf(daemon) };
  } finally {
    await Promise.all(all.map((client) => client.close()));
    await daemon.kill("SIGTERM");
  }
}

async function stored(
  sizes: readonly number[],
  of: (x: number) => { scripts: number; runs: number },
  { rounds, scale }: Effort,
): Promise<GrowthPoint[]> {
  const points: GrowthPoint[] = [];
  for (const x of sizes) {
    const { oursUs, databaseBytes } = await measureClaimRecord({
      ...of(Math.ceil(x * scale)),
      synchronous: "full",
      rounds,
    });
    points.push({ x, us: median(oursUs), megabytes: databaseBytes / 1e6 });
  }
  return points;
}
