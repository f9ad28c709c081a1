import { formatCount, sum } from "@gvpie/testing";
import { defineCase } from "../harness/fault-case.ts";
import { runOldClient, type OldClientResult } from "../harness/old-python-client.ts";
import { startTestServer } from "../harness/servers.ts";

interface Client extends OldClientResult {
  readonly splits: number;
  /** Exit status of the server, terminated afterwards. */
  readonly serverExit: number | string;
}

export const halfWrittenCommand = defineCase<Client>({
  number: 1,
  fault: "the server reads `cmd.json` while a client is still writing it",
  required: "the server waits for the rest, and neither crashes nor runs half a command: 0 lost of 1,000",
  async run(context) {
    const runClient = async (splits: 1 | 2): Promise<void> => {
      const dir = context.newSocketPath();
      const server = await startTestServer(context, dir);
      const done = await runOldClient(context, dir, { count: context.count(250, 10), pauseMs: 25, splits });
      context.record({ splits, ...done, serverExit: await server.kill("SIGTERM") });
    };
    await Promise.all(([1, 2, 1, 2] as const).map(runClient));
  },
  evaluate(observations) {
    const right = sum(observations.map((client) => client.right));
    const lost = sum(observations.map((client) => client.lost));
    const wrong = sum(observations.map((client) => client.wrong));
    const crashes = observations.filter((client) => client.serverExit !== 0).length;
    return {
      summary: `${lost} lost, ${wrong} wrong of ${formatCount(right + lost + wrong)}; ${crashes} crashes`,
      isMet: lost + wrong + crashes === 0 && right > 0,
    };
  },
});
