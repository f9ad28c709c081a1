import { runOldClient, type OldClientDone } from "../kit/old-python-client.ts";
import { grouped, sum } from "../kit/numbers.ts";
import { startTestServer } from "../kit/servers.ts";
import { defineRow } from "../row.ts";

interface Client extends OldClientDone {
  readonly splits: number;
  /** How the server ended afterwards. */
  readonly serverExit: number | string;
}

export const halfWrittenCommand = defineRow<Client>({
  number: 1,
  fault: "`cmd.json` is read half-written",
  required: "waits, never crashes, never takes half: 0 lost of 1,000",
  async run(rig) {
    const one = async (splits: 1 | 2): Promise<void> => {
      const dir = rig.newPlace();
      const server = await startTestServer(rig, dir);
      const done = await runOldClient(rig, dir, { count: rig.count(250, 10), pauseMs: 25, splits });
      rig.see({ splits, ...done, serverExit: await server.kill("SIGTERM") });
    };
    await Promise.all(([1, 2, 1, 2] as const).map(one));
  },
  figure(seen) {
    const right = sum(seen.map((client) => client.right));
    const lost = sum(seen.map((client) => client.lost));
    const wrong = sum(seen.map((client) => client.wrong));
    const crashes = seen.filter((client) => client.serverExit !== 0).length;
    return {
      text: `${lost} lost, ${wrong} wrong of ${grouped(right + lost + wrong)}; ${crashes} crashes`,
      isReached: lost + wrong + crashes === 0 && right > 0,
    };
  },
});
