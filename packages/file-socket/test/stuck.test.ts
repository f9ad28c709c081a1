import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { startNode, startProcess, type TestProcess, waitUntil } from "@gvpie/testing";
import { OldSlotClient, pattern, RawSpoolClient } from "@gvpie/testing/file-socket";
import { disposeAfterTest } from "@gvpie/testing/vitest";
import { expect, test, type TestContext } from "vitest";
import { newId } from "../src/protocol/names.ts";
import { give, placeImmovable, release, SERVER_UID, shareParent } from "./support/entries.ts";
import { SERVER_PROCESS } from "./support/processes.ts";
import { newSocketPath, serve } from "./support/serve.ts";

/** Starts a server that is not root: for root, no mode restricts a rename. */
async function serveAsUser(
  context: TestContext,
  dir = shareParent(newSocketPath(context)),
): Promise<{ dir: string; server: TestProcess }> {
  const started = startNode(SERVER_PROCESS, [JSON.stringify({ dir, uid: SERVER_UID })]);
  const server = disposeAfterTest(started, context);
  await server.waitForMessage("ready");
  return { dir, server };
}

function join(dir: string): RawSpoolClient {
  const client = new RawSpoolClient(dir);
  give(client.replyDirectory);
  return client;
}

const eventsOf = (server: TestProcess, type: string): readonly unknown[] =>
  server.messages.filter((line) => line["type"] === type);

/** Milliseconds of several rescans and heartbeats. */
const ROUNDS_MS = 1_500;

test.concurrent(
  "an entry that cannot be moved delays no other client and is moved once it can be",
  { timeout: 60_000 },
  async (context) => {
    const { dir, server } = await serveAsUser(context);
    const client = join(dir);
    const slot = new OldSlotClient(dir);
    const names = [
      "v1/new/x",
      `v1/new/${newId()}.0-0-x.req`,
      "v1/out/x",
      "v1/run/x",
      "cmd.json",
      "v1/server.json",
    ];
    const paths = names.map((name) => `${dir}/${name}`);
    rmSync(`${dir}/v1/server.json`);
    for (const path of paths) placeImmovable(path);
    const hasReported = (): boolean => eventsOf(server, "stuck").length >= paths.length;
    const end = performance.now() + ROUNDS_MS;
    for (let count = 0; performance.now() < end || !hasReported(); count++) {
      expect((await client.reply(client.render("x"))).header.status).toBe("ok");
    }
    expect(await slot.readError()).toMatchObject({ code: "FSOCK_BAD_FILE" });
    expect(eventsOf(server, "storage")).toEqual([]);
    expect(eventsOf(server, "stuck")).toHaveLength(paths.length);
    for (const path of paths) expect(readdirSync(path)).toEqual(["kept"]);
    for (const path of paths) release(path);
    await waitUntil(() => readdirSync(`${dir}/v1/bad`).length === paths.length, { timeoutMs: 30_000 });
    slot.writeProgram("after");
    expect(await slot.read()).toEqual(pictureOf("after"));
  },
);

test.concurrent.for([
  { name: "out.raw", code: "a reply" },
  { name: "err.json", code: "!bad" },
])(
  "$name in the way of a reply that cannot be moved delays no other client",
  async ({ name, code }, context) => {
    const { dir, server } = await serveAsUser(context);
    const client = join(dir);
    const slot = new OldSlotClient(dir);
    placeImmovable(`${dir}/${name}`);
    slot.writeProgram(code);
    await server.waitForMessage("stuck");
    for (let count = 0; count < 20; count++) {
      expect((await client.reply(client.render("x"))).header.status).toBe("ok");
    }
    slot.writeProgram(code);
    await sleep(ROUNDS_MS);
    expect(eventsOf(server, "stuck")).toHaveLength(1);
    expect(eventsOf(server, "storage")).toEqual([]);
    release(`${dir}/${name}`);
    slot.writeProgram(code);
    await waitUntil(() => lstatSync(`${dir}/${name}`, { throwIfNoEntry: false })?.isFile() === true);
  },
);

const pictureOf = (code: string): Buffer => pattern({ code, width: 4, height: 2 }).data;

test.concurrent("names that a server will use cannot be occupied before", async (context) => {
  const { dir, server } = await serveAsUser(context);
  const client = join(dir);
  const { epoch } = JSON.parse(readFileSync(`${dir}/v1/server.json`, "utf8")) as { epoch: string };
  placeImmovable(`${dir}/v1/tmp/server.${epoch}`);
  for (let number = 1; number < 20; number++) {
    placeImmovable(`${dir}/v1/run/slot.${epoch}.${number}`);
    placeImmovable(`${dir}/v1/tmp/slot.${epoch}.${number}`);
    placeImmovable(`${dir}/v1/tmp/once.${epoch}.${number}`);
  }
  const before = readFileSync(`${dir}/v1/server.json`, "utf8");
  await waitUntil(() => readFileSync(`${dir}/v1/server.json`, "utf8") !== before);
  const slot = new OldSlotClient(dir);
  for (const code of ["a", "b"]) {
    slot.writeProgram(code);
    await waitUntil(() => existsSync(slot.output) && readFileSync(slot.output).equals(pictureOf(code)));
  }
  expect((await client.reply(client.render("x"))).header.status).toBe("ok");
  expect(eventsOf(server, "storage")).toEqual([]);
});

test.concurrent("a client whose own files are in the way delays no other client", async (context) => {
  const { dir, server } = await serveAsUser(context);
  const client = join(dir);
  const blocked = join(dir);
  const spare = `${dir}/v1/tmp/${blocked.name}.spare`;
  placeImmovable(spare);
  // A picture that is large enough for the spare file to be used.
  expect((await blocked.reply(blocked.render("large", { width: 400, height: 300 }))).header.status).toBe(
    "ok",
  );
  const id = newId();
  placeImmovable(`${dir}/v1/run/${id}.${blocked.name}.rep`);
  blocked.submit(id, JSON.stringify({ op: "ping", id }));
  for (const mode of [0o400, 0o500, 0o000]) {
    chmodSync(blocked.replyDirectory, mode);
    for (let count = 0; count < 3; count++) blocked.render(`mode ${mode}`);
    for (let count = 0; count < 20; count++) {
      expect((await client.reply(client.render("x"))).header.status).toBe("ok");
    }
  }
  await sleep(ROUNDS_MS);
  expect(eventsOf(server, "storage")).toEqual([]);
  chmodSync(blocked.replyDirectory, 0o700);
  expect((await blocked.reply(blocked.render("again"))).header.status).toBe("ok");
});

test.concurrent("a client whose replies cannot be counted gets no more of them than one that does not read", async (context) => {
  const { dir } = await serveAsUser(context);
  const client = join(dir);
  chmodSync(client.replyDirectory, 0o300);
  let id = "";
  for (let count = 0; count < 30; count++) {
    id = client.render("unread");
    await waitUntil(() => client.hasReply(id));
  }
  expect((await client.reply(id)).header.error?.code).toBe("FSOCK_UNREAD_REPLIES");
});

test.concurrent(
  "a reply directory that cannot be removed does not end the sweep",
  { timeout: 90_000 },
  async (context) => {
    const { dir, server } = await serveAsUser(context);
    // Process 1 has another start time, so these clients have ended and their leases last for 12 s.
    const names = ["a", "b", "c", "d", "e"].map((name) => `1-1-${name}`);
    const paths = names.map((name) => `${dir}/v1/out/${name}`);
    for (const path of paths) {
      mkdirSync(path);
      writeFileSync(`${path}/${newId()}.rep`, "unread");
      give(path);
    }
    const [unwritable = "", unreadable = "", foreign = "", ...others] = paths;
    chmodSync(unwritable, 0o400);
    chmodSync(unreadable, 0o000);
    writeFileSync(`${foreign}/letter`, "dear diary");
    await waitUntil(() => others.every((path) => !existsSync(path)), { timeoutMs: 60_000 });
    await sleep(ROUNDS_MS);
    expect(eventsOf(server, "storage")).toEqual([]);
    expect(readdirSync(foreign)).toEqual(["letter"]);
    const reported = eventsOf(server, "stuck").length;
    await sleep(6_000);
    expect(eventsOf(server, "stuck")).toHaveLength(reported);
    expect(eventsOf(server, "purged")).toHaveLength(names.length);
    for (const path of [unwritable, unreadable]) chmodSync(path, 0o700);
    await waitUntil(() => !existsSync(unwritable) && !existsSync(unreadable), { timeoutMs: 60_000 });
  },
);

test.concurrent.for([
  { title: "cannot be written", spoil: (bad: string) => chmodSync(bad, 0o500) },
  {
    title: "is a file",
    spoil: (bad: string) => {
      rmdirSync(bad);
      writeFileSync(bad, "not a directory");
    },
  },
  {
    title: "is a link",
    spoil: (bad: string) => {
      rmdirSync(bad);
      symlinkSync("elsewhere", bad);
    },
  },
])("without a quarantine, because v1/bad $title, every client is served", async ({ spoil }, context) => {
  const { dir, server } = await serveAsUser(context);
  const client = join(dir);
  const bad = `${dir}/v1/bad`;
  mkdirSync(`${dir}/v1/elsewhere`);
  spoil(bad);
  writeFileSync(`${dir}/v1/new/nonsense`, "x");
  const slot = new OldSlotClient(dir);
  slot.write([]);
  expect(await slot.readError()).toMatchObject({ code: "FSOCK_BAD_VALUE" });
  writeFileSync(slot.command, "{half");
  await waitUntil(
    () => existsSync(slot.error) && readFileSync(slot.error, "utf8").includes("FSOCK_BAD_JSON"),
  );
  slot.writeProgram("after");
  expect(await slot.read()).toEqual(pictureOf("after"));
  expect((await client.reply(client.render("x"))).header.status).toBe("ok");
  expect(readFileSync(`${dir}/v1/new/nonsense`, "utf8")).toBe("x");
  // The target of the link.
  expect(readdirSync(`${dir}/v1/elsewhere`)).toEqual([]);
  expect(eventsOf(server, "storage")).toEqual([]);
  rmSync(bad, { recursive: true, force: true });
  await waitUntil(() => !existsSync(`${dir}/v1/new/nonsense`), { timeoutMs: 30_000 });
  expect(readdirSync(bad).length).toBeGreaterThan(0);
});

const strange: readonly { readonly title: string; readonly make: (folder: string) => unknown }[] = [
  { title: "a name of 255 bytes", make: (folder) => writeFileSync(`${folder}/${"x".repeat(255)}`, "") },
  {
    title: "a name that is not UTF-8",
    make: (folder) =>
      writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x78, 0xff, 0xc3])]), ""),
  },
  { title: "a name in UTF-8", make: (folder) => mkdirSync(`${folder}/\u{1F600}\n\u202E`) },
  { title: "a FIFO", make: (folder) => execFileSync("mkfifo", [`${folder}/fifo`]) },
  { title: "a loop of links", make: (folder) => symlinkSync("loop", `${folder}/loop`) },
  { title: "a deep tree", make: (folder) => placeDeep(`${folder}/deep`) },
  {
    title: "a socket",
    make: async (folder) => {
      const listening = Promise.withResolvers<void>();
      const path = `/tmp/${newId()}`;
      const socket = createServer().listen(path, listening.resolve);
      await listening.promise;
      renameSync(path, `${folder}/plug`);
      socket.close();
    },
  },
];

function placeDeep(path: string): void {
  mkdirSync(`${path}.staged/${"d/".repeat(300)}`, { recursive: true });
  renameSync(`${path}.staged`, path);
}

test("entries of every kind are taken out of the way in every directory", { timeout: 60_000 }, async () => {
  const { dir, events } = await serve();
  const folders = ["new", "out", "run"].map((name) => `${dir}/v1/${name}`);
  for (const folder of folders) for (const { make } of strange) await make(folder);
  const left = (): readonly string[] => folders.flatMap((folder) => readdirSync(folder));
  await waitUntil(() => left().length === 0, { timeoutMs: 30_000 }).catch(() => {});
  expect(left()).toEqual([]);
  expect(readdirSync(`${dir}/v1/bad`)).toHaveLength(strange.length * folders.length);
  expect(events.filter(({ type }) => type === "storage" || type === "stuck")).toEqual([]);
});

test.concurrent("entries left in the place of a killed server's files do not keep the next one from starting", async (context) => {
  const { dir, server } = await serveAsUser(context);
  const client = join(dir);
  await server.kill("SIGKILL");
  const id = newId();
  const request = `${id}.${client.name}`;
  const places = [
    `v1/run/slot.${id}.1`,
    `v1/tmp/slot.${id}.2`,
    `v1/tmp/once.${id}.3`,
    `v1/tmp/server.${id}`,
    `v1/tmp/probe.${id}`,
    `v1/run/${request}.${id}.1`,
    `v1/run/${newId()}.${client.name}.rep`,
    `v1/new/${request}.req`,
  ];
  for (const place of places) placeImmovable(`${dir}/${place}`);
  // A complete reply to a client that cannot take it.
  writeFileSync(`${dir}/v1/run/${newId()}.${client.name}.rep`, "complete");
  chmodSync(client.replyDirectory, 0o400);
  const next = await serveAsUser(context, dir);
  const other = join(dir);
  expect((await other.reply(other.render("x"))).header.status).toBe("ok");
  await sleep(ROUNDS_MS);
  expect(eventsOf(next.server, "storage")).toEqual([]);
  expect(lstatSync(`${dir}/v1/new/${request}.req`).isDirectory()).toBe(true);
});

test("a file that may not be changed is skipped, as cmd.json and as a request", async (context) => {
  const { dir, server } = await serveAsUser(context);
  const client = join(dir);
  const paths = [client.requestPath(newId()), `${dir}/cmd.json`];
  server.signal("SIGSTOP");
  for (const path of paths) writeFileSync(path, '{"op":"ping"}');
  const chattr = (flag: string): number | null => spawnSync("chattr", [flag, ...paths]).status;
  if (chattr("+i") !== 0) context.skip("chattr +i is not possible here");
  try {
    server.signal("SIGCONT");
    await waitUntil(() => eventsOf(server, "stuck").length === 2);
    for (let count = 0; count < 50; count++) {
      expect((await client.reply(client.render("x"))).header.status).toBe("ok");
    }
    expect(eventsOf(server, "storage")).toEqual([]);
  } finally {
    chattr("-i");
  }
});

const CAUSE_EVENTS = `
import os, sys
paths = [sys.argv[1] + name for name in ("/a", "/b")]
for path in paths:
    open(path, "w").close()
print("running", flush=True)
while True:
    for path in paths:
        os.chmod(path, 0o600)
`;

test("a client that causes watch events without end does not hold up the others", async (context) => {
  const { dir, server } = await serveAsUser(context);
  const client = join(dir);
  for (let count = 0; count < 2; count++) {
    const flood = disposeAfterTest(startProcess("python3", ["-c", CAUSE_EVENTS, dir]));
    await flood.waitForLine("running");
  }
  for (let count = 0; count < 20; count++) {
    expect((await client.reply(client.render("x", { ttlMs: 60_000 }))).header.status).toBe("ok");
  }
  expect(eventsOf(server, "storage")).toEqual([]);
});
