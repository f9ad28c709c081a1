import { setTimeout as sleep } from "node:timers/promises";
import { createFilledFixture } from "@gvpie/daemon/test-support";
import { formatCount, formatMib, formatMs, peakBytes, resetPeak, residentBytes, sum } from "@gvpie/testing";
import { type CaseContext, defineCase } from "../harness/fault-case.ts";
import { type Balance, isBalanced, type PageLoop, startPageLoop } from "../harness/page-loop.ts";
import { reportedRuns } from "../harness/script-loop.ts";
import { harnessPath, startNode } from "../harness/servers.ts";

interface Flood extends Balance {
  /** Runs a second without and with the attack. */
  readonly rateBefore: number;
  readonly rateDuring: number;
  /** Lateness of the latest start, without and with the attack. */
  readonly lateBeforeMs: number;
  readonly lateDuringMs: number;
  /** Replies by kind of request and status. */
  readonly replies: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Requests of an operator for the page during the attack, and those with the page as reply. */
  readonly tries: number;
  readonly answered: number;
  /** The memory of the process that was added at the worst moment. */
  readonly addedBytes: number;
  /** Milliseconds until the page was there after the attack. */
  readonly backMs: number;
}

const SCRIPTS = 10;
const INTERVAL_MS = 200;
const MAX_ADDED_BYTES = 512 * 1_048_576;
const MAX_LATE_MS = 2_000;

export const pageFlooded = defineCase<Flood>({
  number: 51,
  fault:
    "10,000 page loads at once, clients that read or write slowly, streams that are never read, foreign hosts and origins, and wrong tokens, while a loop runs",
  required:
    "no run is lost, at least 90 % of the runs a second without the attack, starts at most 2 s late, at most 512 MiB of memory more; 0 foreign requests served; the page is there within 2 s of the end",
  async run(context) {
    using fixture = await createFilledFixture(SCRIPTS);
    const args = ["--interval", String(INTERVAL_MS / 1_000)];
    const page = await startPageLoop(context, fixture.path, fixture.folder, { args });
    const { loop, port, token } = page;
    await loop.waitFor(() => reportedRuns(loop).length > 2 * SCRIPTS);
    await page.ask("/");
    const seconds = context.count(20, 3);
    const before = await measure(page, sleep(seconds * 1_000));
    resetPeak(loop.pid);
    const memory = residentBytes(loop.pid);
    const flood = { port, token, loads: context.count(10_000, 300), held: context.count(100, 10), seconds };
    const attacked = attack(context, flood);
    const [during, operator] = await Promise.all([measure(page, attacked), askDuring(page, attacked)]);
    const addedBytes = peakBytes(loop.pid) - memory;
    const endedAt = performance.now();
    while ((await page.ask("/")).status !== 200) await sleep(50);
    const backMs = performance.now() - endedAt;
    context.record({
      rateBefore: before.rate,
      rateDuring: during.rate,
      lateBeforeMs: before.lateMs,
      lateDuringMs: during.lateMs,
      replies: during.result ?? {},
      ...operator,
      addedBytes,
      backMs,
      ...(await page.end()),
    });
  },
  evaluate(observations, isFull) {
    const [one] = observations;
    if (one === undefined) return { summary: "nothing was observed", isMet: false };
    const { rateBefore, rateDuring, lateDuringMs, lateBeforeMs, addedBytes, backMs, replies } = one;
    const count = (kind: string, isCounted: (status: string) => boolean): number =>
      sum(Object.entries(replies[kind] ?? {}).map(([status, n]) => (isCounted(status) ? n : 0)));
    const foreign = ["host", "origin", "login", "token"];
    const served = sum(foreign.map((kind) => count(kind, (status) => /^[23]/.test(status))));
    const refused = sum(foreign.map((kind) => count(kind, (status) => status.startsWith("4"))));
    const loads = count("page", () => true);
    const loaded = count("page", (status) => status === "200");
    return {
      summary: `${formatCount(loads)} page loads, ${formatCount(loaded)} answered and the others closed, ${one.answered} of ${one.tries} of an operator meanwhile; ${formatCount(refused)} foreign requests refused, ${served} served; ${rateDuring.toFixed(1)} runs a second, ${rateBefore.toFixed(1)} before; latest start ${formatMs(lateDuringMs)} late, ${formatMs(lateBeforeMs)} before; ${formatMib(addedBytes)} more memory; page back after ${formatMs(backMs)}; ${one.reported} runs, ${one.lost} lost`,
      isMet:
        isBalanced(one) &&
        served === 0 &&
        refused > 0 &&
        one.answered > 0 &&
        addedBytes < MAX_ADDED_BYTES &&
        (!isFull || (rateDuring >= 0.9 * rateBefore && lateDuringMs < MAX_LATE_MS && backMs < 2_000)),
    };
  },
});

/** Runs the attack at the lowest priority: its processor time is that of other machines. */
async function attack(context: CaseContext, flood: object): Promise<Flood["replies"]> {
  const argument = JSON.stringify(flood);
  const attacker = startNode(context, harnessPath("page-flood.ts"), [argument], {
    wrapper: ["nice", "-n", "19"],
  });
  return (await attacker.waitForMessage("done"))["replies"] as Flood["replies"];
}

/** Asks for the page again and again, as an operator does who loads it once more when it does not come. */
async function askDuring(
  page: PageLoop,
  attacked: Promise<unknown>,
): Promise<Pick<Flood, "tries" | "answered">> {
  const over = attacked.then(() => "over" as const);
  let [tries, answered] = [0, 0];
  do {
    tries++;
    if ((await page.ask("/")).status === 200) answered++;
  } while ((await Promise.race([over, sleep(100)])) !== "over");
  return { tries, answered };
}

/** Measures a loop while something goes on. */
async function measure<T>(
  { loop }: PageLoop,
  work: Promise<T>,
): Promise<{ readonly rate: number; readonly lateMs: number; readonly result: T }> {
  const [from, startedAt] = [reportedRuns(loop).length, performance.now()];
  const result = await work;
  const seconds = (performance.now() - startedAt) / 1_000;
  const runs = loop.messages.filter(({ run }) => typeof run === "number").slice(from);
  return { rate: runs.length / seconds, lateMs: latest(runs), result };
}

/** Returns how much later than its interval the latest run of any script was reported, by the times in the reports. */
function latest(runs: readonly Readonly<Record<string, unknown>>[]): number {
  const last = new Map<unknown, number>();
  let late = 0;
  for (const { script, time } of runs) {
    const at = Date.parse(String(time));
    late = Math.max(late, at - (last.get(script) ?? at) - INTERVAL_MS);
    last.set(script, at);
  }
  return late;
}
