import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { examplesPath, start } from "../../packages/file-socket/test/kit/processes.ts";
import { faultKitPath, startTestServer } from "../kit/servers.ts";
import { defineRow, type Rig } from "../row.ts";

const KINDS = ["waiting", "unread", "staging"] as const;

interface Killed {
  readonly kind: (typeof KINDS)[number];
  readonly signal: number | string;
}

interface Emptied {
  /** Files and folders of the clients just after the last was killed. */
  readonly left: number;
  /** The same when it was looked for the last time. */
  readonly leftAtEnd: number;
  readonly seconds: number;
}

const BOUND_SECONDS = 90;

export const clientDies = defineRow<Killed | Emptied>({
  number: 9,
  fault: "clients are killed: before they submit, while they wait, with their replies unread",
  required: "what is theirs is purged: 100 killed clients, the tree empty within 90 s",
  async run(rig) {
    const dir = rig.newPlace();
    const server = await startTestServer(rig, dir);
    const count = rig.count(102, 9);
    // A staging file alone may belong to a client of another container: it lives for a minute. The short form waits less.
    const kinds = rig.isFull ? KINDS : KINDS.slice(0, 2);
    for (let first = 0; first < count; first += 6) {
      const batch = Array.from(
        { length: Math.min(6, count - first) },
        (_, index) => kinds[index % kinds.length],
      );
      for (const killed of await Promise.all(batch.map((kind) => killOne(rig, dir, kind ?? "waiting"))))
        rig.see(killed);
    }
    const left = filesOf(dir);
    const startedAt = performance.now();
    const elapsed = (): number => (performance.now() - startedAt) / 1000;
    while (filesOf(dir) > 0 && elapsed() < 2 * BOUND_SECONDS) await sleep(100);
    rig.see({ left, leftAtEnd: filesOf(dir), seconds: elapsed() });
    await server.kill("SIGTERM");
  },
  figure(seen, isFull) {
    const killed = seen.filter((one) => "kind" in one);
    const emptied = seen.find((one) => "seconds" in one);
    if (emptied === undefined) return { text: "the tree was not looked at", isReached: false };
    const { left, leftAtEnd, seconds } = emptied;
    return {
      text: `${killed.length} killed clients left ${left} files; ${leftAtEnd} of them after ${Math.round(seconds)} s`,
      isReached:
        leftAtEnd === 0 &&
        left > 0 &&
        killed.every((one) => one.signal === "SIGKILL") &&
        (!isFull || seconds <= BOUND_SECONDS),
    };
  },
});

async function killOne(rig: Pick<Rig, "defer">, dir: string, kind: Killed["kind"]): Promise<Killed> {
  const argument = JSON.stringify({ dir, examples: examplesPath, kind });
  const client = start("python3", [faultKitPath("doomed_client.py"), argument]);
  rig.defer(() => client.kill("SIGKILL"));
  await client.tells("submitted");
  return { kind, signal: await client.kill("SIGKILL") };
}

function filesOf(dir: string): number {
  const parts = ["tmp", "new", "run", "out"].map((part) =>
    readdirSync(`${dir}/v1/${part}`, { recursive: true, encoding: "utf8" }),
  );
  return parts.flat().filter((name) => !name.startsWith("server.")).length;
}
