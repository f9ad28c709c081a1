import { setTimeout as sleep } from "node:timers/promises";
import { createFilledFixture, readRows } from "@gvpie/daemon/test-support";
import { type ExitStatus, startProcess as startCommand, waitUntil } from "@gvpie/testing";
import { type CaseContext, defineCase } from "../harness/fault-case.ts";
import { harnessPath, startLoop } from "../harness/servers.ts";

/** Another process locks the database for longer than a lease. */
interface Lock {
  readonly kind: "lock";
  readonly seconds: number;
  /** Failures of the database that the loop reported. */
  readonly reported: number;
  /** Runs recorded as lost. */
  readonly lost: number;
  /** Runs recorded after the lock. */
  readonly after: number;
  readonly status: ExitStatus;
}

/** The main thread of a loop does not return from a call, or the process is stopped for as long. */
interface Stuck {
  readonly kind: "stuck" | "stopped";
  readonly status: ExitStatus;
  readonly saysWhere: boolean;
}

const LEASE_SECONDS = 15;
const LOCK = `
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
database.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
time.sleep(float(sys.argv[2]))
database.execute("ROLLBACK")
`;

export const stuckDatabase = defineCase<Lock | Stuck>({
  number: 41,
  fault: "the database is locked for longer than a lease, or a call into it never returns",
  required:
    "finished runs wait for the lock and are recorded, none as lost; a loop that is stuck past SIGTERM says where and ends within a minute, a stopped one goes on",
  async run(context) {
    await Promise.all([
      lockDatabase(context).then(context.record),
      blockLoop(context).then(context.record),
      stopLoop(context).then(context.record),
    ]);
  },
  evaluate(observations) {
    const lock = observations.find((one): one is Lock => one.kind === "lock");
    const stuck = observations.find((one) => one.kind === "stuck") as Stuck | undefined;
    const stopped = observations.find((one) => one.kind === "stopped") as Stuck | undefined;
    return {
      summary: `locked for ${lock?.seconds} s: ${lock?.lost} runs lost, ${lock?.after} recorded afterwards; stuck: ended by ${stuck?.status}, ${stuck?.saysWhere ? "says where" : "silent"}; stopped for as long: ended with ${stopped?.status}`,
      isMet:
        lock?.lost === 0 &&
        lock.after > 0 &&
        lock.reported > 0 &&
        lock.status === 0 &&
        stuck?.status === "SIGABRT" &&
        stuck.saysWhere &&
        stopped?.status === 0 &&
        !stopped.saysWhere,
    };
  },
});

async function lockDatabase(context: CaseContext): Promise<Lock> {
  const seconds = LEASE_SECONDS + context.count(15, 4);
  using fixture = await createFilledFixture(8);
  const paths = ["--db", fixture.path, "--cartridges", fixture.folder];
  const loop = startLoop(context, [...paths, "--interval", "0", "--save", "always"]);
  await loop.waitForLine("ok ");
  await using holder = startCommand("/usr/bin/python3", ["-c", LOCK, fixture.path, String(seconds)]);
  await holder.waitForLine("locked");
  const before = finished(fixture);
  await sleep(2_000);
  const held = openRuns(fixture);
  await holder.exited;
  await waitUntil(
    () => finished(fixture) > before + 8 && openRuns(fixture).every((run) => !held.includes(run)),
    { timeoutMs: 60_000 },
  );
  const after = finished(fixture) - before;
  const reported = loop.stderr.split("another process holds the database").length - 1;
  const status = await loop.kill("SIGTERM");
  const lost = readRows(fixture, "SELECT id FROM improvement_runs WHERE stderr LIKE 'RUN_LOST%'").length;
  return { kind: "lock", seconds, reported, lost, after, status };
}

async function blockLoop(context: CaseContext): Promise<Stuck> {
  using fixture = await createFilledFixture(2);
  const args = ["--db", fixture.path, "--cartridges", fixture.folder, "--interval", "0.2"];
  const loop = startLoop(context, args, { imports: [harnessPath("block-main-thread.ts")] });
  await loop.waitForLine("blocked");
  const status = await loop.kill("SIGTERM");
  return { kind: "stuck", status, saysWhere: loop.stderr.includes("the main thread is stuck") };
}

async function stopLoop(context: CaseContext): Promise<Stuck> {
  using fixture = await createFilledFixture(2);
  const args = ["--db", fixture.path, "--cartridges", fixture.folder, "--interval", "0.2"];
  const loop = startLoop(context, args);
  await loop.waitForLine("ok ");
  loop.signal("SIGSTOP");
  await sleep(40_000);
  loop.signal("SIGCONT");
  const before = loop.lines.length;
  await loop.waitFor(() => loop.lines.length > before + 2);
  const status = await loop.kill("SIGTERM");
  return { kind: "stopped", status, saysWhere: loop.stderr.includes("the main thread is stuck") };
}

function openRuns(fixture: { readonly path: string }): number[] {
  const open = "SELECT id FROM improvement_runs WHERE finished_at IS NULL";
  return readRows<{ id: number }>(fixture, open).map(({ id }) => id);
}

function finished(fixture: { readonly path: string }): number {
  return readRows(fixture, "SELECT id FROM improvement_runs WHERE finished_at IS NOT NULL").length;
}
