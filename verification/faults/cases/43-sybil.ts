import { createFileSocketClient } from "@gvpie/file-socket";
import { formatCount, formatMs, percentile, sum } from "@gvpie/testing";
import { defineCase } from "../harness/fault-case.ts";
import { Issuer, narrow } from "../harness/issuer.ts";
import { latenciesOf, probeLatency, type ProbePhase } from "../harness/probe-client.ts";
import { harnessPath, startNode, startServing } from "../harness/servers.ts";

interface Flood {
  readonly submitted: number;
  /** Replies by status. */
  readonly statuses: Readonly<Record<string, number>>;
}

const NAMES = 64;
const BOUND_RATIO = 10;

export const sybil = defineCase<ProbePhase | Flood>({
  number: 43,
  fault:
    "the holder of one capability floods gvpie-daemon under 64 names, half of them with narrowed capabilities",
  required:
    "all of it is one lane, answered with `busy` beyond its share: the p99 latency of a client with another capability is at most 10 × that on an idle server, and 0 of its requests fail",
  async run(context) {
    const dir = context.newSocketPath();
    const issuer = await Issuer.create(context);
    const { audience } = issuer;
    const daemon = await startServing(context, dir, issuer.flags("require"));
    const quiet = await issuer.issue();
    await using client = createFileSocketClient({ dir, capability: { text: quiet.text, key: quiet.key } });
    for (let warm = 0; warm < 50; warm++) await client.render("TXT 1 1 warm");
    const flooder = await issuer.issue();
    const holders = [flooder, await narrow(flooder), flooder, await narrow(flooder, { frames: 1 })];
    for (let round = context.count(4, 1); round > 0; round--) {
      context.record(await probeLatency(client, "idle", (requests) => requests >= context.count(200, 30)));
      const argument = { dir, audience, holders, names: NAMES, count: context.count(40, 6) };
      const flood = startNode(context, harnessPath("sybil-client.ts"), [JSON.stringify(argument)]);
      await flood.waitForMessage("flooding");
      const done = flood.waitForMessage("done");
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
    const count = (status: string): number => sum(floods.map((one) => one.statuses[status] ?? 0));
    const submitted = sum(floods.map((one) => one.submitted));
    const failed = sum(phases.map((one) => one.failed));
    return {
      summary: `${formatCount(submitted)} requests of ${NAMES} names, ${formatCount(count("busy"))} \`busy\`; other client: p99 ${formatMs(loaded)} of ${loadedMs.length}, idle ${formatMs(idle)}, ratio ${(loaded / idle).toFixed(1)}; ${failed} failed`,
      isMet:
        failed === 0 &&
        count("ok") > 0 &&
        count("busy") > 0 &&
        count("ok") + count("busy") === submitted &&
        loadedMs.length > 0 &&
        (!isFull || loaded <= BOUND_RATIO * idle),
    };
  },
});
