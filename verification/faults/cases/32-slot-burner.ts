import { setTimeout as sleep } from "node:timers/promises";
import { createFileSocketClient } from "@gvpie/file-socket";
import { formatMs, percentile, sum } from "@gvpie/testing";
import { defineCase } from "../harness/fault-case.ts";
import { overdueMs, watchHeartbeats } from "../harness/heartbeats.ts";
import { latenciesOf, probeLatency, type ProbePhase } from "../harness/probe-client.ts";
import { harnessPath, startNode, startServing } from "../harness/servers.ts";

interface Burnt {
  readonly seconds: number;
  readonly heartbeatsAt: readonly number[];
}

/** A third of the thread at most goes to the slot, so at least half of the usual number of requests is served. */
const BOUND_SHARE = 0.5;
const BOUND_OVERDUE_MS = 500;

export const slotBurner = defineCase<ProbePhase | Burnt>({
  number: 32,
  fault:
    "a client keeps a command of 32 MiB in the slot that is never complete and changes every millisecond",
  required:
    "gvpie-daemon reads it again at times only: another client gets at least half as many pictures as from an idle server, 0 failed, and the heartbeat is less than 500 ms late",
  async run(context) {
    const dir = context.newSocketPath();
    const daemon = await startServing(context, dir);
    await using client = createFileSocketClient({ dir });
    for (let warm = 0; warm < 50; warm++) await client.render("TXT 1 1 warm");
    const durationMs = context.count(30_000, 2_000);
    let until = performance.now() + durationMs;
    const isOver = (): boolean => performance.now() > until;
    context.record(await probeLatency(client, "idle", isOver));
    const heartbeats = watchHeartbeats(context, dir);
    const burner = startNode(context, harnessPath("slot-burner.ts"), [dir]);
    await burner.waitForMessage("burning");
    await sleep(500);
    until = performance.now() + durationMs;
    context.record(await probeLatency(client, "loaded", isOver));
    context.record({ seconds: durationMs / 1000, heartbeatsAt: heartbeats.stop() });
    await burner.kill("SIGKILL");
    await daemon.kill("SIGTERM");
  },
  evaluate(observations, isFull) {
    const phases = observations.filter((one) => "phase" in one);
    const [idle, loaded] = [latenciesOf(phases, "idle"), latenciesOf(phases, "loaded")];
    const failed = sum(phases.map((one) => one.failed));
    const share = loaded.length / idle.length;
    const overdue = overdueMs(observations.flatMap((one) => ("heartbeatsAt" in one ? one.heartbeatsAt : [])));
    return {
      summary: `${loaded.length} pictures, ${(100 * share).toFixed(0)} % of those from an idle server, ${failed} failed; p50 ${formatMs(percentile(loaded, 0.5))}, p99 ${formatMs(percentile(loaded, 0.99))}, idle ${formatMs(percentile(idle, 0.99))}; heartbeat at most ${formatMs(overdue)} late`,
      isMet:
        failed === 0 &&
        loaded.length > 0 &&
        (!isFull || (share >= BOUND_SHARE && overdue < BOUND_OVERDUE_MS)),
    };
  },
});
