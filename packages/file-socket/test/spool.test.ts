import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { waitUntil } from "@gvpie/testing";
import { pattern, RawSpoolClient } from "@gvpie/testing/file-socket";
import { expect, test } from "vitest";
import { newId } from "../src/protocol/names.ts";
import { errorHead } from "../src/protocol/reply.ts";
import { IRREGULAR_FILES, placeVictim, VICTIM } from "./support/irregular-files.ts";
import { startServer } from "./support/processes.ts";
import { badProgram } from "./support/renderer.ts";
import { newSocketPath, serve } from "./support/serve.ts";

const expected = (code: string): Buffer => pattern({ code, width: 4, height: 2 }).data;

test("answers a request", async () => {
  const { dir } = await serve();
  const client = new RawSpoolClient(dir);
  const id = client.render("a");
  const { header, payload } = await client.reply(id);
  expect(header).toMatchObject({
    id,
    status: "ok",
    width: 4,
    height: 2,
    backend: "pattern",
    adapter: "test",
  });
  expect(Buffer.from(payload)).toEqual(expected("a"));
  for (const part of ["tmp", "new", "run"]) expect(readdirSync(`${dir}/v1/${part}`)).toEqual([]);
});

test.each([
  ["!bad", "bad_program", "PXL_UNKNOWN_OPCODE"],
  ["!throw", "internal", "FSOCK_RENDERER_FAILED"],
  ["!short", "internal", "FSOCK_RENDERER_FAILED"],
])("answers %s with %s", async (code, status, errorCode) => {
  const { dir } = await serve();
  const client = new RawSpoolClient(dir);
  expect((await client.reply(client.render(code))).header).toMatchObject({
    status,
    error: { code: errorCode },
  });
});

test.each([
  [{ width: 0 }, "bad_request", "FSOCK_BAD_VALUE"],
  [{ width: "8" }, "bad_request", "FSOCK_BAD_VALUE"],
  [{ op: "read_canvas" }, "bad_request", "FSOCK_UNKNOWN_OP"],
  [{ colour: "red" }, "bad_request", "FSOCK_UNKNOWN_KEY"],
  [{ id: "x" }, "bad_request", "FSOCK_BAD_VALUE"],
  [{ width: 2 ** 16, height: 2 ** 16 }, "too_large", "FSOCK_CANVAS_TOO_LARGE"],
])("answers %j with %s", async (fields, status, code) => {
  const { dir } = await serve();
  const client = new RawSpoolClient(dir);
  expect((await client.reply(client.render("", fields))).header).toMatchObject({ status, error: { code } });
});

test("answers a request that is not JSON at once", async () => {
  const { dir } = await serve();
  const client = new RawSpoolClient(dir);
  const id = newId();
  client.submit(id, '{"op":"render_program","code":"half');
  expect((await client.reply(id)).header).toMatchObject({
    status: "bad_request",
    error: { code: "FSOCK_BAD_JSON" },
  });
});

test.each(IRREGULAR_FILES)("refuses $kind as a request at once", async ({ code, make }) => {
  const { dir } = await serve();
  const client = new RawSpoolClient(dir);
  const victim = placeVictim(dir);
  const memory = process.memoryUsage.rss();
  const id = newId();
  make(client.requestPath(id), victim);
  expect((await client.reply(id)).header).toMatchObject({ error: { code } });
  expect(process.memoryUsage.rss() - memory).toBeLessThan(8 * 2 ** 20);
  expect(readFileSync(victim, "utf8")).toBe(VICTIM);
  expect((await client.reply(client.render("after"))).header.status).toBe("ok");
});

test("quarantines files without a request's name, the newest 64", async () => {
  const { dir } = await serve();
  const client = new RawSpoolClient(dir);
  for (let count = 0; count < 100; count++) writeFileSync(`${dir}/v1/new/nonsense ${count}`, "x");
  await waitUntil(() => readdirSync(`${dir}/v1/new`).length === 0);
  expect(readdirSync(`${dir}/v1/bad`)).toHaveLength(64);
  expect((await client.reply(client.render("after"))).header.status).toBe("ok");
});

test("drops a request whose client has no reply directory", async () => {
  const { dir, events } = await serve();
  const client = new RawSpoolClient(dir);
  rmSync(client.replyDirectory, { recursive: true });
  client.render("a");
  await waitUntil(() => events.some((event) => event.fields["outcome"] === "abandoned"));
  for (const part of ["tmp", "new", "run"]) expect(readdirSync(`${dir}/v1/${part}`)).toEqual([]);
});

test("refuses requests beyond a client's limit as busy", async () => {
  const { dir } = await serve({ limits: { outstandingPerClient: 3, concurrency: 1 } });
  const client = new RawSpoolClient(dir);
  const other = new RawSpoolClient(dir);
  const ids = Array.from({ length: 10 }, (_, index) => client.render(`!sleep 300\n${index}`));
  const quiet = other.render("quiet");
  const replies = await Promise.all(ids.map((id) => client.reply(id)));
  const busy = replies.filter(({ header }) => header.status === "busy");
  expect(replies.filter(({ header }) => header.status === "ok")).toHaveLength(3);
  expect(busy).toHaveLength(7);
  expect(Math.min(...busy.map(({ header }) => header.error?.retryAfterMs ?? 0))).toBeGreaterThan(0);
  expect((await other.reply(quiet)).header.status).toBe("ok");
});

test("refuses requests beyond queuedBytes as busy", async () => {
  const { dir } = await serve({ limits: { queuedBytes: 3_000 } });
  const client = new RawSpoolClient(dir);
  const ids = Array.from({ length: 4 }, () => client.render(`!sleep 200\n${"x".repeat(1_200)}`));
  const statuses = await Promise.all(ids.map(async (id) => (await client.reply(id)).header.status));
  expect(statuses.sort()).toEqual(["busy", "busy", "ok", "ok"]);
});

test("serves clients round-robin", async () => {
  const finished: string[] = [];
  const { dir } = await serve({
    limits: { concurrency: 1 },
    render: async (request) => {
      await sleep(5);
      finished.push(request.code);
      return pattern(request);
    },
  });
  const loud = new RawSpoolClient(dir);
  const quiet = new RawSpoolClient(dir);
  const ids = Array.from({ length: 8 }, (_, index) => loud.render(`loud ${index}`));
  await waitUntil(() => finished.length > 0);
  await quiet.reply(quiet.render("quiet"));
  await Promise.all(ids.map((id) => loud.reply(id)));
  expect(finished.indexOf("quiet")).toBeLessThan(5);
});

test("one client gets at most half of the concurrent renders", async () => {
  const { dir } = await serve({ limits: { concurrency: 4 } });
  const heavy = new RawSpoolClient(dir);
  const quiet = new RawSpoolClient(dir);
  for (let count = 0; count < 8; count++) heavy.render("!sleep 60000", { ttlMs: 60_000 });
  await waitUntil(() => readdirSync(`${dir}/v1/run`).length === 2);
  await quiet.reply(quiet.render("quiet"));
  expect(readdirSync(`${dir}/v1/run`)).toHaveLength(2);
});

test("a request expires at its deadline", async () => {
  const { dir } = await serve();
  const client = new RawSpoolClient(dir);
  const { header } = await client.reply(client.render("!stubborn 3600000", { ttlMs: 150 }));
  expect(header).toMatchObject({ status: "expired", error: { code: "FSOCK_DEADLINE" } });
});

test("does not render a request that expired while it waited", async () => {
  let calls = 0;
  const { dir, close } = await serve();
  await close();
  const client = new RawSpoolClient(dir);
  const id = client.render("old", { ttlMs: 1_000 });
  utimesSync(client.requestPath(id), Date.now() / 1000 - 2, Date.now() / 1000 - 2);
  await serve({
    dir,
    render: (request) => {
      calls++;
      return pattern(request);
    },
  });
  expect((await client.reply(id)).header.status).toBe("expired");
  expect(calls).toBe(0);
});

test("does not answer a request that was withdrawn before it was claimed", async () => {
  const { dir } = await serve({ limits: { concurrency: 1 } });
  const client = new RawSpoolClient(dir);
  const first = client.render("!sleep 200");
  const second = client.render("second");
  rmSync(client.requestPath(second));
  await client.reply(first);
  await sleep(50);
  expect(client.hasReply(second)).toBe(false);
  expect(readdirSync(`${dir}/v1/run`)).toEqual([]);
});

test("renders a request that a killed server had claimed", async () => {
  const { dir, close } = await serve();
  await close();
  const client = new RawSpoolClient(dir);
  const id = client.render("claimed");
  renameSync(client.requestPath(id), `${dir}/v1/run/${id}.${client.name}.${newId()}.1`);
  writeFileSync(`${dir}/v1/run/${id}.${client.name}.rep`, "half a reply");
  await serve({ dir });
  expect(Buffer.from((await client.reply(id)).payload)).toEqual(expected("claimed"));
});

test("publishes a reply that was complete when the server was killed, without rendering again", async () => {
  const { dir, close } = await serve();
  await close();
  const client = new RawSpoolClient(dir);
  const id = newId();
  writeFileSync(`${dir}/v1/run/${id}.${client.name}.rep`, errorHead(id, badProgram()));
  await serve({ dir });
  expect((await client.reply(id)).header.status).toBe("bad_program");
  expect(readdirSync(`${dir}/v1/tmp`)).toEqual([]);
});

test("answers a request that has ended two servers with poison", { timeout: 30_000 }, async () => {
  const dir = newSocketPath();
  let server = await startServer(dir);
  const client = new RawSpoolClient(dir);
  const id = client.render("!kill", { ttlMs: 60_000 });
  expect(await server.exited).toBe("SIGKILL");
  server = await startServer(dir).catch(() => server);
  expect(await server.exited).toBe("SIGKILL");
  server = await startServer(dir);
  const { header } = await client.reply(id);
  expect(header).toMatchObject({ status: "poison", error: { code: "FSOCK_TOO_MANY_ATTEMPTS" } });
  expect(readdirSync(`${dir}/v1/bad`)).toHaveLength(1);
  expect(await server.kill("SIGTERM")).toBe(0);
});

test("close finishes requests in progress and leaves waiting ones", async () => {
  const { dir, close } = await serve({ limits: { concurrency: 1 } });
  const client = new RawSpoolClient(dir);
  const first = client.render("!sleep 200");
  const second = client.render("second");
  await waitUntil(() => readdirSync(`${dir}/v1/run`).length > 0);
  expect(existsSync(`${dir}/v1/server.json`)).toBe(true);
  await close();
  expect((await client.reply(first, 1)).header.status).toBe("ok");
  expect(existsSync(client.requestPath(second))).toBe(true);
  expect(existsSync(`${dir}/v1/server.json`)).toBe(false);
  await serve({ dir });
  expect((await client.reply(second)).header.status).toBe("ok");
});

test("close waits for up to 1.5 s and returns unfinished requests", async () => {
  const { dir, close } = await serve();
  const client = new RawSpoolClient(dir);
  const id = client.render("!sleep 60000", { ttlMs: 60_000 });
  await waitUntil(() => readdirSync(`${dir}/v1/run`).length > 0);
  await close();
  expect(client.hasReply(id)).toBe(false);
  expect(existsSync(client.requestPath(id))).toBe(true);
});

test("server.json identifies the server and its limits", async () => {
  const { dir } = await serve();
  const read = (): Record<string, unknown> =>
    JSON.parse(readFileSync(`${dir}/v1/server.json`, "utf8")) as Record<string, unknown>;
  const first = read();
  expect(first).toMatchObject({
    v: 1,
    pid: process.pid,
    limits: { requestBytes: 2 ** 25, outstandingPerClient: 8 },
  });
  expect(Object.keys(first)).toEqual(["v", "epoch", "pid", "startTicks", "bootId", "heartbeatAt", "limits"]);
  await waitUntil(() => read()["heartbeatAt"] !== first["heartbeatAt"]);
});

test("serves another client during a flood, and refuses the flood as busy", async () => {
  const dir = newSocketPath();
  const server = await startServer(dir);
  const flooder = new RawSpoolClient(dir);
  const quiet = new RawSpoolClient(dir);
  const fields = { ttlMs: 60_000 };
  // The server finds all requests at once.
  server.child.kill("SIGSTOP");
  const ids = Array.from({ length: 2_000 }, () => flooder.render("!sleep 20", fields));
  const calm = quiet.render("quiet", fields);
  server.child.kill("SIGCONT");
  const writtenAt = async (client: RawSpoolClient, id: string): Promise<number> => {
    await waitUntil(() => client.hasReply(id));
    return statSync(client.replyPath(id)).mtimeMs;
  };
  const calmAt = await writtenAt(quiet, calm);
  expect((await quiet.reply(calm)).header.status).toBe("ok");
  const statuses = new Set<string>();
  let before = 0;
  for (const id of ids) {
    before += Number((await writtenAt(flooder, id)) < calmAt);
    statuses.add((await flooder.reply(id)).header.status);
  }
  expect([...statuses].sort()).toEqual(["busy", "ok"]);
  expect(before).toBeLessThan(500);
  await server.kill("SIGTERM");
});

test("rejects limits out of range with a RangeError", async () => {
  await expect(serve({ limits: { pixels: 2 ** 30 } })).rejects.toThrow(
    new RangeError("expected limits.pixels as an integer from 1 to 67108864, got 1073741824"),
  );
  const dir = newSocketPath();
  await expect(serve({ dir, limits: { concurrency: 0 } })).rejects.toThrow(RangeError);
  expect(existsSync(dir)).toBe(false);
});

test("refuses to start if lock.db is a directory", async () => {
  const dir = newSocketPath();
  mkdirSync(`${dir}/v1/lock.db`, { recursive: true, mode: 0o700 });
  await expect(serve({ dir })).rejects.toMatchObject({ code: "FSOCK_UNSAFE_DIR" });
});
