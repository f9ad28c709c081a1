import { grouped, most, sum } from "../kit/numbers.ts";
import { runOldClient, type OldClientDone } from "../kit/old-python-client.ts";
import { faultKitPath, startTestServer } from "../kit/servers.ts";
import { defineRow } from "../row.ts";

interface Client extends OldClientDone {
  /** Commands by how often their picture was published. */
  readonly publishes: Readonly<Record<number, number>>;
}

export const replyDeletedUnread = defineRow<Client>({
  number: 2,
  fault: "an old client deletes the reply before it reads it",
  required:
    "noticed, and published once more: pauses of 0–20 ms, 0 lost, 0 wrong of 1,000; at most 2 publishes each",
  async run(rig) {
    const one = async (): Promise<void> => {
      const dir = rig.newPlace();
      const server = await startTestServer(rig, dir, { imports: [faultKitPath("tell-renames.ts")] });
      const done = await runOldClient(rig, dir, { count: rig.count(250, 15), pauseMs: 20, splits: 0 });
      await server.kill("SIGTERM");
      rig.see({ ...done, publishes: publishesOf(server.told.map((line) => line["type"])) });
    };
    await Promise.all([one(), one(), one(), one()]);
  },
  figure(seen) {
    const right = sum(seen.map((client) => client.right));
    const lost = sum(seen.map((client) => client.lost));
    const wrong = sum(seen.map((client) => client.wrong));
    const twice = sum(seen.map((client) => client.publishes[2] ?? 0));
    const highest = most(seen.flatMap((client) => Object.keys(client.publishes).map(Number)));
    return {
      text: `${lost} lost, ${wrong} wrong of ${grouped(right + lost + wrong)}; ${twice} published twice, none more than ${highest} times`,
      isReached: lost + wrong === 0 && right > 0 && twice > 0 && highest <= 2,
    };
  },
});

/** How many commands had their picture published so often. */
function publishesOf(types: readonly unknown[]): Record<number, number> {
  const commands: number[] = [];
  for (const type of types) {
    if (type === "slot claimed") commands.push(0);
    if (type === "slot published") commands.push((commands.pop() ?? 0) + 1);
  }
  const counts: Record<number, number> = {};
  for (const times of commands) counts[times] = (counts[times] ?? 0) + 1;
  return counts;
}
