import { existsSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createFileSocketServer } from "@gvpie/file-socket";
import { findViolations, createFilledFixture, startDaemonProcess } from "@gvpie/daemon/test-support";
import { renderer, TestClock } from "@gvpie/file-socket/test-support";
import { sum } from "@gvpie/testing";
import { RawSpoolClient } from "@gvpie/testing/file-socket";
import { requireFaketime } from "../harness/capabilities.ts";
import { defineCase, type CaseContext } from "../harness/fault-case.ts";
import { renderAsOldClient } from "../harness/old-client.ts";
import { startTestServer } from "../harness/servers.ts";

interface Jump {
  readonly of: "injected clock" | "renderer under libfaketime" | "script loop under libfaketime";
  /** Seconds. */
  readonly by: number;
  /** Failed checks, in words. */
  readonly failed: readonly string[];
  /** Number of checks. */
  readonly checks: number;
}

const HOUR = 3_600;
/** Long enough for a purge: a renewed lease is at most 5 s old and expires after 30 s. */
const WATCH_MS = 1_500;

export const clockJumps = defineCase<Jump>({
  number: 25,
  fault: "the clock jumps forward or back by an hour",
  required: "deadlines, leases and schedules hold: with an injected clock, and under libfaketime",
  async run(context) {
    for (const by of [HOUR, -HOUR]) {
      context.record(await jumpInjectedClock(context, by));
      context.record(await jumpClockOfServer(context, by));
      context.record(await jumpClockOfLoop(context, by));
    }
  },
  evaluate(observations) {
    const failed = observations.flatMap((jump) => jump.failed);
    const checks = sum(observations.map((jump) => jump.checks));
    const kinds = new Set(observations.map((jump) => jump.of)).size;
    return {
      summary: `${observations.length} jumps of ${kinds} kinds of clock: ${failed.length} of ${checks} checks failed${failed.length > 0 ? `: ${failed[0]}` : ""}`,
      isMet: failed.length === 0 && kinds === 3 && observations.length === 6,
    };
  },
});

async function jumpInjectedClock(context: CaseContext<Jump>, by: number): Promise<Jump> {
  const clock = new TestClock();
  const dir = context.newSocketPath();
  await using _server = await createFileSocketServer({
    dir,
    render: renderer,
    clock,
    limits: { concurrency: 1 },
  });
  const results = await jumpWhileServing(dir, async () => void (clock.jumpMs = by * 1000));
  return { of: "injected clock", by, ...results };
}

async function jumpClockOfServer(context: CaseContext<Jump>, by: number): Promise<Jump> {
  const dir = context.newSocketPath();
  const stamp = `${dirname(dir)}/clock`;
  setClock(stamp, 0);
  const server = await startTestServer(context, dir, {
    environment: requireFaketime(stamp),
    limits: { concurrency: 1 },
  });
  const results = await jumpWhileServing(dir, async () => setClock(stamp, by));
  const failed = [...results.failed];
  if ((await server.kill("SIGTERM")) !== 0) failed.push("the server did not exit with 0");
  return { of: "renderer under libfaketime", by, checks: results.checks + 1, failed };
}

/** Checks requests before and after the jump, one of which must expire, and a client that must keep its lease. */
async function jumpWhileServing(
  dir: string,
  jump: () => Promise<void>,
): Promise<{ readonly failed: string[]; readonly checks: number }> {
  const failed: string[] = [];
  const client = new RawSpoolClient(dir);
  await client.reply(client.render("warm"), 20_000);
  const running = client.render("!sleep 400", { ttlMs: 30_000 });
  const waiting = client.render("waiting", { ttlMs: 30_000 });
  const expiring = client.render("!sleep 3000", { ttlMs: 300 });
  await sleep(50);
  await jump();
  const after = client.render("after", { ttlMs: 30_000 });
  for (const [id, expected, name] of [
    [running, "ok", "the running request"],
    [waiting, "ok", "the waiting request"],
    [expiring, "expired", "the request past its deadline"],
    [after, "ok", "the request after the jump"],
  ] as const) {
    const { status } = (await client.reply(id, 20_000)).header;
    if (status !== expected) failed.push(`${name} ended as ${status}`);
  }
  const slot = await renderAsOldClient(dir, "slot");
  if (slot !== "right") failed.push(`the old client's render was ${slot}`);
  await sleep(WATCH_MS);
  if (!existsSync(client.replyDirectory)) failed.push("a running client was purged");
  return { failed, checks: 6 };
}

/** Checks that scripts due every 50 ms still run after the jump. */
async function jumpClockOfLoop(context: CaseContext<Jump>, by: number): Promise<Jump> {
  const failed: string[] = [];
  using fixture = await createFilledFixture(4);
  const stamp = `${fixture.root}/clock`;
  setClock(stamp, 0);
  const environment = Object.entries(requireFaketime(stamp)).map(([name, value]) => `${name}=${value}`);
  await using loop = await startDaemonProcess(fixture, {
    intervalMs: 50,
    save: "always",
    wrapper: ["env", ...environment],
  });
  await loop.reported(8);
  setClock(stamp, by);
  const before = loop.reports.length;
  await loop.reported(before + 12);
  await sleep(context.count(3_000, 500));
  const during = loop.reports.length - before;
  if (during < 12) failed.push(`only ${during} runs followed`);
  if ((await loop.kill("SIGTERM")) !== 0) failed.push("the loop did not exit with 0");
  const failures = loop.reports.filter((run) => !run.success).length;
  if (failures > 0) failed.push(`${failures} runs failed`);
  failed.push(
    ...(await findViolations(fixture)).filter((violation) => !violation.startsWith("two runs at once")),
  );
  return { of: "script loop under libfaketime", by, checks: 4, failed };
}

function setClock(path: string, seconds: number): void {
  writeFileSync(`${path}.new`, `${seconds < 0 ? "" : "+"}${seconds}\n`);
  renameSync(`${path}.new`, path);
}
