import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
  createFileSocketClient,
  createFileSocketServer,
  FileSocketError,
  RequestError,
} from "@gvpie/file-socket";
import { runNode, waitUntil } from "@gvpie/testing";
import { pattern } from "@gvpie/testing/file-socket";
import { expect, onTestFinished, test } from "vitest";
import { IDLE_CLIENT } from "./support/processes.ts";
import { badProgram } from "./support/renderer.ts";
import { newSocketPath, serve } from "./support/serve.ts";

function connect(dir: string): ReturnType<typeof createFileSocketClient> {
  const client = createFileSocketClient({ dir });
  onTestFinished(() => client.close());
  return client;
}

test("render returns the picture for its size, background and parameters", async () => {
  const { dir } = await serve();
  const client = connect(dir);
  const reply = await client.render("é", { width: 3, height: 5, background: "#123" });
  expect(reply).toMatchObject({ width: 3, height: 5, backend: "pattern", adapter: "test" });
  expect(reply.data).toBeInstanceOf(Uint8ClampedArray);
  expect(Buffer.from(reply.data)).toEqual(
    pattern({ code: "é", width: 3, height: 5, background: "#112233ff" }).data,
  );
  const params = { time: "12:34 ✓", level: -7 };
  expect(Buffer.from((await client.render("x", { width: 3, height: 5, params })).data)).toEqual(
    pattern({ code: "x", width: 3, height: 5, params }).data,
  );
  expect(await client.render("x")).toMatchObject({ width: 128, height: 64 });
  expect(reply.queuedMs).toBeGreaterThanOrEqual(0);
});

test.each([
  [
    "!bad 2",
    {},
    { code: "FSOCK_BAD_PROGRAM", replyCode: "PXL_UNKNOWN_OPCODE", diagnostics: badProgram(2).diagnostics },
  ],
  ["!throw", {}, { code: "FSOCK_INTERNAL", message: "the renderer failed: something broke" }],
  ["x", { width: 1.5 }, { code: "FSOCK_BAD_REQUEST", replyCode: "FSOCK_BAD_VALUE" }],
  ["\ud800", {}, { code: "FSOCK_BAD_REQUEST", replyCode: "FSOCK_BAD_JSON" }],
  ["x", { width: 5000, height: 5000 }, { code: "FSOCK_TOO_LARGE", replyCode: "FSOCK_CANVAS_TOO_LARGE" }],
  ["!stubborn 3000", { timeoutMs: 1_000 }, { code: "FSOCK_TIMEOUT" }],
])("rendering %j with %j rejects", async (code, options, expected) => {
  const { dir } = await serve();
  const client = connect(dir);
  const error: unknown = await client.render(code, options).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(FileSocketError);
  expect(error).toMatchObject(expected);
  expect((await client.render("after")).width).toBe(128);
});

test("reads the pixels into the caller's memory", async () => {
  const { dir } = await serve();
  const client = connect(dir);
  // The second payload is too long for a full checksum, and its file is reused for the third reply.
  for (const [width, height] of [
    [3, 5],
    [700, 600],
    [700, 601],
    [4, 2],
  ] as const) {
    const memory = new Uint8ClampedArray(width * height * 4 + 8).fill(7);
    const into = memory.subarray(4, -4);
    const reply = await client.render(`${width}`, { width, height, into });
    expect(reply.data).toBe(into);
    const right = pattern({ code: `${width}`, width, height }).data;
    expect(right.equals(new Uint8Array(memory.buffer, 4, into.length))).toBe(true);
    expect([...memory.subarray(0, 4), ...memory.subarray(-4)]).toEqual(Array.from({ length: 8 }, () => 7));
  }
  const into = new Uint8ClampedArray(8);
  await expect(client.render("x", { width: 1, height: 1, into })).rejects.toThrow(
    new RangeError("expected into to have 4 bytes, got 8"),
  );
  await expect(client.render("!bad", { width: 2, height: 1, into })).rejects.toMatchObject({
    code: "FSOCK_BAD_PROGRAM",
  });
});

test.each([{ name: "x" }, { name: "a name too long for the usual header ".repeat(20) }])(
  "reads a reply with a backend name of $name.length characters into the caller's memory",
  async ({ name }) => {
    const { dir } = await serve({ render: (request) => ({ ...pattern(request), backend: name }) });
    const into = new Uint8ClampedArray(32);
    const reply = await connect(dir).render("x", { width: 4, height: 2, into });
    expect(reply).toMatchObject({ backend: name });
    expect(Buffer.from(into)).toEqual(pattern({ code: "x", width: 4, height: 2 }).data);
  },
);

test("rejects with FSOCK_NO_SERVER after the timeout if there is no server", async () => {
  const dir = newSocketPath();
  const client = connect(dir);
  await expect(client.ping({ timeoutMs: 100 })).rejects.toMatchObject({ code: "FSOCK_NO_SERVER" });
  mkdirSync(dir, { mode: 0o700 });
  await expect(client.ping({ timeoutMs: 100 })).rejects.toMatchObject({ code: "FSOCK_NO_SERVER" });
  const { close } = await serve({ dir });
  expect(await client.ping()).toBeGreaterThan(0);
  await close();
  await expect(client.ping({ timeoutMs: 100 })).rejects.toMatchObject({ code: "FSOCK_NO_SERVER" });
});

test("a request waits for a server that starts later or restarts", async () => {
  const dir = newSocketPath();
  const client = connect(dir);
  const early = client.render("early");
  await sleep(50);
  const first = await serve({ dir });
  expect((await early).width).toBe(128);
  await first.close();
  const between = client.render("between");
  await sleep(50);
  await serve({ dir });
  expect((await between).width).toBe(128);
});

test("retries while the server is busy, until the timeout", async () => {
  let busy = 3;
  let retryAfterMs = 20;
  const { dir } = await serve({
    render: (request) => {
      if (busy-- > 0) throw new RequestError({ status: "busy", code: "X", message: "later", retryAfterMs });
      return pattern(request);
    },
  });
  const client = connect(dir);
  expect((await client.render("x")).width).toBe(128);
  expect(busy).toBe(-1);
  busy = 1_000;
  retryAfterMs = 60_000;
  await expect(client.render("x", { timeoutMs: 50_000 })).rejects.toMatchObject({
    code: "FSOCK_BUSY",
    replyCode: "X",
    retryAfterMs,
  });
});

test("withdraws an aborted request", async () => {
  const { dir } = await serve({ limits: { concurrency: 1 } });
  const client = connect(dir);
  const first = client.render("!sleep 200");
  const controller = new AbortController();
  const second = client.render("second", { signal: controller.signal });
  await waitUntil(() => readdirSync(`${dir}/v1/new`).length === 1);
  controller.abort();
  await expect(second).rejects.toThrow("This operation was aborted");
  expect(readdirSync(`${dir}/v1/new`)).toEqual([]);
  await first;
  await expect(client.render("x", { signal: controller.signal })).rejects.toThrow(
    "This operation was aborted",
  );
  const reason = new RangeError("mine");
  await expect(client.render("x", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test("removes the reply to an aborted request", async () => {
  const { dir } = await serve();
  const client = connect(dir);
  const controller = new AbortController();
  const aborted = client.render("!stubborn 100", { signal: controller.signal });
  await waitUntil(() => readdirSync(`${dir}/v1/run`).length === 1);
  controller.abort();
  await expect(aborted).rejects.toThrow("This operation was aborted");
  await client.render("!sleep 200");
  const [own = ""] = readdirSync(`${dir}/v1/out`);
  await waitUntil(() => readdirSync(`${dir}/v1/out/${own}`).length === 0);
});

test("close rejects the calls in progress and removes all files", async () => {
  const { dir } = await serve({ limits: { concurrency: 1 } });
  const client = connect(dir);
  const calls = ["!sleep 300", "b", "c"].map((code) => client.render(code));
  await waitUntil(() => readdirSync(`${dir}/v1/new`).length === 2);
  const outcomes = Promise.allSettled(calls);
  await client.close();
  for (const outcome of await outcomes) {
    expect(outcome).toMatchObject({ status: "rejected", reason: { code: "FSOCK_CLOSED" } });
  }
  expect(readdirSync(`${dir}/v1/out`)).toEqual([]);
  expect(readdirSync(`${dir}/v1/new`)).toEqual([]);
  await expect(client.ping()).rejects.toMatchObject({ code: "FSOCK_CLOSED" });
});

test("rejects a timeout out of range with a RangeError", async () => {
  const client = connect(newSocketPath());
  await expect(client.render("x", { timeoutMs: 0 })).rejects.toThrow(RangeError);
  await expect(client.render("x", { timeoutMs: 60_001 })).rejects.toThrow(RangeError);
});

test("a client whose reply directory is removed still gets its reply", async () => {
  const { dir } = await serve();
  const client = connect(dir);
  const reply = client.render("!sleep 300");
  await waitUntil(() => readdirSync(`${dir}/v1/run`).length === 1);
  rmSync(`${dir}/v1/out`, { recursive: true });
  expect((await reply).width).toBe(128);
});

test("an idle client does not keep its process alive", async () => {
  const dir = newSocketPath();
  await using _server = await createFileSocketServer({ dir, render: pattern });
  expect((await runNode(IDLE_CLIENT, [dir])).status).toBe(0);
  expect(readdirSync(`${dir}/v1/out`)).toHaveLength(1);
});
