import { createFileSocketClient } from "@gvpie/file-socket";
import { grouped, ms, percentile, sum } from "../kit/numbers.ts";
import { askQuietly, type QuietPhase } from "../kit/quiet-client.ts";
import { faultKitPath, startNode, startServing } from "../kit/servers.ts";
import { defineRow } from "../row.ts";

interface Flood {
  readonly submitted: number;
  /** Replies by status. */
  readonly statuses: Readonly<Record<string, number>>;
}

const BOUND_RATIO = 10;

export const flood = defineRow<QuietPhase | Flood>({
  number: 15,
  fault: "one client floods gvpie-daemon",
  required:
    "`busy`, fair to others: during 10,000 requests the p99 of a quiet client is at most 10 × that of an idle server",
  async run(rig) {
    const dir = rig.newPlace();
    const daemon = await startServing(rig, dir, ["--log-level", "info"]);
    await using client = createFileSocketClient({ dir });
    for (let warm = 0; warm < 50; warm++) await client.render("TXT 1 1 warm");
    const rounds = rig.count(4, 1);
    for (let round = 0; round < rounds; round++) {
      rig.see(await askQuietly(client, "idle", (asked) => asked >= rig.count(200, 30)));
      const argument = JSON.stringify({ dir, count: rig.count(2_500, 400) });
      const flooder = startNode(rig, faultKitPath("flooder.ts"), [argument]);
      await flooder.tells("flooding");
      const done = flooder.tells("done");
      let isDone = false;
      void done.then(() => (isDone = true));
      rig.see(await askQuietly(client, "loaded", () => isDone));
      const { submitted, statuses } = (await done) as unknown as Flood;
      rig.see({ submitted, statuses });
    }
    await daemon.kill("SIGTERM");
  },
  figure(seen, isFull) {
    const phases = seen.filter((one) => "phase" in one);
    const of = (phase: QuietPhase["phase"]): number[] =>
      phases.filter((one) => one.phase === phase).flatMap((one) => one.latenciesMs);
    const [idle, loaded] = [percentile(of("idle"), 0.99), percentile(of("loaded"), 0.99)];
    const floods = seen.filter((one) => "submitted" in one);
    const submitted = sum(floods.map((one) => one.submitted));
    const busy = sum(floods.map((one) => one.statuses["busy"] ?? 0));
    const answered = sum(floods.flatMap((one) => Object.values(one.statuses)));
    const failed = sum(phases.map((one) => one.failed));
    return {
      text: `${grouped(submitted)} requests, all answered, ${grouped(busy)} \`busy\`; quiet client: p99 ${ms(loaded)} of ${of("loaded").length}, idle ${ms(idle)}, ratio ${(loaded / idle).toFixed(1)}; ${failed} failed`,
      isReached:
        failed === 0 &&
        busy > 0 &&
        answered === submitted &&
        of("loaded").length > 0 &&
        (!isFull || loaded <= BOUND_RATIO * idle),
    };
  },
});
