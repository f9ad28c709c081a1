import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createFileSocketClient } from "@gvpie/file-socket";
import { formatCount, formatMs, percentile, sum } from "@gvpie/testing";
import { defineCase } from "../harness/fault-case.ts";
import { overdueMs, watchHeartbeats } from "../harness/heartbeats.ts";
import { latenciesOf, probeLatency, type ProbePhase } from "../harness/probe-client.ts";
import { harnessPath, startNode, startServing } from "../harness/servers.ts";

interface Cleaned {
  readonly entries: number;
  readonly left: readonly string[];
  readonly logLines: number;
  readonly heartbeatsAt: readonly number[];
}

const KINDS = 5;
const BOUND_RATIO = 10;
const BOUND_OVERDUE_MS = 500;
const BOUND_LINES = 60;

export const litteredTree = defineCase<ProbePhase | Cleaned>({
  number: 31,
  fault:
    "a client fills the directories with tens of thousands of invalid names, folders and reply directories",
  required:
    "gvpie-daemon clears them away a few at a time and logs at most 60 lines: the p99 latency of another client is at most 10 × that on an idle server, the heartbeat less than 500 ms late",
  async run(context) {
    const dir = context.newSocketPath();
    const daemon = await startServing(context, dir);
    await using client = createFileSocketClient({ dir });
    for (let warm = 0; warm < 50; warm++) await client.render("TXT 1 1 warm");
    context.record(await probeLatency(client, "idle", (requests) => requests >= context.count(1_000, 30)));
    const heartbeats = watchHeartbeats(context, dir);
    const count = context.count(10_000, 300);
    const littering = startNode(context, harnessPath("littering-client.ts"), [
      JSON.stringify({ dir, count }),
    ]);
    let left: readonly string[] = [];
    const until = performance.now() + context.count(150_000, 60_000);
    let isClean = false;
    const check = async (): Promise<void> => {
      await littering.waitForMessage("done");
      while (!isClean && performance.now() < until) {
        await sleep(250);
        left = [...readdirSync(`${dir}/v1/new`), ...readdirSync(`${dir}/v1/out`)].filter(
          (name) => !name.startsWith(`${process.pid}-`),
        );
        isClean =
          left.length === 0 &&
          readdirSync(`${dir}/v1/bad`).filter((name) => name.startsWith("file")).length <= 64;
      }
    };
    const checked = check();
    let isOver = false;
    void checked.then(() => (isOver = true));
    context.record(await probeLatency(client, "loaded", () => isOver));
    await checked;
    context.record({
      entries: KINDS * count,
      left: left.slice(0, 10),
      logLines: linesOf(daemon.stderr),
      heartbeatsAt: heartbeats.stop(),
    });
    await daemon.kill("SIGTERM");
  },
  evaluate(observations, isFull) {
    const phases = observations.filter((one) => "phase" in one);
    const idle = percentile(latenciesOf(phases, "idle"), 0.99);
    const loaded = percentile(latenciesOf(phases, "loaded"), 0.99);
    const failed = sum(phases.map((one) => one.failed));
    const cleaned = observations.find((one) => "entries" in one);
    const overdue = overdueMs(cleaned?.heartbeatsAt ?? []);
    return {
      summary: `${formatCount(cleaned?.entries ?? 0)} entries, ${cleaned?.left.length ?? 0} left, ${cleaned?.logLines ?? 0} log lines; other client: p99 ${formatMs(loaded)}, idle ${formatMs(idle)}, ratio ${(loaded / idle).toFixed(1)}, ${failed} failed; heartbeat at most ${formatMs(overdue)} late`,
      isMet:
        cleaned !== undefined &&
        cleaned.left.length === 0 &&
        cleaned.logLines <= BOUND_LINES &&
        failed === 0 &&
        (!isFull || (loaded <= BOUND_RATIO * idle && overdue < BOUND_OVERDUE_MS)),
    };
  },
});

/** Counts the lines of a log that are not about answered requests. */
function linesOf(log: string): number {
  return log.split("\n").filter((line) => line !== "" && !line.includes("published")).length;
}
