import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createFileSocketClient } from "@gvpie/file-socket";
import { expect, test } from "vitest";
import { fileAge } from "../src/server/file-age.ts";
import { startTicks } from "../src/process/identity.ts";
import { pattern } from "./kit/pattern.ts";
import { newPlace } from "./kit/place.ts";
import { type KitProcess, kitPath, start } from "./kit/processes.ts";
import { RawClient } from "./kit/raw-client.ts";
import { serve } from "./kit/serve.ts";
import { SlotUser } from "./kit/slot-user.ts";
import { TestClock } from "./kit/test-clock.ts";
import { until } from "./kit/until.ts";

const HOUR_MS = 3_600_000;

test.each([
  { stamp: 9_000, lastAbsent: undefined, age: 1_000 },
  { stamp: 9_000, lastAbsent: 49_500, age: 500 },
  { stamp: 9_900, lastAbsent: 49_500, age: 100 },
  { stamp: 12_000, lastAbsent: undefined, age: 0 },
  { stamp: 12_000, lastAbsent: 49_500, age: 500 },
])("a file of $stamp, absent at $lastAbsent, is $age ms old at 10000/50000", ({ stamp, lastAbsent, age }) => {
  expect(fileAge(stamp, lastAbsent, { now: () => 10_000, monotonic: () => 50_000 })).toBe(age);
});

test.each([HOUR_MS, -HOUR_MS])("a wall clock %i ms off loses no request and no client", async (jumpMs) => {
  const clock = new TestClock();
  const { dir } = await serve({ clock, limits: { concurrency: 1 } });
  const client = new RawClient(dir);
  const user = new SlotUser(dir);
  await sleep(50);
  const first = client.render("!sleep 300", { ttlMs: 2_000 });
  const second = client.render("second", { ttlMs: 2_000 });
  await sleep(50);
  clock.jumpMs = jumpMs;
  const third = client.render("third", { ttlMs: 2_000 });
  user.writeProgram("slot");
  for (const id of [first, second, third]) expect((await client.reply(id)).header.status).toBe("ok");
  expect(await user.read()).toEqual(
    pattern({ code: "slot", width: 4, height: 2, background: undefined }).data,
  );
  await clock.pass(6_000, dir);
  expect(existsSync(client.mailbox)).toBe(true);
});

test("a client is purged when it has been silent for 30 s, with all that is its own", async () => {
  const clock = new TestClock("stopped");
  const { dir, events } = await serve({ clock, limits: { concurrency: 2 } });
  const silent = new RawClient(dir);
  const living = new RawClient(dir);
  const unread = silent.render("unread");
  await until(() => silent.hasReply(unread));
  silent.render("!sleep 60000", { ttlMs: 60_000 });
  silent.render("waits", { ttlMs: 60_000 });
  for (let seconds = 0; seconds < 36; seconds += 6) {
    utimesSync(living.mailbox, seconds, seconds);
    await clock.pass(6_000, dir);
    expect(existsSync(silent.mailbox)).toBe(seconds < 30);
  }
  expect(existsSync(living.mailbox)).toBe(true);
  expect(readdirSync(`${dir}/v1/new`)).toEqual([]);
  expect(events.filter((event) => event.type === "purged")).toMatchObject([
    { fields: { client: silent.name } },
  ]);
});

test("a client whose process is gone is purged after 12 s", async () => {
  const clock = new TestClock("stopped");
  const { dir } = await serve({ clock });
  const gone = new RawClient(dir, `${process.pid}-1-gone`);
  const here = new RawClient(dir, `${process.pid}-${startTicks(process.pid)}-here`);
  for (const expected of [true, true, false]) {
    await clock.pass(6_000, dir);
    expect(existsSync(gone.mailbox)).toBe(expected);
  }
  expect(existsSync(here.mailbox)).toBe(true);
});

test("unread replies and staging files live for 60 s", async () => {
  const clock = new TestClock("stopped");
  const { dir } = await serve({ clock });
  const client = new RawClient(dir);
  const id = client.render("unread");
  await until(() => client.hasReply(id));
  writeFileSync(`${dir}/v1/tmp/abandoned`, "x");
  for (let seconds = 0; seconds < 66; seconds += 6) {
    utimesSync(client.mailbox, seconds, seconds);
    await clock.pass(6_000, dir);
    expect(client.hasReply(id)).toBe(seconds < 60);
    expect(existsSync(`${dir}/v1/tmp/abandoned`)).toBe(seconds < 60);
  }
});

/** The library that gives a process a clock of its own; Debian's package faketime has it. */
const faketime = readdirSync("/usr/lib", { withFileTypes: true })
  .map(({ name }) => `/usr/lib/${name}/faketime/libfaketimeMT.so.1`)
  .find((path) => existsSync(path));

test.skipIf(faketime === undefined)(
  "the clocks of server and clients jump by an hour, again and again: nothing is lost (needs Debian's faketime)",
  { timeout: 120_000 },
  async () => {
    const dir = newPlace();
    const clockFile = `${dirname(dir)}/clock`;
    const set = (clock: string): void => writeFileSync(clockFile, clock);
    set("+0");
    const environment = {
      LD_PRELOAD: faketime,
      FAKETIME_TIMESTAMP_FILE: clockFile,
      FAKETIME_NO_CACHE: "1",
      DONT_FAKE_MONOTONIC: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
    const startKit = (name: string, argument: object): KitProcess =>
      start(
        process.execPath,
        ["--conditions=@gvpie/source", kitPath(name), JSON.stringify(argument)],
        environment,
      );
    const server = startKit("server-process.ts", { dir });
    await server.tells("ready");
    const heartbeatAt = (): number =>
      (JSON.parse(readFileSync(`${dir}/v1/server.json`, "utf8")) as { heartbeatAt: number }).heartbeatAt;
    const load = startKit("spool-load.ts", { dir, count: 300 });
    await using client = createFileSocketClient({ dir });
    const user = new SlotUser(dir);
    for (const clock of ["+1h", "+0", "-1h", "+1h"]) {
      set(clock);
      const offsetMs = Number.parseInt(clock, 10) * HOUR_MS;
      // The clock has really jumped, and the server goes on showing life.
      await until(() => Math.abs(heartbeatAt() - Date.now() - offsetMs) < HOUR_MS / 2);
      for (let number = 0; number < 5; number++) {
        const request = { code: `!sleep 20\n${clock} ${number}`, width: 8, height: 4 };
        const right = pattern({ ...request, background: undefined }).data;
        user.writeProgram(request.code, 8, 4);
        expect(await user.read()).toEqual(right);
        user.delete();
        const { data } = await client.render(request.code, request);
        expect(right.equals(new Uint8Array(data.buffer, data.byteOffset, data.length))).toBe(true);
      }
    }
    expect(await load.tells("done")).toEqual({ type: "done", right: 300 });
    expect(server.told.filter(({ type }) => type === "purged" || type === "storage")).toEqual([]);
    expect(await server.kill("SIGTERM")).toBe(0);
  },
);
