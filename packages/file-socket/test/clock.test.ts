import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createFileSocketClient } from "@gvpie/file-socket";
import { startNode, type TestProcess, waitUntil } from "@gvpie/testing";
import { OldSlotClient, pattern, RawSpoolClient } from "@gvpie/testing/file-socket";
import { expect, test } from "vitest";
import { fileAge } from "../src/server/file-age.ts";
import { startTicks } from "../src/process/identity.ts";
import { SERVER_PROCESS, SPOOL_LOAD } from "./support/processes.ts";
import { newSocketPath, serve } from "./support/serve.ts";
import { TestClock } from "./support/test-clock.ts";

const HOUR_MS = 3_600_000;

test.each([
  { stamp: 9_000, lastAbsent: undefined, age: 1_000 },
  { stamp: 9_000, lastAbsent: 49_500, age: 500 },
  { stamp: 9_900, lastAbsent: 49_500, age: 100 },
  { stamp: 12_000, lastAbsent: undefined, age: 0 },
  { stamp: 12_000, lastAbsent: 49_500, age: 500 },
])(
  "a file with time stamp $stamp, last absent at $lastAbsent, is $age ms old",
  ({ stamp, lastAbsent, age }) => {
    expect(fileAge(stamp, lastAbsent, { now: () => 10_000, monotonic: () => 50_000 })).toBe(age);
  },
);

test.each([HOUR_MS, -HOUR_MS])(
  "no request and no client is lost when the wall clock jumps by %i ms",
  async (jumpMs) => {
    const clock = new TestClock();
    const { dir } = await serve({ clock, limits: { concurrency: 1 } });
    const client = new RawSpoolClient(dir);
    const slotClient = new OldSlotClient(dir);
    await sleep(50);
    const first = client.render("!sleep 300", { ttlMs: 2_000 });
    const second = client.render("second", { ttlMs: 2_000 });
    await sleep(50);
    clock.jumpMs = jumpMs;
    const third = client.render("third", { ttlMs: 2_000 });
    slotClient.writeProgram("slot");
    for (const id of [first, second, third]) expect((await client.reply(id)).header.status).toBe("ok");
    expect(await slotClient.read()).toEqual(pattern({ code: "slot", width: 4, height: 2 }).data);
    await clock.pass(6_000, dir);
    expect(existsSync(client.replyDirectory)).toBe(true);
  },
);

test("purges a client with all its files after 30 s without a touch", async () => {
  const clock = new TestClock("stopped");
  const { dir, events } = await serve({ clock, limits: { concurrency: 2 } });
  const silent = new RawSpoolClient(dir);
  const living = new RawSpoolClient(dir);
  const unread = silent.render("unread");
  await waitUntil(() => silent.hasReply(unread));
  silent.render("!sleep 60000", { ttlMs: 60_000 });
  silent.render("waits", { ttlMs: 60_000 });
  for (let seconds = 0; seconds < 36; seconds += 6) {
    utimesSync(living.replyDirectory, seconds, seconds);
    await clock.pass(6_000, dir);
    expect(existsSync(silent.replyDirectory)).toBe(seconds < 30);
  }
  expect(existsSync(living.replyDirectory)).toBe(true);
  expect(readdirSync(`${dir}/v1/new`)).toEqual([]);
  expect(events.filter((event) => event.type === "purged")).toMatchObject([
    { fields: { client: silent.name } },
  ]);
});

test("purges a client whose process has ended after 12 s", async () => {
  const clock = new TestClock("stopped");
  const { dir } = await serve({ clock });
  const gone = new RawSpoolClient(dir, `${process.pid}-1-gone`);
  const here = new RawSpoolClient(dir, `${process.pid}-${startTicks(process.pid)}-here`);
  for (const expected of [true, true, false]) {
    await clock.pass(6_000, dir);
    expect(existsSync(gone.replyDirectory)).toBe(expected);
  }
  expect(existsSync(here.replyDirectory)).toBe(true);
});

test("removes unread replies and staging files after 60 s", async () => {
  const clock = new TestClock("stopped");
  const { dir } = await serve({ clock });
  const client = new RawSpoolClient(dir);
  const id = client.render("unread");
  await waitUntil(() => client.hasReply(id));
  writeFileSync(`${dir}/v1/tmp/abandoned`, "x");
  for (let seconds = 0; seconds < 66; seconds += 6) {
    utimesSync(client.replyDirectory, seconds, seconds);
    await clock.pass(6_000, dir);
    expect(client.hasReply(id)).toBe(seconds < 60);
    expect(existsSync(`${dir}/v1/tmp/abandoned`)).toBe(seconds < 60);
  }
});

/** The library that fakes the clock of a process, from Debian's package faketime. */
const faketime = readdirSync("/usr/lib", { withFileTypes: true })
  .map(({ name }) => `/usr/lib/${name}/faketime/libfaketimeMT.so.1`)
  .find((path) => existsSync(path));

test.skipIf(faketime === undefined)(
  "no request is lost when the clocks of server and clients jump by an hour (needs Debian's faketime)",
  { timeout: 120_000 },
  async () => {
    const dir = newSocketPath();
    const clockFile = `${dirname(dir)}/clock`;
    const set = (clock: string): void => writeFileSync(clockFile, clock);
    set("+0");
    const env = {
      ...process.env,
      LD_PRELOAD: faketime,
      FAKETIME_TIMESTAMP_FILE: clockFile,
      FAKETIME_NO_CACHE: "1",
      DONT_FAKE_MONOTONIC: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
    const startFaked = (file: string, argument: object): TestProcess =>
      startNode(file, [JSON.stringify(argument)], { env });
    const server = startFaked(SERVER_PROCESS, { dir });
    await server.waitForMessage("ready");
    const heartbeatAt = (): number =>
      (JSON.parse(readFileSync(`${dir}/v1/server.json`, "utf8")) as { heartbeatAt: number }).heartbeatAt;
    const load = startFaked(SPOOL_LOAD, { dir, count: 300 });
    await using client = createFileSocketClient({ dir });
    const slotClient = new OldSlotClient(dir);
    for (const clock of ["+1h", "+0", "-1h", "+1h"]) {
      set(clock);
      const offsetMs = Number.parseInt(clock, 10) * HOUR_MS;
      // The clock has jumped, and the heartbeat continues.
      await waitUntil(() => Math.abs(heartbeatAt() - Date.now() - offsetMs) < HOUR_MS / 2);
      for (let number = 0; number < 5; number++) {
        const request = { code: `!sleep 20\n${clock} ${number}`, width: 8, height: 4 };
        const right = pattern({ ...request }).data;
        slotClient.writeProgram(request.code, 8, 4);
        expect(await slotClient.read()).toEqual(right);
        slotClient.delete();
        const { code, ...size } = request;
        const { data } = await client.render(code, size);
        expect(right.equals(new Uint8Array(data.buffer, data.byteOffset, data.length))).toBe(true);
      }
    }
    expect(await load.waitForMessage("done")).toEqual({ type: "done", right: 300 });
    expect(server.messages.filter(({ type }) => type === "purged" || type === "storage")).toEqual([]);
    expect(await server.kill("SIGTERM")).toBe(0);
  },
);
