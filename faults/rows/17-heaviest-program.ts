import { readFileSync } from "node:fs";
import { createFileSocketClient } from "@gvpie/file-socket";
import { most, ms, percentile, sum } from "../kit/numbers.ts";
import { askQuietly, type QuietPhase } from "../kit/quiet-client.ts";
import { faultKitPath, startNode, startServing } from "../kit/servers.ts";
import { defineRow } from "../row.ts";

interface Heavy {
  readonly kind: string;
  /** `ok`, or the code of the refusal. */
  readonly outcome: string;
  readonly tookMs: number;
}

interface Beats {
  /** When the heartbeat was renewed while programs were drawn, in milliseconds since 1970. */
  readonly heartbeatsAt: readonly number[];
}

const BOUND_OVERDUE_MS = 250;
const PERIOD_MS = 1_000;
/** What a program may end with. */
const ENDINGS = new Set([
  "ok",
  "RASTER_LIMIT_PAINTED",
  "RASTER_LIMIT_FUEL",
  "RASTER_LIMIT_COMMANDS",
  "FSOCK_DEADLINE",
]);

export const heaviestProgram = defineRow<QuietPhase | Heavy | Beats>({
  number: 17,
  fault: "one client sends gvpie-daemon the heaviest programs that its limits allow, and heavier ones",
  required: "drawn in time or refused by a limit; the heartbeat, due every second, is less than 250 ms late",
  async run(rig) {
    const dir = rig.newPlace();
    const daemon = await startServing(rig, dir);
    await using client = createFileSocketClient({ dir });
    for (let warm = 0; warm < 50; warm++) await client.render("TXT 1 1 warm");
    rig.see(await askQuietly(client, "idle", (asked) => asked >= rig.count(500, 30)));
    const heavy = startNode(rig, faultKitPath("heavy-client.ts"), [dir]);
    await heavy.tells("sending");
    const beats = new Set<number>();
    const watch = setInterval(() => {
      const beat = heartbeat(dir);
      if (beat !== undefined) beats.add(beat);
    }, 20);
    rig.defer(() => clearInterval(watch));
    const until = performance.now() + rig.count(60_000, 4_000);
    const enough = (): boolean => heavy.told.filter((line) => line["type"] === "heavy").length >= 5;
    rig.see(await askQuietly(client, "loaded", () => performance.now() > until && enough()));
    clearInterval(watch);
    rig.see({ heartbeatsAt: [...beats].sort((a, b) => a - b) });
    for (const line of heavy.told) if (line["type"] === "heavy") rig.see(line as unknown as Heavy);
    await heavy.kill("SIGKILL");
    await daemon.kill("SIGTERM");
  },
  figure(seen, isFull) {
    const phases = seen.filter((one) => "phase" in one);
    const of = (phase: QuietPhase["phase"]): number[] =>
      phases.filter((one) => one.phase === phase).flatMap((one) => one.latenciesMs);
    const [idle, loaded] = [percentile(of("idle"), 0.99), percentile(of("loaded"), 0.99)];
    const heavy = seen.filter((one) => "outcome" in one);
    const drawn = heavy.filter((one) => one.outcome === "ok").length;
    const strange = heavy.filter((one) => !ENDINGS.has(one.outcome));
    const beats = seen.flatMap((one) => ("heartbeatsAt" in one ? one.heartbeatsAt : []));
    const overdue = most(beats.slice(1).map((at, index) => at - (beats[index] ?? at) - PERIOD_MS));
    const failed = sum(phases.map((one) => one.failed));
    return {
      text: [
        `${heavy.length} programs: ${drawn} drawn, ${heavy.length - drawn - strange.length} refused by a limit, ${strange.length} otherwise`,
        `${beats.length} heartbeats, at most ${ms(overdue)} late`,
        `quiet client: p99 ${ms(loaded)}, idle ${ms(idle)}, ratio ${(loaded / idle).toFixed(1)}; ${failed} failed`,
      ].join("; "),
      isReached:
        drawn > 0 &&
        strange.length === 0 &&
        failed === 0 &&
        beats.length > 1 &&
        (!isFull || overdue < BOUND_OVERDUE_MS),
    };
  },
});

function heartbeat(dir: string): number | undefined {
  try {
    return (JSON.parse(readFileSync(`${dir}/v1/server.json`, "utf8")) as { heartbeatAt: number }).heartbeatAt;
  } catch {
    return undefined;
  }
}
