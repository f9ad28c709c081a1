import { setTimeout as sleep } from "node:timers/promises";
import { createFilledFixture } from "@gvpie/daemon/test-support";
import { sum } from "@gvpie/testing";
import { mountWrapper } from "../harness/capabilities.ts";
import { type CaseContext, defineCase } from "../harness/fault-case.ts";
import { askPage, type PageAnswers } from "../harness/page-answers.ts";
import { type Balance, isBalanced, startPageLoop } from "../harness/page-loop.ts";
import { reportedRuns } from "../harness/script-loop.ts";
import { harnessPath, startNode, startProcess } from "../harness/servers.ts";

interface Fault extends Balance {
  readonly kind: "lock" | "disk";
  readonly answers: readonly PageAnswers[];
  /** Statuses of the form after each fault. */
  readonly after: readonly number[];
}

/** Another tool in a long transaction. */
const LOCK = `
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
database.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
time.sleep(float(sys.argv[2]))
database.execute("ROLLBACK")
print("free", flush=True)
`;

export const pageDatabaseUnusable = defineCase<Fault>({
  number: 53,
  fault: "the database is locked by another process for 30 s, or its disk is full, while the page is open",
  required:
    "the views are there; a form is refused with 503 and a sentence that names the cause, and has no effect; no run is lost; forms work again after",
  async run(context) {
    await Promise.all([lockDatabase(context), fillDisk(context)]);
  },
  evaluate(observations) {
    const locks = observations.filter(({ kind }) => kind === "lock");
    const disks = observations.filter(({ kind }) => kind === "disk");
    return {
      summary: `locked: ${describe(locks)}; disk full ${disks.length} times: ${describe(disks)}`,
      isMet: locks.length > 0 && disks.length > 0 && observations.every(isMet),
    };
  },
});

function isMet(one: Fault): boolean {
  const { answers, after } = one;
  const statuses = answers.flatMap(({ views }) => views);
  return (
    isBalanced(one) &&
    answers.length > 0 &&
    // The health is bad while the loop cannot record.
    statuses.every((status) => status === 200 || status === 503) &&
    answers.every(({ views }) => views.slice(0, -1).every((status) => status === 200)) &&
    refusedOf(one) > 0 &&
    sum(answers.map(({ wordless, unequal }) => wordless + unequal)) === 0 &&
    after.length > 0 &&
    after.every((status) => status === 303)
  );
}

function describe(faults: readonly Fault[]): string {
  const answers = faults.flatMap((one) => one.answers);
  const after = faults.flatMap((one) => one.after);
  const views = answers.flatMap((answer) => answer.views.slice(0, -1));
  const unlike = sum(answers.map(({ wordless, unequal }) => wordless + unequal));
  const isOk = (status: number): boolean => status === 200 || status === 303;
  return [
    `${views.filter(isOk).length} of ${views.length} views`,
    `${sum(faults.map(refusedOf))} forms refused with words, ${unlike} otherwise`,
    `${after.filter(isOk).length} of ${after.length} accepted after it`,
    `${sum(faults.map(({ reported }) => reported))} runs, ${sum(faults.map(({ lost }) => lost))} lost`,
  ].join(", ");
}

function refusedOf({ answers }: Fault): number {
  return answers.flatMap(({ forms }) => forms).filter((status) => status === 503).length;
}

async function lockDatabase(context: CaseContext<Fault>): Promise<void> {
  using fixture = await createFilledFixture(4);
  const { path, folder } = fixture;
  const page = await startPageLoop(context, path, folder, { args: ["--interval", "0.1"] });
  const { loop } = page;
  await loop.waitFor(() => reportedRuns(loop).length > 8);
  const seconds = context.count(30, 12);
  const until = performance.now() + seconds * 1_000;
  const holder = startProcess(context, "/usr/bin/python3", ["-c", LOCK, path, String(seconds)]);
  await holder.waitForLine("locked");
  const answers: PageAnswers[] = [];
  do {
    answers.push(await askPage(page, path));
  } while (performance.now() < until - 10_000);
  await holder.exited;
  const from = reportedRuns(loop).length;
  await loop.waitFor(() => reportedRuns(loop).length > from + 8);
  const { status } = await page.ask("/scripts/2/run", { method: "POST", timeoutMs: 15_000 });
  await sleep(500);
  context.record({ kind: "lock", answers, after: [status], ...(await page.end()) });
}

async function fillDisk(context: CaseContext<Fault>): Promise<void> {
  const wrapper = mountWrapper();
  for (let round = 0; round < context.count(3, 1); round++) {
    const argument = JSON.stringify({ dir: context.newSocketPath() });
    const disk = startNode(context, harnessPath("full-page-disk.ts"), [argument], { wrapper });
    const { type: _, ...end } = (await disk.waitForMessage("ended")) as unknown as Fault & { type: string };
    await disk.exited;
    context.record({ ...end, kind: "disk" });
  }
}
