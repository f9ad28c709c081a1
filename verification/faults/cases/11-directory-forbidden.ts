import { chmodSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuSeconds, max, waitUntil } from "@gvpie/testing";
import { OldSlotClient } from "@gvpie/testing/file-socket";
import { otherUser } from "../harness/capabilities.ts";
import { defineCase } from "../harness/fault-case.ts";
import { startTestServer } from "../harness/servers.ts";

interface Forbidden {
  /** The path, relative to the directory, whose mode was changed. */
  readonly part: string;
  readonly mode: string;
  /** Codes of the server's storage events. */
  readonly codes: readonly string[];
  /** Pauses between two attempts. */
  readonly retriesMs: readonly number[];
  /** Share of one core that the server used meanwhile. */
  readonly cpuShare: number;
  /** Number of `recovered` events meanwhile: at most one, if the server did not need the path for a while. */
  readonly falseRecoveries: number;
  readonly hasRecovered: boolean;
  readonly isAlive: boolean;
}

const BOUND_CPU = 0.05;
const BOUND_RETRY_MS = 5_000;

/** Modes as they apply to the server's user. */
const CASES = [
  { part: "v1/tmp", mode: 0 },
  { part: "v1/tmp", mode: 0o500 },
  { part: "v1/run", mode: 0o500 },
  { part: ".", mode: 0o500 },
  { part: "v1", mode: 0 },
];

export const directoryForbidden = defineCase<Forbidden>({
  number: 11,
  fault: "the directory becomes read-only or forbidden to the server, which runs as another user",
  required:
    "the server reports a clear error, retries at least every 5 s and recovers: no crash, under 5 % of a core",
  async run(context) {
    const uid = otherUser();
    const runCase = async ({ part, mode }: (typeof CASES)[number]): Promise<void> => {
      const dir = context.newSocketPath();
      chmodSync(dirname(dir), 0o1777);
      const server = await startTestServer(context, dir, { uid });
      const eventsOf = (type: string): (typeof server.messages)[number][] =>
        server.messages.filter((line) => line["type"] === type);
      chmodSync(`${dir}/${part}`, mode);
      // A command that needs the path. Root writes it, whom no mode restricts.
      const slot = new OldSlotClient(dir);
      slot.writeProgram("while forbidden");
      chmodSync(slot.command, 0o666);
      await server.waitForMessage("storage");
      const before = cpuSeconds(server.pid);
      const seconds = context.count(12, 2);
      await sleep(seconds * 1000);
      const cpuShare = (cpuSeconds(server.pid) - before) / seconds;
      const failures = eventsOf("storage").map(
        (line) => line["fields"] as { code: string; retryMs?: number },
      );
      const falseRecoveries = eventsOf("recovered").length;
      chmodSync(`${dir}/${part}`, 0o700);
      await waitUntil(() => eventsOf("recovered").length > falseRecoveries, { timeoutMs: 20_000 });
      context.record({
        part,
        mode: mode.toString(8),
        codes: [...new Set(failures.map(({ code }) => code))],
        retriesMs: failures.flatMap(({ retryMs }) => (retryMs === undefined ? [] : [retryMs])),
        cpuShare,
        falseRecoveries,
        hasRecovered: eventsOf("recovered").length > falseRecoveries,
        isAlive: server.isRunning,
      });
      await server.kill("SIGTERM");
    };
    await Promise.all(CASES.map(runCase));
  },
  evaluate(observations, isFull) {
    const busiest = max(observations.map((one) => one.cpuShare));
    const longest = max(observations.flatMap((one) => one.retriesMs));
    const recovered = observations.filter((one) => one.hasRecovered && one.isAlive).length;
    const codes = [...new Set(observations.flatMap((one) => one.codes))].sort();
    return {
      summary: `${observations.length} cases, 0 crashes, ${recovered} recovered; ${codes.join(", ")}; attempts at most ${longest} ms apart, ${(100 * busiest).toFixed(1)} % of a core`,
      isMet:
        observations.length === CASES.length &&
        recovered === observations.length &&
        codes.every((code) => code !== "") &&
        observations.every((one) => one.falseRecoveries <= 1) &&
        longest <= BOUND_RETRY_MS &&
        (!isFull || busiest < BOUND_CPU),
    };
  },
});
