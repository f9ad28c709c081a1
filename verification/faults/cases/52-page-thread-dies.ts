import { setTimeout as sleep } from "node:timers/promises";
import { createFilledFixture } from "@gvpie/daemon/test-support";
import { formatMib, formatMs, max, peakBytes } from "@gvpie/testing";
import { defineCase } from "../harness/fault-case.ts";
import { type Balance, isBalanced, startPageLoop } from "../harness/page-loop.ts";
import { reportedRuns } from "../harness/script-loop.ts";
import { harnessPath } from "../harness/servers.ts";

interface Deaths extends Balance {
  /** Deaths that the log of the loop names. */
  readonly killed: number;
  readonly outOfMemory: number;
  /** Milliseconds from each death until the page was there again. */
  readonly backMs: readonly number[];
  /** The longest time between two reports of runs. */
  readonly longestPauseMs: number;
  readonly peakBytes: number;
}

const MAX_BYTES = 768 * 1_048_576;
/** The thread is started again after 1, 2, 4 and 8 s. */
const MAX_BACK_MS = 8_000 + 5_000;

export const pageThreadDies = defineCase<Deaths>({
  number: 52,
  fault: "the thread of the page is ended, and runs out of memory, while a loop runs",
  required:
    "the loop goes on without a pause of 2 s and loses no run, its memory stays below 768 MiB, the log names each death, and the page is back within 13 s of each",
  async run(context) {
    const deaths = context.count(4, 2);
    using fixture = await createFilledFixture(4);
    const page = await startPageLoop(context, fixture.path, fixture.folder, {
      args: ["--interval", "0.1"],
      imports: [harnessPath("dying-page-thread.ts")],
      environment: { DEATHS: String(deaths) },
    });
    const { loop } = page;
    const named = (reason: RegExp): number => loop.stderr.match(new RegExp(reason, "g"))?.length ?? 0;
    const backMs: number[] = [];
    while (backMs.length < deaths) {
      await loop.waitFor(() => named(/the HTTP server ended/) > backMs.length);
      const diedAt = performance.now();
      while ((await page.ask("/")).status !== 200) await sleep(20);
      backMs.push(performance.now() - diedAt);
    }
    const peak = peakBytes(loop.pid);
    const [from] = [reportedRuns(loop).length];
    await loop.waitFor(() => reportedRuns(loop).length > from + 8);
    const times = loop.messages.flatMap(({ run, time }) =>
      typeof run === "number" ? [Date.parse(String(time))] : [],
    );
    context.record({
      killed: named(/the HTTP server ended \(exit code 1\)/),
      outOfMemory: named(/the HTTP server ended \([^)]*memory/),
      backMs,
      longestPauseMs: max(times.map((time, i) => time - (times[i - 1] ?? time))),
      peakBytes: peak,
      ...(await page.end()),
    });
  },
  evaluate(observations, isFull) {
    const [one] = observations;
    if (one === undefined) return { summary: "nothing was observed", isMet: false };
    const { killed, outOfMemory, backMs, longestPauseMs, peakBytes: peak, reported, lost } = one;
    return {
      summary: `ended ${killed} times, out of memory ${outOfMemory} times; page back after at most ${formatMs(max(backMs))}; longest pause of the runs ${formatMs(longestPauseMs)}; at most ${formatMib(peak)}; ${reported} runs, ${lost} lost`,
      isMet:
        isBalanced(one) &&
        killed > 0 &&
        outOfMemory > 0 &&
        killed + outOfMemory === backMs.length &&
        peak < MAX_BYTES &&
        (!isFull || (longestPauseMs < 2_000 && max(backMs) < MAX_BACK_MS)),
    };
  },
});
