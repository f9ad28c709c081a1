import { setTimeout as sleep } from "node:timers/promises";
import { createFileSocketClient } from "@gvpie/file-socket";
import type { Rig } from "../row.ts";
import { filesLeft, hooked, untilSwept } from "./kill-server.ts";
import { faultKitPath, startNode, startTestServer } from "./servers.ts";
import { Strangers } from "./strangers.ts";

/** What came of killing clients at one failpoint. */
export interface ClientKills {
  readonly failpoint: string;
  readonly kills: number;
  readonly missed: number;
  /** Requests of another client, one after each kill. */
  readonly asked: number;
  readonly served: number;
  /** Files of the dead clients after their leases have ended. */
  readonly left: readonly string[];
  /** Files of others that are not as they were. */
  readonly touched: readonly string[];
}

const PATIENCE_MS = 12_000;
/** A lease of 30 s and leftovers of 60 s end in this fraction. */
const CLOCK_SPEED = 40;

/** Kill so many clients of one server at a failpoint, and ask as another client after each. */
export async function killClientsAt(
  rig: Pick<Rig, "newPlace" | "defer">,
  failpoint: string,
  kills: number,
): Promise<ClientKills> {
  const dir = rig.newPlace();
  const server = await startTestServer(rig, dir);
  const strangers = new Strangers([`${dir}/notes.txt`, `${dir}/v1/notes.txt`]);
  let killed = 0;
  let missed = 0;
  let served = 0;
  let asked = 0;
  while (killed < kills && missed <= 3) {
    const dieAt = {
      name: failpoint,
      hit: failpoint.includes("enter") || failpoint.includes("leave") ? 1 : 1 + (killed % 3),
      intervalSpeed: 100,
    };
    const client = startNode(rig, faultKitPath("steady-client.ts"), [dir], hooked(dieAt));
    const over = new AbortController();
    const patience = sleep(PATIENCE_MS, "alive", { signal: over.signal }).catch(() => "alive");
    const outcome = await Promise.race([client.ended, patience]);
    over.abort();
    if (outcome === "alive") await client.kill("SIGKILL");
    if (outcome === "SIGKILL") killed++;
    else missed++;
    await using other = createFileSocketClient({ dir });
    asked++;
    served += await other.render(`after ${asked}`).then(
      () => 1,
      () => 0,
    );
  }
  await server.kill("SIGTERM");
  const last = await startTestServer(rig, dir, hooked({ name: "", hit: 0, clockSpeed: CLOCK_SPEED }));
  await untilSwept(dir);
  await last.kill("SIGTERM");
  return {
    failpoint,
    kills: killed,
    missed,
    asked,
    served,
    left: filesLeft(dir),
    touched: strangers.touched(),
  };
}
