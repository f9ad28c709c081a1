import { formatCount, max, sum } from "@gvpie/testing";
import { defineCase } from "../harness/fault-case.ts";
import { runOldClient, type OldClientResult } from "../harness/old-python-client.ts";
import { harnessPath, startTestServer } from "../harness/servers.ts";

interface Client extends OldClientResult {
  /** Number of commands by the number of times their picture was published. */
  readonly publishes: Readonly<Record<number, number>>;
}

export const replyDeletedUnread = defineCase<Client>({
  number: 2,
  fault: "an old client deletes the reply before it reads it",
  required:
    "the server notices it and publishes the reply again: pauses of 0–20 ms, 0 lost, 0 wrong of 1,000; at most 2 publishes each",
  async run(context) {
    const runClient = async (): Promise<void> => {
      const dir = context.newSocketPath();
      const server = await startTestServer(context, dir, { imports: [harnessPath("report-renames.ts")] });
      const done = await runOldClient(context, dir, {
        count: context.count(250, 15),
        pauseMs: 20,
        splits: 0,
      });
      await server.kill("SIGTERM");
      context.record({ ...done, publishes: publishesOf(server.messages.map((line) => line["type"])) });
    };
    await Promise.all(Array.from({ length: 4 }, runClient));
  },
  evaluate(observations) {
    const right = sum(observations.map((client) => client.right));
    const lost = sum(observations.map((client) => client.lost));
    const wrong = sum(observations.map((client) => client.wrong));
    const twice = sum(observations.map((client) => client.publishes[2] ?? 0));
    const highest = max(observations.flatMap((client) => Object.keys(client.publishes).map(Number)));
    return {
      summary: `${lost} lost, ${wrong} wrong of ${formatCount(right + lost + wrong)}; ${twice} published twice, none more than ${highest} times`,
      isMet: lost + wrong === 0 && right > 0 && twice > 0 && highest <= 2,
    };
  },
});

/** Counts the commands by the number of times their picture was published. */
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
