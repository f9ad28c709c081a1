import { chmodSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SlotUser } from "../../packages/file-socket/test/kit/slot-user.ts";
import { until } from "../../packages/file-socket/test/kit/until.ts";
import { otherUser } from "../kit/abilities.ts";
import { most } from "../kit/numbers.ts";
import { cpuSeconds } from "../kit/proc.ts";
import { startTestServer } from "../kit/servers.ts";
import { defineRow } from "../row.ts";

interface Forbidden {
  /** What was forbidden, and how. */
  readonly part: string;
  readonly mode: string;
  /** The codes that the server told of. */
  readonly codes: readonly string[];
  /** Its waits between two tries. */
  readonly retriesMs: readonly number[];
  /** Of one core, while it was forbidden. */
  readonly cpuShare: number;
  /** How often it told that all was well: once, where what is forbidden was not needed for a while. */
  readonly falseRecoveries: number;
  readonly hasRecovered: boolean;
  readonly isAlive: boolean;
}

const BOUND_CPU = 0.05;
const BOUND_RETRY_MS = 5_000;

/** Modes of folders, as the server's own user sees them. */
const CASES = [
  { part: "v1/tmp", mode: 0 },
  { part: "v1/tmp", mode: 0o500 },
  { part: "v1/run", mode: 0o500 },
  { part: ".", mode: 0o500 },
  { part: "v1", mode: 0 },
];

export const directoryForbidden = defineRow<Forbidden>({
  number: 11,
  fault: "the directory becomes read-only or forbidden to the server, which runs as another user",
  required: "a clear error, tries at most 5 s apart, recovers: no crash, under 5 % of a core",
  async run(rig) {
    const uid = otherUser();
    const one = async ({ part, mode }: (typeof CASES)[number]): Promise<void> => {
      const dir = rig.newPlace();
      chmodSync(dirname(dir), 0o777);
      const server = await startTestServer(rig, dir, { uid });
      const pid = server.child.pid ?? Number.NaN;
      const known = (type: string): (typeof server.told)[number][] =>
        server.told.filter((line) => line["type"] === type);
      chmodSync(`${dir}/${part}`, mode);
      // Something to do, that needs the part: written by root, whom no mode stops.
      const user = new SlotUser(dir);
      user.writeProgram("while forbidden");
      chmodSync(user.command, 0o666);
      await server.tells("storage");
      const before = cpuSeconds(pid);
      const seconds = rig.count(12, 2);
      await sleep(seconds * 1000);
      const cpuShare = (cpuSeconds(pid) - before) / seconds;
      const troubles = known("storage").map((line) => line["fields"] as { code: string; retryMs?: number });
      const falseRecoveries = known("recovered").length;
      chmodSync(`${dir}/${part}`, 0o700);
      await until(() => known("recovered").length > falseRecoveries, 20_000);
      rig.see({
        part,
        mode: mode.toString(8),
        codes: [...new Set(troubles.map(({ code }) => code))],
        retriesMs: troubles.flatMap(({ retryMs }) => (retryMs === undefined ? [] : [retryMs])),
        cpuShare,
        falseRecoveries,
        hasRecovered: known("recovered").length > falseRecoveries,
        isAlive: server.child.exitCode === null,
      });
      await server.kill("SIGTERM");
    };
    await Promise.all(CASES.map(one));
  },
  figure(seen, isFull) {
    const busiest = most(seen.map((one) => one.cpuShare));
    const longest = most(seen.flatMap((one) => one.retriesMs));
    const recovered = seen.filter((one) => one.hasRecovered && one.isAlive).length;
    const codes = [...new Set(seen.flatMap((one) => one.codes))].sort();
    return {
      text: `${seen.length} cases, 0 crashes, ${recovered} recovered; ${codes.join(", ")}; tries at most ${longest} ms apart, ${(100 * busiest).toFixed(1)} % of a core`,
      isReached:
        seen.length === CASES.length &&
        recovered === seen.length &&
        codes.every((code) => code !== "") &&
        seen.every((one) => one.falseRecoveries <= 1) &&
        longest <= BOUND_RETRY_MS &&
        (!isFull || busiest < BOUND_CPU),
    };
  },
});
