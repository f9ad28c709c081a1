import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { KitProcess } from "../../packages/file-socket/test/kit/processes.ts";
import { renderAsOldClient, type Outcome } from "../kit/old-client.ts";
import { startTestServer } from "../kit/servers.ts";
import { defineRow } from "../row.ts";

const STALL_MS = 2_500;
/** A client's pause after it has given up: longer than the rest of the stall. */
const PAUSE_MS = 1_500;

interface Stall {
  /** `stopped`: the whole process, by SIGSTOP. `busy`: the renderer keeps the processor. `slow`: it just takes so long. */
  readonly kind: "stopped" | "busy" | "slow";
  readonly during: Outcome;
  /** Whether a reply appeared while the client, which had given up, paused before it went on; undefined: no pause. */
  readonly isShownLate: boolean | undefined;
  readonly after: readonly Outcome[];
}

/** What the renderer is told. */
const ORDERS = { stopped: "!sleep 1000", busy: `!block ${STALL_MS}`, slow: `!stubborn ${STALL_MS}` };

export const lateReply = defineRow<Stall>({
  number: 4,
  fault: "the renderer stalls for 2.5 s, longer than an old client waits",
  required: "the late reply is dropped, and never answers the next command: 50 stalls, 0 wrong",
  async run(rig) {
    const lane = async (kind: Stall["kind"], count: number): Promise<void> => {
      const dir = rig.newPlace();
      const server = await startTestServer(rig, dir);
      for (let stall = 0; stall < count; stall++) {
        await renderAsOldClient(dir, `before ${stall}`);
        let resumed: Promise<unknown> = Promise.resolve();
        if (kind === "stopped") resumed = stopWhileRendering(server);
        const during = await renderAsOldClient(dir, `${ORDERS[kind]}\nduring ${stall}`);
        // A newer command drops a late reply as well; where there is none, only the clock does.
        let isShownLate: boolean | undefined;
        if (stall % 2 === 1) {
          await sleep(PAUSE_MS);
          isShownLate = existsSync(`${dir}/out.raw`);
        }
        // Slow enough for a late reply to be there first.
        const after: Outcome[] = [];
        for (let next = 0; next < 3; next++)
          after.push(await renderAsOldClient(dir, `!sleep 150\nnext ${next} ${stall}`));
        await resumed;
        rig.see({ kind, during, isShownLate, after });
      }
      await server.kill("SIGTERM");
    };
    const each = rig.count(6, 2);
    const kinds = (["stopped", "busy", "slow"] as const).flatMap((kind) =>
      rig.isFull ? [kind, kind, kind] : [kind],
    );
    await Promise.all(kinds.map((kind) => lane(kind, each)));
  },
  figure(seen, isFull) {
    const outcomes = seen.flatMap((stall) => [stall.during, ...stall.after]);
    const wrong = outcomes.filter((outcome) => outcome === "wrong").length;
    const stalled = seen.filter((stall) => stall.during === "lost").length;
    const served = seen.filter((stall) => stall.after.at(-1) === "right").length;
    const paused = seen.filter((stall) => stall.isShownLate !== undefined).length;
    const shown = seen.filter((stall) => stall.isShownLate === true).length;
    return {
      text: `${stalled} stalls, ${wrong} wrong of ${outcomes.length} renders, ${shown} shown after ${paused} clients had given up; the third command after it was right ${served} times`,
      // A slow machine may be late with a good reply too, which is then lost as it must be, or stop the server too late.
      isReached:
        wrong === 0 &&
        shown === 0 &&
        (isFull ? stalled === seen.length && served === seen.length : stalled > 0),
    };
  },
});

/** Stop the process a moment after it has taken the command, and let it go on when the client has given up. */
async function stopWhileRendering({ child }: KitProcess): Promise<void> {
  await sleep(150);
  child.kill("SIGSTOP");
  await sleep(STALL_MS);
  child.kill("SIGCONT");
}
