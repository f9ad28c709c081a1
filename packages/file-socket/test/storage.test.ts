import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createFileSocketClient } from "@gvpie/file-socket";
import { expect, onTestFinished, test } from "vitest";
import { newPlace } from "./kit/place.ts";
import { type KitProcess, kitPath, start, startServer } from "./kit/processes.ts";
import { RawClient } from "./kit/raw-client.ts";
import { serve } from "./kit/serve.ts";
import { SlotUser } from "./kit/slot-user.ts";
import { until } from "./kit/until.ts";

const namespaces = process.getuid?.() === 0 ? ["-m"] : ["-r", "-m"];
const mayMount = spawnSync("unshare", [...namespaces, "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;

/** Run a scenario of the rig on a small file system of its own. */
async function rig(scenario: string): Promise<Record<string, unknown>> {
  const argument = JSON.stringify({ scenario, dir: newPlace() });
  const node = [process.execPath, "--conditions=@gvpie/source", kitPath("storage-rig.ts"), argument];
  const process_ = start("unshare", [...namespaces, ...node]);
  const done = await process_.tells("done");
  expect(await process_.ended).toBe(0);
  return done;
}

test.runIf(mayMount)(
  "a full disk: busy, no short file, and back when there is room",
  { timeout: 60_000 },
  async () => {
    const { before, full, after } = await rig("full disk, guard off");
    expect(before).toEqual({ statuses: { ok: 5 }, short: 0, slot: 5 });
    expect(full).toEqual({ statuses: { busy: 40 }, short: 0, slot: 0 });
    expect(after).toEqual({ statuses: { ok: 5 }, short: 0, slot: 5 });
  },
);

test.runIf(mayMount)("busy before the disk is full", { timeout: 60_000 }, async () => {
  const { before, full, isFull, after, troubles } = await rig("full disk, guard on");
  expect(before).toEqual({ statuses: { ok: 5 }, short: 0, slot: 5 });
  expect(full).toEqual({ statuses: { busy: 20 }, short: 0, slot: 0 });
  expect(isFull).toBe(false);
  expect(after).toEqual({ statuses: { ok: 5 }, short: 0, slot: 5 });
  expect(troubles).toBe(0);
});

test.runIf(mayMount)("a file system that is read-only from the start", async () => {
  const { code, message } = await rig("read-only from the start");
  expect(code).toBe("FSOCK_STORAGE");
  expect(message).toContain("EROFS");
});

test.runIf(mayMount)(
  "without access times an old client still gets its replies",
  { timeout: 60_000 },
  async () => {
    expect(await rig("no access times")).toMatchObject({ right: 30 });
  },
);

const mayDrop = process.getuid?.() === 0;

test.runIf(mayDrop)(
  "a directory that becomes forbidden: a clear error, and back",
  { timeout: 30_000 },
  async () => {
    const dir = newPlace();
    chmodSync(dirname(dir), 0o777);
    const server = start(process.execPath, [
      "--conditions=@gvpie/source",
      kitPath("server-process.ts"),
      JSON.stringify({ dir, uid: 65_534 }),
    ]);
    await server.tells("ready");
    chmodSync(`${dir}/v1/tmp`, 0);
    expect((await server.tells("storage"))["fields"]).toMatchObject({ code: "EACCES" });
    const before = cpuSeconds(server);
    await sleep(2_000);
    expect((cpuSeconds(server) - before) / 2).toBeLessThan(0.05);
    expect(server.told.filter((line) => line["type"] === "storage").length).toBeLessThan(10);
    chmodSync(`${dir}/v1/tmp`, 0o700);
    await server.tells("recovered");
    expect(await server.kill("SIGTERM")).toBe(0);
  },
);

/** Processor time used so far, from proc(5): fields 14 and 15 of `stat`, in ticks of 10 ms. */
function cpuSeconds({ child }: KitProcess): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

test("a directory removed and made again is served again", async () => {
  const { dir } = await serve();
  for (let round = 0; round < 3; round++) {
    rmSync(dir, { recursive: true });
    if (round > 0) mkdirSync(dir, { mode: 0o700 });
    const client = createFileSocketClient({ dir });
    expect((await client.render(`round ${round}`, { timeoutMs: 30_000 })).width).toBe(128);
    const old = new SlotUser(dir);
    old.writeProgram("slot");
    expect(await old.read()).toHaveLength(32);
    await client.close();
  }
});

test("a client survives that its directory is replaced while it waits", async () => {
  const { dir } = await serve();
  const client = createFileSocketClient({ dir });
  onTestFinished(() => client.close());
  const replies = [client.render("!sleep 300"), client.render("!sleep 301")];
  await sleep(100);
  renameSync(dir, `${dir}.old`);
  for (const reply of await Promise.all(replies)) expect(reply.width).toBe(128);
});

test.each(["v1", "v1/new", "v1/out", "v1/tmp", "v1/lock.db"])("%s may vanish", async (part) => {
  const { dir } = await serve();
  rmSync(`${dir}/${part}`, { recursive: true });
  await using client = createFileSocketClient({ dir });
  expect((await client.render("x")).width).toBe(128);
});

test("a directory replaced by a link is not served", async () => {
  const { dir, events } = await serve();
  renameSync(dir, `${dir}.old`);
  mkdirSync(`${dir}.trap`, { mode: 0o700 });
  symlinkSync(`${dir}.trap`, dir);
  await until(() =>
    events.some((event) => event.type === "storage" && event.fields["code"] === "FSOCK_UNSAFE_DIR"),
  );
  expect(readdirSync(`${dir}.trap`)).toEqual([]);
  rmSync(dir);
  renameSync(`${dir}.old`, dir);
  await until(() => events.some((event) => event.type === "recovered"));
  await using client = createFileSocketClient({ dir });
  expect((await client.render("x")).width).toBe(128);
});

test("a server whose directory was taken over by another one waits for it", { timeout: 20_000 }, async () => {
  const { dir, events } = await serve();
  renameSync(dir, `${dir}.old`);
  const other = await startServer(dir).catch(() => undefined);
  if (other !== undefined) {
    await until(() => events.some((event) => event.fields["code"] === "FSOCK_LOCKED"));
    await other.kill("SIGKILL");
  }
  await using client = createFileSocketClient({ dir });
  expect((await client.render("x")).width).toBe(128);
});

test("without a free descriptor new work is refused as busy, and then served", async () => {
  const dir = newPlace();
  const node = [
    process.execPath,
    "--conditions=@gvpie/source",
    kitPath("server-process.ts"),
    JSON.stringify({ dir }),
  ];
  const server = start("sh", ["-c", 'ulimit -n 64; exec "$0" "$@"', ...node]);
  await server.tells("ready");
  const client = new RawClient(dir);
  const hog = client.render("!descriptors 700");
  await sleep(100);
  const hungry = client.render("hungry");
  const { header } = await client.reply(hungry);
  expect(header).toMatchObject({ status: "busy", error: { code: "FSOCK_NO_DESCRIPTORS" } });
  expect((await client.reply(hog)).header.status).toBe("ok");
  await until(() => !existsSync(`${dir}/cmd.json`));
  await using ours = createFileSocketClient({ dir });
  expect((await ours.render("after")).width).toBe(128);
  expect(await server.kill("SIGTERM")).toBe(0);
});

test("what the kernel's full queue does not tell is found by the scan", { timeout: 30_000 }, async () => {
  const { dir } = await serve();
  const client = new RawClient(dir);
  // This process serves, so while it is busy here nobody empties the queue of 16,384 events.
  for (let count = 0; count < 8_700; count++) {
    const path = client.requestPath("00000000000000000000000000");
    mkdirSync(path);
    rmSync(path, { recursive: true });
  }
  const id = client.render("after");
  expect((await client.reply(id)).header.status).toBe("ok");
});
