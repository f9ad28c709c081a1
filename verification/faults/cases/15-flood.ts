import { createFileSocketClient } from "@gvpie/file-socket";
import { formatCount, formatMs, percentile, sum } from "@gvpie/testing";
import { defineCase } from "../harness/fault-case.ts";
import { latenciesOf, probeLatency, type ProbePhase } from "../harness/probe-client.ts";
import { harnessPath, startNode, startServing } from "../harness/servers.ts";

interface Flood {
  readonly submitted: number;
  /** Replies by status. */
  readonly statuses: Readonly<Record<string, number>>;
}

const BOUND_RATIO = 10;

export const flood = defineCase<ProbePhase | Flood>({
  number: 15,
  fault: "one client floods gvpie-daemon",
  required:
    "the server answers `busy` and stays fair: during 10,000 requests the p99 latency of another client is at most 10 × that on an idle server",
  async run(context) {
    const dir = context.newSocketPath();
    const daemon = await startServing(context, dir, ["--log-level", "info"]);
    await using client = createFileSocketClient({ dir });
    for (let warm = 0; warm < 50; warm++) await client.render("TXT 1 1 warm");
    const rounds = context.count(4, 1);
    for (let round = 0; round < rounds; round++) {
      context.record(await probeLatency(client, "idle", (requests) => requests >= context.count(200, 30)));
      const argument = JSON.stringify({ dir, count: context.count(2_500, 400) });
      const flooder = startNode(context, harnessPath("flooding-client.ts"), [argument]);
      await flooder.waitForMessage("flooding");
      const done = flooder.waitForMessage("done");
      let isDone = false;
      void done.then(() => (isDone = true));
      context.record(await probeLatency(client, "loaded", () => isDone));
      const { submitted, statuses } = (await done) as unknown as Flood;
      context.record({ submitted, statuses });
    }
    await daemon.kill("SIGTERM");
  },
  evaluate(observations, isFull) {
    const phases = observations.filter((one) => "phase" in one);
    const idle = percentile(latenciesOf(phases, "idle"), 0.99);
    const loadedMs = latenciesOf(phases, "loaded");
    const loaded = percentile(loadedMs, 0.99);
    const floods = observations.filter((one) => "submitted" in one);
    const submitted = sum(floods.map((one) => one.submitted));
    const busy = sum(floods.map((one) => one.statuses["busy"] ?? 0));
    const answered = sum(floods.flatMap((one) => Object.values(one.statuses)));
    const failed = sum(phases.map((one) => one.failed));
    return {
      summary: `${formatCount(submitted)} requests, all answered, ${formatCount(busy)} \`busy\`; other client: p99 ${formatMs(loaded)} of ${loadedMs.length}, idle ${formatMs(idle)}, ratio ${(loaded / idle).toFixed(1)}; ${failed} failed`,
      isMet:
        failed === 0 &&
        busy > 0 &&
        answered === submitted &&
        loadedMs.length > 0 &&
        (!isFull || loaded <= BOUND_RATIO * idle),
    };
  },
});
