import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { TestProcess } from "@gvpie/testing";
import { defineCase } from "../harness/fault-case.ts";
import { renderAsOldClient, type Outcome } from "../harness/old-client.ts";
import { startTestServer } from "../harness/servers.ts";

const STALL_MS = 2_500;
/** Pause of a client after its timeout, longer than the rest of the stall. */
const PAUSE_MS = 1_500;

interface Stall {
  /** `stopped`: SIGSTOP stops the process. `busy`: the renderer blocks the event loop. `slow`: the renderer only waits. */
  readonly kind: "stopped" | "busy" | "slow";
  readonly during: Outcome;
  /** True if a reply appeared while the client paused after its timeout; undefined if it did not pause. */
  readonly isShownLate: boolean | undefined;
  readonly after: readonly Outcome[];
}

/** Programs that make the test renderer stall. */
const STALLING_PROGRAMS = {
  stopped: "!sleep 1000",
  busy: `!block ${STALL_MS}`,
  slow: `!stubborn ${STALL_MS}`,
};

export const lateReply = defineCase<Stall>({
  number: 4,
  fault: "the renderer stalls for 2.5 s, longer than an old client waits",
  required: "the server drops the late reply, which never answers the next command: 50 stalls, 0 wrong",
  async run(context) {
    const stallRepeatedly = async (kind: Stall["kind"], count: number): Promise<void> => {
      const dir = context.newSocketPath();
      const server = await startTestServer(context, dir);
      for (let stall = 0; stall < count; stall++) {
        await renderAsOldClient(dir, `before ${stall}`);
        let resumed: Promise<unknown> = Promise.resolve();
        if (kind === "stopped") resumed = stopWhileRendering(server);
        const during = await renderAsOldClient(dir, `${STALLING_PROGRAMS[kind]}\nduring ${stall}`);
        // A newer command also drops a late reply. During a pause only the deadline does.
        let isShownLate: boolean | undefined;
        if (stall % 2 === 1) {
          await sleep(PAUSE_MS);
          isShownLate = existsSync(`${dir}/out.raw`);
        }
        // Slow enough for a late reply to be published first.
        const after: Outcome[] = [];
        for (let next = 0; next < 3; next++) {
          after.push(await renderAsOldClient(dir, `!sleep 150\nnext ${next} ${stall}`));
        }
        await resumed;
        context.record({ kind, during, isShownLate, after });
      }
      await server.kill("SIGTERM");
    };
    const each = context.count(6, 2);
    const kinds = (["stopped", "busy", "slow"] as const).flatMap((kind) =>
      context.isFull ? [kind, kind, kind] : [kind],
    );
    await Promise.all(kinds.map((kind) => stallRepeatedly(kind, each)));
  },
  evaluate(observations, isFull) {
    const outcomes = observations.flatMap((stall) => [stall.during, ...stall.after]);
    const wrong = outcomes.filter((outcome) => outcome === "wrong").length;
    const stalled = observations.filter((stall) => stall.during === "lost").length;
    const served = observations.filter((stall) => stall.after.at(-1) === "right").length;
    const paused = observations.filter((stall) => stall.isShownLate !== undefined).length;
    const shown = observations.filter((stall) => stall.isShownLate === true).length;
    return {
      summary: `${stalled} stalls, ${wrong} wrong of ${outcomes.length} renders, ${shown} published after ${paused} timeouts; the third command after a stall was right ${served} times`,
      // A slow machine may also be late with a good reply, which is then dropped, or may stop the server too late.
      isMet:
        wrong === 0 &&
        shown === 0 &&
        (isFull ? stalled === observations.length && served === observations.length : stalled > 0),
    };
  },
});

/** Stops the server while it renders, and continues it after the client's timeout. */
async function stopWhileRendering(server: TestProcess): Promise<void> {
  await sleep(150);
  server.signal("SIGSTOP");
  await sleep(STALL_MS);
  server.signal("SIGCONT");
}
