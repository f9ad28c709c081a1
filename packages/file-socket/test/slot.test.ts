import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { ODDITIES, placeVictim, VICTIM } from "./kit/oddities.ts";
import { pattern } from "./kit/pattern.ts";
import { newPlace } from "./kit/place.ts";
import { startServer } from "./kit/processes.ts";
import { badProgram } from "./kit/renderer.ts";
import { serve } from "./kit/serve.ts";
import { SlotUser } from "./kit/slot-user.ts";
import { TestClock } from "./kit/test-clock.ts";
import { until } from "./kit/until.ts";

const expected = (code: string, width = 4, height = 2): Buffer =>
  pattern({ code, width, height, background: undefined }).data;

test("a command becomes a reply", async () => {
  const { dir } = await serve();
  const user = new SlotUser(dir);
  user.writeProgram("a");
  expect(await user.read()).toEqual(expected("a"));
  expect(existsSync(user.command)).toBe(false);
  expect(readdirSync(`${dir}/v1/run`)).toEqual([]);
});

test("a command may give values to parameters", async () => {
  const { dir } = await serve();
  const user = new SlotUser(dir);
  const request = { code: "PARAM t x", width: 4, height: 2, params: { t: "12:34", n: 5 } };
  user.write({ op: "render_program", ...request });
  expect(await user.read()).toEqual(pattern({ ...request, background: undefined }).data);
});

test("a reply deleted unread is published once more, and only once", async () => {
  const { dir } = await serve();
  const user = new SlotUser(dir);
  user.writeProgram("a");
  await until(() => existsSync(user.output));
  user.delete();
  await until(() => existsSync(user.output));
  // Nobody has read this one either.
  expect(lstatSync(user.output).size).toBe(expected("a").length);
  user.delete();
  await sleep(400);
  expect(existsSync(user.output)).toBe(false);
  expect(readdirSync(`${dir}/v1/run`)).toEqual([]);
});

test("a reply is dated as its command, so that a server that finds it knows how long the client has waited", async () => {
  const { dir } = await serve();
  const user = new SlotUser(dir);
  user.writeProgram("!sleep 400");
  const writtenAt = lstatSync(user.command, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  await until(() => existsSync(user.output));
  expect(Math.abs(lstatSync(user.output).mtimeMs - writtenAt)).toBeLessThan(200);
});

test("a reply deleted after it was read is not published again", async () => {
  const { dir } = await serve();
  const user = new SlotUser(dir);
  user.writeProgram("a");
  await user.read();
  user.delete();
  await sleep(400);
  expect(existsSync(user.output)).toBe(false);
});

test("a ping is answered once", async () => {
  const { dir } = await serve();
  const user = new SlotUser(dir);
  user.write({ op: "ping" });
  await until(() => existsSync(user.output));
  user.delete();
  await sleep(400);
  expect(existsSync(user.output)).toBe(false);
  user.write({ op: "ping" });
  expect((await user.read()).toString()).toBe("pong");
});

test("a ping is not answered while an unread reply waits", async () => {
  const { dir } = await serve();
  const user = new SlotUser(dir);
  user.writeProgram("a");
  await until(() => existsSync(user.output));
  user.write({ op: "ping" });
  await sleep(400);
  expect(existsSync(user.command)).toBe(false);
  expect(readFileSync(user.output)).toEqual(expected("a"));
});

test("read_canvas brings the last picture, and a black one before the first", async () => {
  const { dir } = await serve();
  const user = new SlotUser(dir);
  user.write({ op: "read_canvas" });
  expect(await user.read()).toEqual(Buffer.alloc(128 * 64 * 4, Buffer.from([0, 0, 0, 255])));
  user.delete();
  user.writeProgram("a");
  await user.read();
  user.delete();
  user.write({ op: "ping" });
  await user.read();
  user.delete();
  for (let count = 0; count < 2; count++) {
    user.write({ op: "read_canvas" });
    expect(await user.read()).toEqual(expected("a"));
    user.delete();
  }
});

test("a bad program leaves err.json and no reply; the next command removes it", async () => {
  const { dir } = await serve();
  const user = new SlotUser(dir);
  user.writeProgram("!bad 2");
  const { message, diagnostics } = badProgram(2);
  expect(await user.readError()).toEqual({
    status: "bad_program",
    code: "PXL_UNKNOWN_OPCODE",
    message,
    line: 1,
    column: 3,
    diagnostics,
  });
  expect(existsSync(user.output)).toBe(false);
  user.writeProgram("good");
  expect(await user.read()).toEqual(expected("good"));
  expect(existsSync(user.error)).toBe(false);
});

test.each([
  ["!throw", "internal", "FSOCK_RENDERER_FAILED"],
  ["!short", "internal", "FSOCK_RENDERER_FAILED"],
  ["!sleep 5000", "expired", "FSOCK_DEADLINE"],
])("%s leaves err.json with %s", async (code, status, errorCode) => {
  const { dir } = await serve({ limits: { slotMs: 100 } });
  const user = new SlotUser(dir);
  user.writeProgram(code);
  expect(await user.readError()).toMatchObject({ status, code: errorCode, line: null, diagnostics: [] });
});

test.each([
  ['{"op":"render_program","code":"","width":0}', "FSOCK_BAD_VALUE"],
  ['{"op":"render_program","code":"","width":8192,"height":8192}', "FSOCK_CANVAS_TOO_LARGE"],
  ['{"op":"format_disk"}', "FSOCK_UNKNOWN_OP"],
  ['{"op":"ping","extra":1}', "FSOCK_UNKNOWN_KEY"],
  ['{"op":"ping","op":"ping"}', "FSOCK_BAD_JSON"],
  ['{"op":"ping"', "FSOCK_BAD_JSON"],
  ["", "FSOCK_BAD_JSON"],
  ["\u0000\u0001", "FSOCK_BAD_JSON"],
])("the command %j leaves err.json with %s, and the server serves on", async (text, code) => {
  const { dir } = await serve();
  const user = new SlotUser(dir);
  writeFileSync(user.command, text);
  expect(await user.readError()).toMatchObject({ code });
  expect(existsSync(user.command)).toBe(false);
  user.writeProgram("after");
  expect(await user.read()).toEqual(expected("after"));
});

test.each(ODDITIES)("$kind as cmd.json is refused at once", async ({ code, make }) => {
  // Time stands still: nobody can have waited for more of it.
  const { dir } = await serve({ clock: new TestClock("stopped") });
  const user = new SlotUser(dir);
  const victim = placeVictim(dir);
  const memory = process.memoryUsage.rss();
  make(user.command, victim);
  expect(await user.readError()).toMatchObject({ code });
  expect(process.memoryUsage.rss() - memory).toBeLessThan(8 * 2 ** 20);
  expect(readFileSync(victim, "utf8")).toBe(VICTIM);
  user.writeProgram("after");
  expect(await user.read()).toEqual(expected("after"));
});

test("a command that arrives in pieces waits for its end", async () => {
  const { dir } = await serve();
  const user = new SlotUser(dir);
  const text = JSON.stringify({ op: "render_program", code: "in pieces }}", width: 4, height: 2 });
  for (let length = 0; length <= text.length; length += 16) {
    writeFileSync(user.command, text.slice(0, length));
    await sleep(30);
    expect(existsSync(user.command)).toBe(true);
    expect(existsSync(user.error)).toBe(false);
  }
  writeFileSync(user.command, text);
  expect(await user.read()).toEqual(expected("in pieces }}"));
});

test("a stalled renderer answers nobody else", { timeout: 30_000 }, async () => {
  const dir = newPlace();
  const server = await startServer(dir);
  const user = new SlotUser(dir);
  for (const stall of ["!block 2500", "!stubborn 2500"]) {
    user.writeProgram(stall);
    await sleep(2_000);
    user.writeProgram(`after ${stall}`);
    if (existsSync(user.output)) user.delete();
    expect(await user.read()).toEqual(expected(`after ${stall}`));
    user.delete();
  }
  await sleep(600);
  expect(existsSync(user.output)).toBe(false);
  await server.kill("SIGTERM");
});

test("a newer command replaces the one in hand", async () => {
  const { dir } = await serve();
  const user = new SlotUser(dir);
  user.writeProgram("!stubborn 700");
  await until(() => !existsSync(user.command));
  user.writeProgram("newer");
  expect(await user.read()).toEqual(expected("newer"));
  user.delete();
  await sleep(800);
  expect(existsSync(user.output)).toBe(false);
  expect(readdirSync(`${dir}/v1/run`)).toEqual([]);
});

// Found by the soak: removing the old command from a busy disk takes so long that its client gives up and asks again.
test("a command that comes while the old one is removed is not answered with the old picture", async () => {
  const { dir } = await serve();
  const user = new SlotUser(dir);
  const hook = Symbol.for("@gvpie/failpoint");
  const published: Buffer[] = [];
  let hits = 0;
  Object.assign(globalThis, {
    [hook]: (name: string) => {
      if (name === "file-socket/slot/before-command-remove" && ++hits === 1) user.writeProgram("newer");
      if (name === "file-socket/slot/after-publish") published.push(readFileSync(user.output));
    },
  });
  onTestFinished(() => {
    Reflect.deleteProperty(globalThis, hook);
  });
  user.writeProgram("older");
  await until(() => hits === 2 && published.length > 0);
  expect(published).toEqual([expected("newer")]);
});

// Found on a machine with thirty processes to each turn: the server stood still between its last look and the rename.
test.each([
  { what: "when a newer command is there", outcome: "superseded", isRead: false },
  { what: "when its client has given up", outcome: "late", isRead: false },
  { what: "when its client has read it and asks again", outcome: "published", isRead: true },
])("a reply that appears $what: $outcome", async ({ outcome, isRead }) => {
  const clock = new TestClock();
  const { dir, events } = await serve({ clock });
  const user = new SlotUser(dir);
  const hook = Symbol.for("@gvpie/failpoint");
  let published = 0;
  let isLeft: boolean | undefined;
  Object.assign(globalThis, {
    [hook]: (name: string) => {
      // The reply to the older command is dealt with when the newer one is claimed.
      if (name === "file-socket/slot/before-claim" && published === 1) isLeft = existsSync(user.output);
      if (name !== "file-socket/slot/after-publish" || ++published > 1) return;
      if (isRead) readFileSync(user.output);
      if (outcome === "late") clock.passedMs += 2_100;
      else user.writeProgram("newer");
    },
  });
  onTestFinished(() => {
    Reflect.deleteProperty(globalThis, hook);
  });
  user.writeProgram("older");
  await until(() => published > 0);
  if (outcome === "late") user.writeProgram("newer");
  await until(() => published === 2);
  expect(isLeft).toBe(isRead);
  expect(readFileSync(user.output)).toEqual(expected("newer"));
  const dropped = events.filter((event) => event.type === "dropped").map(({ fields }) => fields["outcome"]);
  expect(dropped).toEqual(isRead ? [] : [outcome]);
});

test("a reader never sees a short reply", async () => {
  const { dir } = await serve();
  const user = new SlotUser(dir);
  const seen = new Set<number>();
  for (let round = 0; round < 200; round++) {
    user.writeProgram(`round ${round}`, 100, 80);
    while (existsSync(user.command) || !existsSync(user.output) || lstatSync(user.output).atimeMs !== 1000) {
      if (existsSync(user.output)) seen.add(readFileSync(user.output).length);
      await new Promise(setImmediate);
    }
    seen.add(readFileSync(user.output).length);
  }
  expect([...seen]).toEqual([100 * 80 * 4]);
});

test("what a killed server had claimed is served while the client waits", async () => {
  const dir = newPlace();
  const user = new SlotUser(dir);
  const first = await serve({ dir });
  await first.close();
  user.writeProgram("claimed");
  renameSync(user.command, `${dir}/v1/run/slot.01ARZ3NDEKTSV4RRFFQ69G5FAV.1`);
  writeFileSync(`${dir}/v1/tmp/slot.01ARZ3NDEKTSV4RRFFQ69G5FAV.1`, "half a reply");
  await serve({ dir });
  expect(await user.read()).toEqual(expected("claimed"));
  expect(readdirSync(`${dir}/v1/run`)).toEqual([]);
  expect(readdirSync(`${dir}/v1/tmp`)).toEqual([]);
});

test("what a killed server left is dropped when the client has given up", async () => {
  const dir = newPlace();
  const user = new SlotUser(dir);
  mkdirSync(dir, { mode: 0o700 });
  for (const part of ["", "run", "tmp"]) mkdirSync(`${dir}/v1/${part}`, { mode: 0o700 });
  const old = Date.now() / 1000 - 3;
  for (const path of [user.command, `${dir}/v1/run/slot.A.1`, `${dir}/v1/tmp/slot.A.2`]) {
    writeFileSync(path, '{"op":"render_program","code":"old"}');
    utimesSync(path, old, old);
  }
  writeFileSync(`${dir}/v1/tmp/once.A.3`, "half a reply");
  await serve({ dir });
  await until(() => !existsSync(user.command));
  await sleep(100);
  expect(readdirSync(dir)).toEqual(["v1"]);
  expect(readdirSync(`${dir}/v1/run`)).toEqual([]);
  expect(readdirSync(`${dir}/v1/tmp`)).toEqual([]);
});

test("a reply that was whole when the server died is still delivered", async () => {
  const dir = newPlace();
  const user = new SlotUser(dir);
  const first = await serve({ dir });
  await first.close();
  writeFileSync(`${dir}/v1/tmp/slot.A.1`, "whole");
  await serve({ dir });
  expect((await user.read()).toString()).toBe("whole");
});
