import { createFileSocketClient } from "@gvpie/file-socket";
import type { CaseContext } from "./fault-case.ts";
import { ForeignFiles } from "./foreign-files.ts";
import { filesLeft, killAt, waitForKill, waitUntilSwept } from "./kill-server.ts";
import { harnessPath, startNode, startTestServer } from "./servers.ts";

/** The result of killing clients at one failpoint. */
export interface ClientKills {
  readonly failpoint: string;
  readonly kills: number;
  /** Clients that did not reach the failpoint. */
  readonly missed: number;
  /** Requests of another client, one after each kill. */
  readonly requests: number;
  readonly served: number;
  /** Files of the killed clients after their leases have expired. */
  readonly left: readonly string[];
  /** Files of other programs that were changed. */
  readonly changed: readonly string[];
}

/** Makes leases of 30 s expire, and leftovers be swept, after a fraction of the time. */
const CLOCK_SPEED = 40;

/** Kills `kills` clients of one server at a failpoint. After each kill another client sends a request. */
export async function killClientsAt(
  context: Pick<CaseContext, "newSocketPath" | "defer">,
  failpoint: string,
  kills: number,
): Promise<ClientKills> {
  const dir = context.newSocketPath();
  const server = await startTestServer(context, dir);
  const foreign = new ForeignFiles([`${dir}/notes.txt`, `${dir}/v1/notes.txt`]);
  const isPassedOnce = failpoint.includes("enter") || failpoint.includes("leave");
  let killed = 0;
  let missed = 0;
  let served = 0;
  let requests = 0;
  while (killed < kills && missed <= 3) {
    const hit = isPassedOnce ? 1 : 1 + (killed % 3);
    const options = killAt({ name: failpoint, hit, intervalSpeed: 100 });
    const client = startNode(context, harnessPath("looping-client.ts"), [dir], options);
    if (await waitForKill(client)) {
      killed++;
    } else {
      missed++;
    }
    await using other = createFileSocketClient({ dir });
    requests++;
    served += await other.render(`after ${requests}`).then(
      () => 1,
      () => 0,
    );
  }
  await server.kill("SIGTERM");
  const last = await startTestServer(context, dir, killAt({ name: "", hit: 0, clockSpeed: CLOCK_SPEED }));
  await waitUntilSwept(dir);
  await last.kill("SIGTERM");
  const left = filesLeft(dir);
  return { failpoint, kills: killed, missed, requests, served, left, changed: foreign.changed() };
}
