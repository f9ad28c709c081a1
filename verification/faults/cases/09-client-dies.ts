import { setTimeout as sleep } from "node:timers/promises";
import { type CleanupContext, defineCase } from "../harness/fault-case.ts";
import { filesLeft } from "../harness/kill-server.ts";
import { harnessPath, PYTHON_CLIENTS, startProcess, startTestServer } from "../harness/servers.ts";

const KINDS = ["waiting", "unread", "staging"] as const;

interface Killed {
  readonly kind: (typeof KINDS)[number];
  readonly signal: number | string;
}

interface Emptied {
  /** Files and folders of the clients just after the last kill. */
  readonly left: number;
  /** Files and folders of the clients at the end. */
  readonly leftAtEnd: number;
  readonly seconds: number;
}

const BOUND_SECONDS = 90;

export const clientDies = defineCase<Killed | Emptied>({
  number: 9,
  fault: "clients are killed: before they submit, while they wait, with their replies unread",
  required: "the server purges their files: 100 killed clients, the tree empty within 90 s",
  async run(context) {
    const dir = context.newSocketPath();
    const server = await startTestServer(context, dir);
    const count = context.count(102, 9);
    // A lone staging file may belong to a client in another container and is kept for a minute: too long for the short form.
    const kinds = context.isFull ? KINDS : KINDS.slice(0, 2);
    for (let first = 0; first < count; first += 6) {
      const batch = Array.from(
        { length: Math.min(6, count - first) },
        (_, index) => kinds[index % kinds.length],
      );
      const kills = await Promise.all(batch.map((kind) => killOne(context, dir, kind ?? "waiting")));
      for (const kill of kills) context.record(kill);
    }
    const left = filesLeft(dir).length;
    const startedAt = performance.now();
    const elapsed = (): number => (performance.now() - startedAt) / 1000;
    while (filesLeft(dir).length > 0 && elapsed() < 2 * BOUND_SECONDS) await sleep(100);
    context.record({ left, leftAtEnd: filesLeft(dir).length, seconds: elapsed() });
    await server.kill("SIGTERM");
  },
  evaluate(observations, isFull) {
    const killed = observations.filter((one) => "kind" in one);
    const emptied = observations.find((one) => "seconds" in one);
    if (emptied === undefined) return { summary: "the tree was not observed", isMet: false };
    const { left, leftAtEnd, seconds } = emptied;
    return {
      summary: `${killed.length} killed clients left ${left} files; ${leftAtEnd} of them after ${Math.round(seconds)} s`,
      isMet:
        leftAtEnd === 0 &&
        left > 0 &&
        killed.every((one) => one.signal === "SIGKILL") &&
        (!isFull || seconds <= BOUND_SECONDS),
    };
  },
});

async function killOne(context: CleanupContext, dir: string, kind: Killed["kind"]): Promise<Killed> {
  const argument = JSON.stringify({ dir, examples: PYTHON_CLIENTS, kind });
  const client = startProcess(context, "python3", [harnessPath("killed_client.py"), argument]);
  await client.waitForMessage("submitted");
  return { kind, signal: await client.kill("SIGKILL") };
}
