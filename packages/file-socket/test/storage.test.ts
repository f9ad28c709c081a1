import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createFileSocketClient } from "@gvpie/file-socket";
import { cpuSeconds, isRoot, NOBODY_UID, startNode, waitUntil } from "@gvpie/testing";
import { OldSlotClient, RawSpoolClient } from "@gvpie/testing/file-socket";
import { expect, onTestFinished, test } from "vitest";
import { SERVER_PROCESS, startServer, STORAGE_SCENARIOS } from "./support/processes.ts";
import { newSocketPath, serve } from "./support/serve.ts";

const namespaces = isRoot ? ["-m"] : ["-r", "-m"];
const mayMount = spawnSync("unshare", [...namespaces, "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;

/** Runs one storage scenario in its own mount namespace. */
async function runScenario(scenario: string): Promise<Record<string, unknown>> {
  const argument = JSON.stringify({ scenario, dir: newSocketPath() });
  const child = startNode(STORAGE_SCENARIOS, [argument], { wrapper: ["unshare", ...namespaces] });
  const done = await child.waitForMessage("done");
  expect(await child.exited).toBe(0);
  return done;
}

test.runIf(mayMount)(
  "on a full disk every request is busy and no reply is short; with free space it serves again",
  { timeout: 60_000 },
  async () => {
    const { before, full, after } = await runScenario("full disk, without minFreeBytes");
    expect(before).toEqual({ statuses: { ok: 5 }, short: 0, slot: 5 });
    expect(full).toEqual({ statuses: { busy: 40 }, short: 0, slot: 0 });
    expect(after).toEqual({ statuses: { ok: 5 }, short: 0, slot: 5 });
  },
);

test.runIf(mayMount)(
  "with minFreeBytes every request is busy before the disk is full",
  { timeout: 60_000 },
  async () => {
    const { before, full, isFull, after, errors } = await runScenario("full disk, with minFreeBytes");
    expect(before).toEqual({ statuses: { ok: 5 }, short: 0, slot: 5 });
    expect(full).toEqual({ statuses: { busy: 20 }, short: 0, slot: 0 });
    expect(isFull).toBe(false);
    expect(after).toEqual({ statuses: { ok: 5 }, short: 0, slot: 5 });
    expect(errors).toBe(0);
  },
);

test.runIf(mayMount)("refuses to start on a read-only file system", async () => {
  const { code, message } = await runScenario("read-only from the start");
  expect(code).toBe("FSOCK_STORAGE");
  expect(message).toContain("EROFS");
});

test.runIf(mayMount)(
  "without access times an old client still gets every reply",
  { timeout: 60_000 },
  async () => {
    expect(await runScenario("no access times")).toMatchObject({ right: 30 });
  },
);

test.runIf(isRoot)(
  "reports a directory that becomes inaccessible, backs off, and recovers",
  { timeout: 30_000 },
  async () => {
    const dir = newSocketPath();
    chmodSync(dirname(dir), 0o1777);
    const server = startNode(SERVER_PROCESS, [JSON.stringify({ dir, uid: NOBODY_UID })]);
    await server.waitForMessage("ready");
    chmodSync(`${dir}/v1/tmp`, 0);
    expect((await server.waitForMessage("storage"))["fields"]).toMatchObject({ code: "EACCES" });
    const before = cpuSeconds(server.pid);
    await sleep(2_000);
    expect((cpuSeconds(server.pid) - before) / 2).toBeLessThan(0.05);
    expect(server.messages.filter((line) => line["type"] === "storage").length).toBeLessThan(10);
    chmodSync(`${dir}/v1/tmp`, 0o700);
    await server.waitForMessage("recovered");
    expect(await server.kill("SIGTERM")).toBe(0);
  },
);

test("serves a directory that is removed and created again", async () => {
  const { dir } = await serve();
  for (let round = 0; round < 3; round++) {
    rmSync(dir, { recursive: true });
    if (round > 0) mkdirSync(dir, { mode: 0o700 });
    const client = createFileSocketClient({ dir });
    expect((await client.render(`round ${round}`, { timeoutMs: 30_000 })).width).toBe(128);
    const slotClient = new OldSlotClient(dir);
    slotClient.writeProgram("slot");
    expect(await slotClient.read()).toHaveLength(32);
    await client.close();
  }
});

test("a waiting client gets its reply although the directory is replaced", async () => {
  const { dir } = await serve();
  const client = createFileSocketClient({ dir });
  onTestFinished(() => client.close());
  const replies = [client.render("!sleep 300"), client.render("!sleep 301")];
  await sleep(100);
  renameSync(dir, `${dir}.old`);
  for (const reply of await Promise.all(replies)) expect(reply.width).toBe(128);
});

test.each(["v1", "v1/new", "v1/out", "v1/tmp", "v1/lock.db"])(
  "serves on after %s is removed",
  async (part) => {
    const { dir } = await serve();
    rmSync(`${dir}/${part}`, { recursive: true });
    await using client = createFileSocketClient({ dir });
    expect((await client.render("x")).width).toBe(128);
  },
);

test("does not serve a directory that is replaced by a symbolic link", async () => {
  const { dir, events } = await serve();
  renameSync(dir, `${dir}.old`);
  mkdirSync(`${dir}.trap`, { mode: 0o700 });
  symlinkSync(`${dir}.trap`, dir);
  await waitUntil(() =>
    events.some((event) => event.type === "storage" && event.fields["code"] === "FSOCK_UNSAFE_DIR"),
  );
  expect(readdirSync(`${dir}.trap`)).toEqual([]);
  rmSync(dir);
  renameSync(`${dir}.old`, dir);
  await waitUntil(() => events.some((event) => event.type === "recovered"));
  await using client = createFileSocketClient({ dir });
  expect((await client.render("x")).width).toBe(128);
});

test("waits while another server holds the directory", { timeout: 20_000 }, async () => {
  const { dir, events } = await serve();
  renameSync(dir, `${dir}.old`);
  const other = await startServer(dir).catch(() => undefined);
  if (other !== undefined) {
    await waitUntil(() => events.some((event) => event.fields["code"] === "FSOCK_LOCKED"));
    await other.kill("SIGKILL");
  }
  await using client = createFileSocketClient({ dir });
  expect((await client.render("x")).width).toBe(128);
});

test("refuses requests as busy while it has no free descriptor, then serves again", async () => {
  const dir = newSocketPath();
  const wrapper = ["sh", "-c", 'ulimit -n 64; exec "$0" "$@"'];
  const server = startNode(SERVER_PROCESS, [JSON.stringify({ dir })], { wrapper });
  await server.waitForMessage("ready");
  const client = new RawSpoolClient(dir);
  const hog = client.render("!descriptors 700");
  await sleep(100);
  const hungry = client.render("hungry");
  const { header } = await client.reply(hungry);
  expect(header).toMatchObject({ status: "busy", error: { code: "FSOCK_NO_DESCRIPTORS" } });
  expect((await client.reply(hog)).header.status).toBe("ok");
  await waitUntil(() => !existsSync(`${dir}/cmd.json`));
  await using socket = createFileSocketClient({ dir });
  expect((await socket.render("after")).width).toBe(128);
  expect(await server.kill("SIGTERM")).toBe(0);
});

test("a rescan finds a request whose watch event was lost in a full queue", { timeout: 30_000 }, async () => {
  const { dir } = await serve();
  const client = new RawSpoolClient(dir);
  // The server runs in this process, so nothing drains the queue of 16,384 events during this loop.
  for (let count = 0; count < 8_700; count++) {
    const path = client.requestPath("00000000000000000000000000");
    mkdirSync(path);
    rmSync(path, { recursive: true });
  }
  const id = client.render("after");
  expect((await client.reply(id)).header.status).toBe("ok");
});
