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
import { waitUntil } from "@gvpie/testing";
import { OldSlotClient, pattern } from "@gvpie/testing/file-socket";
import { expect, onTestFinished, test } from "vitest";
import { IRREGULAR_FILES, placeVictim, VICTIM } from "./support/irregular-files.ts";
import { startServer } from "./support/processes.ts";
import { badProgram } from "./support/renderer.ts";
import { newSocketPath, serve } from "./support/serve.ts";
import { TestClock } from "./support/test-clock.ts";

const expected = (code: string, width = 4, height = 2): Buffer => pattern({ code, width, height }).data;

test("answers a command", async () => {
  const { dir } = await serve();
  const slotClient = new OldSlotClient(dir);
  slotClient.writeProgram("a");
  expect(await slotClient.read()).toEqual(expected("a"));
  expect(existsSync(slotClient.command)).toBe(false);
  expect(readdirSync(`${dir}/v1/run`)).toEqual([]);
});

test("passes the values of parameters to the renderer", async () => {
  const { dir } = await serve();
  const slotClient = new OldSlotClient(dir);
  const request = { code: "PARAM t x", width: 4, height: 2, params: { t: "12:34", n: 5 } };
  slotClient.write({ op: "render_program", ...request });
  expect(await slotClient.read()).toEqual(pattern({ ...request }).data);
});

test("publishes a reply that was deleted unread again, once", async () => {
  const { dir } = await serve();
  const slotClient = new OldSlotClient(dir);
  slotClient.writeProgram("a");
  await waitUntil(() => existsSync(slotClient.output));
  slotClient.delete();
  await waitUntil(() => existsSync(slotClient.output));
  // lstat does not count as reading.
  expect(lstatSync(slotClient.output).size).toBe(expected("a").length);
  slotClient.delete();
  await sleep(400);
  expect(existsSync(slotClient.output)).toBe(false);
  expect(readdirSync(`${dir}/v1/run`)).toEqual([]);
});

test("dates a reply as its command", async () => {
  const { dir } = await serve();
  const slotClient = new OldSlotClient(dir);
  slotClient.writeProgram("!sleep 400");
  const writtenAt = lstatSync(slotClient.command, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  await waitUntil(() => existsSync(slotClient.output));
  expect(Math.abs(lstatSync(slotClient.output).mtimeMs - writtenAt)).toBeLessThan(200);
});

test("does not publish a reply again that was read", async () => {
  const { dir } = await serve();
  const slotClient = new OldSlotClient(dir);
  slotClient.writeProgram("a");
  await slotClient.read();
  slotClient.delete();
  await sleep(400);
  expect(existsSync(slotClient.output)).toBe(false);
});

test("answers a ping once", async () => {
  const { dir } = await serve();
  const slotClient = new OldSlotClient(dir);
  slotClient.write({ op: "ping" });
  await waitUntil(() => existsSync(slotClient.output));
  slotClient.delete();
  await sleep(400);
  expect(existsSync(slotClient.output)).toBe(false);
  slotClient.write({ op: "ping" });
  expect((await slotClient.read()).toString()).toBe("pong");
});

test("does not answer a ping while an unread reply waits", async () => {
  const { dir } = await serve();
  const slotClient = new OldSlotClient(dir);
  slotClient.writeProgram("a");
  await waitUntil(() => existsSync(slotClient.output));
  slotClient.write({ op: "ping" });
  await sleep(400);
  expect(existsSync(slotClient.command)).toBe(false);
  expect(readFileSync(slotClient.output)).toEqual(expected("a"));
});

test("read_canvas publishes the last picture, or a black one before the first", async () => {
  const { dir } = await serve();
  const slotClient = new OldSlotClient(dir);
  slotClient.write({ op: "read_canvas" });
  expect(await slotClient.read()).toEqual(Buffer.alloc(128 * 64 * 4, Buffer.from([0, 0, 0, 255])));
  slotClient.delete();
  slotClient.writeProgram("a");
  await slotClient.read();
  slotClient.delete();
  slotClient.write({ op: "ping" });
  await slotClient.read();
  slotClient.delete();
  for (let count = 0; count < 2; count++) {
    slotClient.write({ op: "read_canvas" });
    expect(await slotClient.read()).toEqual(expected("a"));
    slotClient.delete();
  }
});

test("a bad program leaves err.json and no reply; the next command removes err.json", async () => {
  const { dir } = await serve();
  const slotClient = new OldSlotClient(dir);
  slotClient.writeProgram("!bad 2");
  const { message, diagnostics } = badProgram(2);
  expect(await slotClient.readError()).toEqual({
    status: "bad_program",
    code: "PXL_UNKNOWN_OPCODE",
    message,
    line: 1,
    column: 3,
    diagnostics,
  });
  expect(existsSync(slotClient.output)).toBe(false);
  slotClient.writeProgram("good");
  expect(await slotClient.read()).toEqual(expected("good"));
  expect(existsSync(slotClient.error)).toBe(false);
});

test.each([
  ["!throw", "internal", "FSOCK_RENDERER_FAILED"],
  ["!short", "internal", "FSOCK_RENDERER_FAILED"],
  ["!sleep 5000", "expired", "FSOCK_DEADLINE"],
])("%s leaves err.json with %s", async (code, status, errorCode) => {
  const { dir } = await serve({ limits: { slotMs: 100 } });
  const slotClient = new OldSlotClient(dir);
  slotClient.writeProgram(code);
  expect(await slotClient.readError()).toMatchObject({
    status,
    code: errorCode,
    line: null,
    diagnostics: [],
  });
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
])("the command %j leaves err.json with %s, and the next one is answered", async (text, code) => {
  const { dir } = await serve();
  const slotClient = new OldSlotClient(dir);
  writeFileSync(slotClient.command, text);
  expect(await slotClient.readError()).toMatchObject({ code });
  expect(existsSync(slotClient.command)).toBe(false);
  slotClient.writeProgram("after");
  expect(await slotClient.read()).toEqual(expected("after"));
});

test.each(IRREGULAR_FILES)("refuses $kind as cmd.json at once", async ({ code, make }) => {
  // With a stopped clock, the refusal cannot have waited.
  const { dir } = await serve({ clock: new TestClock("stopped") });
  const slotClient = new OldSlotClient(dir);
  const victim = placeVictim(dir);
  const memory = process.memoryUsage.rss();
  make(slotClient.command, victim);
  expect(await slotClient.readError()).toMatchObject({ code });
  expect(process.memoryUsage.rss() - memory).toBeLessThan(8 * 2 ** 20);
  expect(readFileSync(victim, "utf8")).toBe(VICTIM);
  slotClient.writeProgram("after");
  expect(await slotClient.read()).toEqual(expected("after"));
});

test("waits for the end of a command that is written in pieces", async () => {
  const { dir } = await serve();
  const slotClient = new OldSlotClient(dir);
  const text = JSON.stringify({ op: "render_program", code: "in pieces }}", width: 4, height: 2 });
  for (let length = 0; length <= text.length; length += 16) {
    writeFileSync(slotClient.command, text.slice(0, length));
    await sleep(30);
    expect(existsSync(slotClient.command)).toBe(true);
    expect(existsSync(slotClient.error)).toBe(false);
  }
  writeFileSync(slotClient.command, text);
  expect(await slotClient.read()).toEqual(expected("in pieces }}"));
});

test("the reply of a stalled renderer does not answer a later command", { timeout: 30_000 }, async () => {
  const dir = newSocketPath();
  const server = await startServer(dir);
  const slotClient = new OldSlotClient(dir);
  for (const stall of ["!block 2500", "!stubborn 2500"]) {
    slotClient.writeProgram(stall);
    await sleep(2_000);
    slotClient.writeProgram(`after ${stall}`);
    if (existsSync(slotClient.output)) slotClient.delete();
    expect(await slotClient.read()).toEqual(expected(`after ${stall}`));
    slotClient.delete();
  }
  await sleep(600);
  expect(existsSync(slotClient.output)).toBe(false);
  await server.kill("SIGTERM");
});

test("a newer command replaces the current one", async () => {
  const { dir } = await serve();
  const slotClient = new OldSlotClient(dir);
  slotClient.writeProgram("!stubborn 700");
  await waitUntil(() => !existsSync(slotClient.command));
  slotClient.writeProgram("newer");
  expect(await slotClient.read()).toEqual(expected("newer"));
  slotClient.delete();
  await sleep(800);
  expect(existsSync(slotClient.output)).toBe(false);
  expect(readdirSync(`${dir}/v1/run`)).toEqual([]);
});

// Found by the soak: removing the old command from a busy disk took so long that the client wrote a new one.
test("does not answer a command that arrives while the old one is removed with the old picture", async () => {
  const { dir } = await serve();
  const slotClient = new OldSlotClient(dir);
  const hook = Symbol.for("@gvpie/failpoint");
  const published: Buffer[] = [];
  let hits = 0;
  Object.assign(globalThis, {
    [hook]: (name: string) => {
      if (name === "file-socket/slot/before-command-remove" && ++hits === 1) slotClient.writeProgram("newer");
      if (name === "file-socket/slot/after-publish") published.push(readFileSync(slotClient.output));
    },
  });
  onTestFinished(() => {
    Reflect.deleteProperty(globalThis, hook);
  });
  slotClient.writeProgram("older");
  await waitUntil(() => hits === 2 && published.length > 0);
  expect(published).toEqual([expected("newer")]);
});

// Found on an overloaded machine: the server was suspended between its last check and the rename.
test.each([
  { when: "after a newer command", outcome: "superseded", isRead: false },
  { when: "after its client has given up", outcome: "late", isRead: false },
  { when: "before its client reads it and writes a newer command", outcome: "published", isRead: true },
])("a reply that appears $when is $outcome", async ({ outcome, isRead }) => {
  const clock = new TestClock();
  const { dir, events } = await serve({ clock });
  const slotClient = new OldSlotClient(dir);
  const hook = Symbol.for("@gvpie/failpoint");
  let published = 0;
  let isLeft: boolean | undefined;
  Object.assign(globalThis, {
    [hook]: (name: string) => {
      // By the time the newer command is claimed, the older reply has been kept or taken back.
      if (name === "file-socket/slot/before-claim" && published === 1) isLeft = existsSync(slotClient.output);
      if (name !== "file-socket/slot/after-publish" || ++published > 1) return;
      if (isRead) readFileSync(slotClient.output);
      if (outcome === "late") {
        clock.passedMs += 2_100;
      } else {
        slotClient.writeProgram("newer");
      }
    },
  });
  onTestFinished(() => {
    Reflect.deleteProperty(globalThis, hook);
  });
  slotClient.writeProgram("older");
  await waitUntil(() => published > 0);
  if (outcome === "late") slotClient.writeProgram("newer");
  await waitUntil(() => published === 2);
  expect(isLeft).toBe(isRead);
  expect(readFileSync(slotClient.output)).toEqual(expected("newer"));
  const dropped = events.filter((event) => event.type === "dropped").map(({ fields }) => fields["outcome"]);
  expect(dropped).toEqual(isRead ? [] : [outcome]);
});

test("a reader never sees a short reply", async () => {
  const { dir } = await serve();
  const slotClient = new OldSlotClient(dir);
  const seen = new Set<number>();
  for (let round = 0; round < 200; round++) {
    slotClient.writeProgram(`round ${round}`, 100, 80);
    while (
      existsSync(slotClient.command) ||
      !existsSync(slotClient.output) ||
      lstatSync(slotClient.output).atimeMs !== 1000
    ) {
      if (existsSync(slotClient.output)) seen.add(readFileSync(slotClient.output).length);
      await new Promise(setImmediate);
    }
    seen.add(readFileSync(slotClient.output).length);
  }
  expect([...seen]).toEqual([100 * 80 * 4]);
});

test("answers a command claimed by a killed server while the client waits", async () => {
  const dir = newSocketPath();
  const slotClient = new OldSlotClient(dir);
  const first = await serve({ dir });
  await first.close();
  slotClient.writeProgram("claimed");
  renameSync(slotClient.command, `${dir}/v1/run/slot.01ARZ3NDEKTSV4RRFFQ69G5FAV.1`);
  writeFileSync(`${dir}/v1/tmp/slot.01ARZ3NDEKTSV4RRFFQ69G5FAV.1`, "half a reply");
  await serve({ dir });
  expect(await slotClient.read()).toEqual(expected("claimed"));
  expect(readdirSync(`${dir}/v1/run`)).toEqual([]);
  expect(readdirSync(`${dir}/v1/tmp`)).toEqual([]);
});

test("drops the files of a killed server after the client has given up", async () => {
  const dir = newSocketPath();
  const slotClient = new OldSlotClient(dir);
  mkdirSync(dir, { mode: 0o700 });
  for (const part of ["", "run", "tmp"]) mkdirSync(`${dir}/v1/${part}`, { mode: 0o700 });
  const old = Date.now() / 1000 - 3;
  for (const path of [slotClient.command, `${dir}/v1/run/slot.A.1`, `${dir}/v1/tmp/slot.A.2`]) {
    writeFileSync(path, '{"op":"render_program","code":"old"}');
    utimesSync(path, old, old);
  }
  writeFileSync(`${dir}/v1/tmp/once.A.3`, "half a reply");
  await serve({ dir });
  await waitUntil(() => !existsSync(slotClient.command));
  await sleep(100);
  expect(readdirSync(dir)).toEqual(["v1"]);
  expect(readdirSync(`${dir}/v1/run`)).toEqual([]);
  expect(readdirSync(`${dir}/v1/tmp`)).toEqual([]);
});

test("publishes a reply that was complete when the server was killed", async () => {
  const dir = newSocketPath();
  const slotClient = new OldSlotClient(dir);
  const first = await serve({ dir });
  await first.close();
  writeFileSync(`${dir}/v1/tmp/slot.A.1`, "whole");
  await serve({ dir });
  expect((await slotClient.read()).toString()).toBe("whole");
});
