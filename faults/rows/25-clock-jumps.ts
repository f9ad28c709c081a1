import { existsSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createFileSocketServer } from "@gvpie/file-socket";
import { findViolations } from "../../packages/daemon/test/kit/invariants.ts";
import { makePlaceWith } from "../../packages/daemon/test/kit/place.ts";
import { startDaemonProcess } from "../../packages/daemon/test/kit/processes.ts";
import { RawClient } from "../../packages/file-socket/test/kit/raw-client.ts";
import { renderer } from "../../packages/file-socket/test/kit/renderer.ts";
import { TestClock } from "../../packages/file-socket/test/kit/test-clock.ts";
import { fakeTimeEnvironment } from "../kit/abilities.ts";
import { renderAsOldClient } from "../kit/old-client.ts";
import { startTestServer } from "../kit/servers.ts";
import { defineRow, type Rig } from "../row.ts";

interface Jump {
  readonly of: "injected clock" | "renderer under libfaketime" | "script loop under libfaketime";
  /** Seconds. */
  readonly by: number;
  /** What did not hold, in words. */
  readonly broken: readonly string[];
  /** What was asked for. */
  readonly checks: number;
}

const HOUR = 3_600;
/** A renewed lease is 5 s old at most; a silent one ends after 30 s. */
const WATCH_MS = 1_500;

export const clockJumps = defineRow<Jump>({
  number: 25,
  fault: "the clock jumps back or forward by an hour",
  required: "deadlines, leases and schedules hold: with an injected clock, and under libfaketime",
  async run(rig) {
    for (const by of [HOUR, -HOUR]) {
      rig.see(await injected(rig, by));
      rig.see(await renderingUnderFakeTime(rig, by));
      rig.see(await loopUnderFakeTime(rig, by));
    }
  },
  figure(seen) {
    const broken = seen.flatMap((jump) => jump.broken);
    const checks = seen.reduce((total, jump) => total + jump.checks, 0);
    const kinds = new Set(seen.map((jump) => jump.of)).size;
    return {
      text: `${seen.length} jumps of ${kinds} kinds of clock: ${broken.length} of ${checks} checks failed${broken.length > 0 ? `: ${broken[0]}` : ""}`,
      isReached: broken.length === 0 && kinds === 3 && seen.length === 6,
    };
  },
});

async function injected(rig: Rig<Jump>, by: number): Promise<Jump> {
  const clock = new TestClock();
  const dir = rig.newPlace();
  await using _server = await createFileSocketServer({
    dir,
    render: renderer,
    clock,
    limits: { concurrency: 1 },
  });
  const results = await jumpWhileServing(dir, async () => void (clock.jumpMs = by * 1000));
  return { of: "injected clock", by, ...results };
}

async function renderingUnderFakeTime(rig: Rig<Jump>, by: number): Promise<Jump> {
  const dir = rig.newPlace();
  const stamp = `${dirname(dir)}/clock`;
  setClock(stamp, 0);
  const server = await startTestServer(rig, dir, {
    environment: fakeTimeEnvironment(stamp),
    limits: { concurrency: 1 },
  });
  const results = await jumpWhileServing(dir, async () => setClock(stamp, by));
  const broken = [...results.broken];
  if ((await server.kill("SIGTERM")) !== 0) broken.push("the server did not end well");
  return { of: "renderer under libfaketime", by, checks: results.checks + 1, broken };
}

/** Requests on both sides of the jump, one that must expire, a client that must keep its lease. */
async function jumpWhileServing(
  dir: string,
  jump: () => Promise<void>,
): Promise<{ readonly broken: string[]; readonly checks: number }> {
  const broken: string[] = [];
  const client = new RawClient(dir);
  await client.reply(client.render("warm"), 20_000);
  const running = client.render("!sleep 400", { ttlMs: 30_000 });
  const waiting = client.render("waiting", { ttlMs: 30_000 });
  const hopeless = client.render("!sleep 3000", { ttlMs: 300 });
  await sleep(50);
  await jump();
  const after = client.render("after", { ttlMs: 30_000 });
  for (const [id, expected, what] of [
    [running, "ok", "the request that ran"],
    [waiting, "ok", "the request that waited"],
    [hopeless, "expired", "the request whose deadline passed"],
    [after, "ok", "the request after the jump"],
  ] as const) {
    const { status } = (await client.reply(id, 20_000)).header;
    if (status !== expected) broken.push(`${what} ended as ${status}`);
  }
  const slot = await renderAsOldClient(dir, "slot");
  if (slot !== "right") broken.push(`the old client's render was ${slot}`);
  await sleep(WATCH_MS);
  if (!existsSync(client.mailbox)) broken.push("a living client was purged");
  return { broken, checks: 6 };
}

/** Scripts that are due every 50 ms go on being due, each once. */
async function loopUnderFakeTime(rig: Rig<Jump>, by: number): Promise<Jump> {
  const broken: string[] = [];
  using place = await makePlaceWith(4);
  const stamp = `${place.root}/clock`;
  setClock(stamp, 0);
  const environment = Object.entries(fakeTimeEnvironment(stamp)).map(([name, value]) => `${name}=${value}`);
  await using loop = await startDaemonProcess(place, {
    intervalMs: 50,
    save: "always",
    wrapper: ["env", ...environment],
  });
  await loop.reported(8);
  setClock(stamp, by);
  const before = loop.reports.length;
  await loop.reported(before + 12);
  await sleep(rig.count(3_000, 500));
  const during = loop.reports.length - before;
  if (during < 12) broken.push(`only ${during} runs followed`);
  if ((await loop.kill("SIGTERM")) !== 0) broken.push("the loop did not end well");
  const failed = loop.reports.filter((run) => !run.success).length;
  if (failed > 0) broken.push(`${failed} runs failed`);
  broken.push(
    ...(await findViolations(place)).filter((violation) => !violation.startsWith("two runs at once")),
  );
  return { of: "script loop under libfaketime", by, checks: 4, broken };
}

function setClock(path: string, seconds: number): void {
  writeFileSync(`${path}.new`, `${seconds < 0 ? "" : "+"}${seconds}\n`);
  renameSync(`${path}.new`, path);
}
