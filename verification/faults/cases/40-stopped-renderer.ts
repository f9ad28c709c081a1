import { setTimeout as sleep } from "node:timers/promises";
import { openStore } from "@gvpie/daemon/store";
import { createFilledFixture, readRows } from "@gvpie/daemon/test-support";
import { waitUntil } from "@gvpie/testing";
import { defineCase } from "../harness/fault-case.ts";
import { startLoop, startServing } from "../harness/servers.ts";

interface Freeze {
  /** Runs of the other scripts per second, with a working renderer. */
  readonly rateBefore: number;
  /** The same, while the renderer was stopped and runs waited for it. */
  readonly rateDuring: number;
  /** Runs that waited for the renderer at the end of the stop. */
  readonly waiting: number;
  /** Runs through the renderer recorded as failed. */
  readonly timedOut: number;
  /** Runs through the renderer that succeeded after it went on. */
  readonly succeededAfter: number;
  /** Scripts whose counters differ from their finished runs. */
  readonly miscounted: number;
  readonly unfinished: number;
}

const SLOTS = 4;
const SCRIPTS = 6;
const DONE = "SELECT count(*) AS n FROM improvement_runs WHERE finished_at IS NOT NULL AND script_id";
const OTHERS = "(SELECT id FROM improvement_scripts WHERE lang = 'pixel')";
const REMOTE = "(SELECT id FROM improvement_scripts WHERE lang = 'gvpie')";

export const stoppedRenderer = defineCase<Freeze>({
  number: 40,
  fault: "the renderer is stopped while more scripts than slots wait for it",
  required:
    "the scripts that do not need it run as before; the waiting runs are bounded, end at their deadlines, and count once when it goes on",
  async run(context) {
    const dir = context.newSocketPath();
    const renderer = await startServing(context, dir);
    using fixture = await createFilledFixture(SCRIPTS);
    const store = await openStore({ path: fixture.path });
    for (let i = 0; i < SCRIPTS; i++) {
      await store.addScript({ name: `remote ${i}`, lang: "gvpie", code: `TXT 1 1 ${i}` });
    }
    await store.close();
    const count = (sql: string): number => readRows<{ n: number }>(fixture, sql)[0]?.n ?? 0;
    const others = (): number => count(`${DONE} IN ${OTHERS}`);
    const paths = ["--db", fixture.path, "--cartridges", fixture.folder, "--dir", dir];
    const loop = startLoop(context, [...paths, "--interval", "0.2", "--concurrency", String(SLOTS)]);
    await waitUntil(() => others() >= SCRIPTS && count(`${DONE} IN ${REMOTE}`) >= SCRIPTS);
    const seconds = context.count(12, 3);
    const rate = async (): Promise<number> => {
      const before = others();
      await sleep(seconds * 1_000);
      return (others() - before) / seconds;
    };
    const rateBefore = await rate();
    renderer.signal("SIGSTOP");
    await loop.waitForLine("scripts wait for one");
    const rateDuring = await rate();
    const open = "SELECT count(*) AS n FROM improvement_runs WHERE finished_at IS NULL AND script_id";
    const waiting = count(`${open} IN ${REMOTE}`);
    renderer.signal("SIGCONT");
    const succeeded = (): number => count(`${DONE} IN ${REMOTE} AND success = 1`);
    const before = succeeded();
    await waitUntil(() => succeeded() >= before + 2 * SCRIPTS, { timeoutMs: 60_000 });
    await loop.kill("SIGTERM");
    const miscounted = readRows(
      fixture,
      `SELECT id FROM improvement_scripts AS s WHERE run_count <> (${DONE} = s.id)
         OR success_count <> (${DONE} = s.id AND success = 1)`,
    ).length;
    context.record({
      rateBefore,
      rateDuring,
      waiting,
      timedOut: count(`${DONE} IN ${REMOTE} AND stderr LIKE 'FSOCK_TIMEOUT%'`),
      succeededAfter: succeeded() - before,
      miscounted,
      unfinished: count("SELECT count(*) AS n FROM improvement_runs WHERE finished_at IS NULL"),
    });
  },
  evaluate(observations, isFull) {
    const [one] = observations;
    if (one === undefined) return { summary: "nothing was observed", isMet: false };
    const { rateBefore, rateDuring, waiting, timedOut, succeededAfter, miscounted, unfinished } = one;
    return {
      summary: `${rateDuring.toFixed(1)} runs a second of the other scripts, ${rateBefore.toFixed(1)} before; ${waiting} runs waited, ${timedOut} ended at their deadline, ${succeededAfter} succeeded afterwards, ${miscounted} scripts miscounted`,
      isMet:
        rateDuring > (isFull ? rateBefore / 2 : 0) &&
        waiting <= SLOTS &&
        succeededAfter > 0 &&
        miscounted + unfinished === 0,
    };
  },
});
