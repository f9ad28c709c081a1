import { createFileSocketClient } from "@gvpie/file-socket";
import { formatMs, percentile, sum } from "@gvpie/testing";
import { defineCase } from "../harness/fault-case.ts";
import { overdueMs, watchHeartbeats } from "../harness/heartbeats.ts";
import { latenciesOf, probeLatency, type ProbePhase } from "../harness/probe-client.ts";
import { harnessPath, startNode, startServing } from "../harness/servers.ts";

interface Heavy {
  readonly kind: string;
  /** `ok`, or the code of the error. */
  readonly outcome: string;
  readonly tookMs: number;
}

interface Heartbeats {
  /** Times of the heartbeats under load, in milliseconds since 1970. */
  readonly heartbeatsAt: readonly number[];
}

const BOUND_OVERDUE_MS = 250;
/** Outcomes that a program may have. */
const EXPECTED = new Set([
  "ok",
  "RASTER_LIMIT_PAINTED",
  "RASTER_LIMIT_FUEL",
  "RASTER_LIMIT_COMMANDS",
  "FSOCK_DEADLINE",
]);

export const heaviestProgram = defineCase<ProbePhase | Heavy | Heartbeats>({
  number: 17,
  fault:
    "one client sends gvpie-daemon the heaviest programs that its limits allow, and some that exceed them",
  required:
    "each is rendered in time or refused by a limit; the heartbeat, due every second, is less than 250 ms late",
  async run(context) {
    const dir = context.newSocketPath();
    const daemon = await startServing(context, dir);
    await using client = createFileSocketClient({ dir });
    for (let warm = 0; warm < 50; warm++) await client.render("TXT 1 1 warm");
    context.record(await probeLatency(client, "idle", (requests) => requests >= context.count(500, 30)));
    const heavy = startNode(context, harnessPath("heavy-client.ts"), [dir]);
    await heavy.waitForMessage("sending");
    const heartbeats = watchHeartbeats(context, dir);
    const end = performance.now() + context.count(60_000, 4_000);
    const hasEnough = (): boolean => heavy.messages.filter((line) => line["type"] === "heavy").length >= 5;
    context.record(await probeLatency(client, "loaded", () => performance.now() > end && hasEnough()));
    context.record({ heartbeatsAt: heartbeats.stop() });
    for (const message of heavy.messages) {
      if (message["type"] === "heavy") context.record(message as unknown as Heavy);
    }
    await heavy.kill("SIGKILL");
    await daemon.kill("SIGTERM");
  },
  evaluate(observations, isFull) {
    const phases = observations.filter((one) => "phase" in one);
    const idle = percentile(latenciesOf(phases, "idle"), 0.99);
    const loaded = percentile(latenciesOf(phases, "loaded"), 0.99);
    const heavy = observations.filter((one) => "outcome" in one);
    const rendered = heavy.filter((one) => one.outcome === "ok").length;
    const unexpected = heavy.filter((one) => !EXPECTED.has(one.outcome));
    const beats = observations.flatMap((one) => ("heartbeatsAt" in one ? one.heartbeatsAt : []));
    const overdue = overdueMs(beats);
    const failed = sum(phases.map((one) => one.failed));
    return {
      summary: [
        `${heavy.length} programs: ${rendered} rendered, ${heavy.length - rendered - unexpected.length} refused by a limit, ${unexpected.length} unexpected`,
        `${beats.length} heartbeats, at most ${formatMs(overdue)} late`,
        `other client: p99 ${formatMs(loaded)}, idle ${formatMs(idle)}, ratio ${(loaded / idle).toFixed(1)}; ${failed} failed`,
      ].join("; "),
      isMet:
        rendered > 0 &&
        unexpected.length === 0 &&
        failed === 0 &&
        beats.length > 1 &&
        (!isFull || overdue < BOUND_OVERDUE_MS),
    };
  },
});
