import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import type { FileSocketServerOptions, RenderHandler } from "@gvpie/file-socket";
import { waitUntil } from "@gvpie/testing";
import { OldSlotClient, RawSpoolClient } from "@gvpie/testing/file-socket";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { newId } from "../src/protocol/names.ts";
import { Issuer, SignedClient, type Token } from "./support/capabilities.ts";
import { renderer } from "./support/renderer.ts";
import { newSocketPath, serve, unservedDirectory } from "./support/serve.ts";
import { TestClock } from "./support/test-clock.ts";

let issuer: Issuer;
let token: Token;

beforeAll(async () => {
  issuer = await Issuer.create();
  token = await issuer.issue();
});

async function start(
  mode: "accept" | "require",
  options: Partial<FileSocketServerOptions> = {},
  dir: string = newSocketPath(),
) {
  issuer.records.length = 0;
  const server = await serve({ capabilities: issuer.options(mode, dir), ...options, dir });
  return { ...server, client: new SignedClient(dir, token, issuer.server) };
}

const LEASE = `
import fcntl, os, signal, sys
signal.signal(signal.SIGIO, lambda *_: None)
fd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600)
os.write(fd, b'{"op":"ping"}')
fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
os.rename(sys.argv[1], sys.argv[2])
print("held", flush=True)
sys.stdin.read()
`;

/** Places a file on which its client holds a lease: the kernel refuses to open it without waiting. */
async function placeLeased(dir: string, path: string): Promise<void> {
  const child = spawn("python3", ["-c", LEASE, `${dir}/v1/tmp/leased`, `${dir}/${path}`]);
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
}

test.each(["accept", "require"] as const)(
  "a file that is leased delays no other request: %s",
  async (mode) => {
    const { dir, client, events } = await start(mode);
    const attacker = new RawSpoolClient(dir);
    await placeLeased(dir, `v1/new/${newId()}.${attacker.name}.req`);
    expect(await client.outcome(client.send("a"))).toBe("ok");
    expect(events.filter(({ type }) => type === "storage")).toEqual([]);
  },
);

test("a slot command that is leased delays no other client of a server without capabilities", async () => {
  const { dir, events } = await serve();
  await placeLeased(dir, "cmd.json");
  const plain = new RawSpoolClient(dir);
  expect((await plain.reply(plain.render("x"))).header.status).toBe("ok");
  const slot = new OldSlotClient(dir);
  await waitUntil(() => existsSync(slot.error));
  expect(await slot.readError()).toMatchObject({ code: "FSOCK_BAD_FILE" });
  expect(events.filter(({ type }) => type === "storage")).toEqual([]);
});

test("a refusal that its client obstructs delays no other request", async () => {
  const { dir, client, events } = await start("require");
  const attacker = new RawSpoolClient(dir);
  rmdirSync(`${dir}/v1/bad`);
  writeFileSync(`${dir}/v1/bad`, "");
  const id = newId();
  mkdirSync(`${dir}/v1/run/${id}.${attacker.name}.rep`);
  attacker.submit(id, Buffer.from("{}"));
  await waitUntil(() => events.some(({ type }) => type === "stuck"));
  expect(await client.outcome(client.send("a"))).toBe("ok");
  expect(events.filter(({ type }) => type === "storage")).toEqual([]);
});

test("a refusal that could not be written is sent later, and not taken for a replay", async () => {
  const clock = new TestClock("stopped");
  const dir = newSocketPath();
  const once = await issuer.issue({ requestsPerSecond: 0.001 });
  const { events } = await start(
    "require",
    { clock, capabilities: issuer.options("require", dir, clock) },
    dir,
  );
  const client = new SignedClient(dir, once, issuer.server);
  expect(await client.outcome(client.send("a"))).toBe("ok");
  rmdirSync(`${dir}/v1/bad`);
  writeFileSync(`${dir}/v1/bad`, "");
  const id = newId();
  const staged = `${dir}/v1/run/${id}.${client.name}.rep`;
  mkdirSync(staged);
  client.submit(id, client.file(id, { op: "ping" }));
  await waitUntil(() => events.some(({ type }) => type === "stuck"));
  rmdirSync(staged);
  await clock.pass(6_000, dir);
  expect(await client.outcome(id)).toBe("busy CAP_LIMIT_REQUESTS_PER_SECOND");
  expect(issuer.records.map(({ code }) => code)).not.toContain("FSOCK_REPLAYED");
});

/** Renders after `ms`, unless it is aborted. */
function slowRenderer(ms: number): RenderHandler {
  return (request, context) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => resolve(renderer(request, context) as never), ms);
      context.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(new Error("aborted"));
      });
    });
}

test("a flood of slot commands leaves the shared lane to the spool, too", async () => {
  const { dir } = await start("accept", { render: slowRenderer(60) });
  const slot = new OldSlotClient(dir);
  const flood = setInterval(() => slot.writeProgram("again"), 20);
  onTestFinished(() => clearInterval(flood));
  const plain = new RawSpoolClient(dir);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const reply = await plain.reply(plain.render("x"));
  expect(reply.header.status).toBe("ok");
});

test("unread replies of one client of the shared lane do not delay its other clients", async () => {
  const { dir } = await start("accept");
  const careless = new RawSpoolClient(dir);
  for (let count = 0; count < 20; count++) {
    const id = careless.render("x");
    await waitUntil(() => careless.hasReply(id));
  }
  const plain = new RawSpoolClient(dir);
  const reply = await plain.reply(plain.render("x"));
  expect(reply.header.status).toBe("ok");
});

test("files in run, as a killed server leaves them, do not fill the places of others", async () => {
  const dir = unservedDirectory();
  for (let count = 0; count < 300; count++) {
    const id = newId();
    const name = `7-7-a${count}`;
    mkdirSync(`${dir}/v1/out/${name}`);
    writeFileSync(
      `${dir}/v1/run/${id}.${name}.${newId()}.1`,
      JSON.stringify({ op: "render_program", id, code: "x", width: 4, height: 2 }),
    );
  }
  const { client } = await start("accept", { render: slowRenderer(50) }, dir);
  await waitUntil(() => issuer.records.length + readdirSync(`${dir}/v1/out/7-7-a0`).length > 0);
  expect(await client.outcome(client.send("a"))).toBe("ok");
});

test("a request file that grows after it was admitted is refused", async () => {
  const limited = await issuer.issue({ queuedBytes: 2_000 });
  let release = (): void => {};
  const { dir } = await start("require", {
    limits: { concurrency: 1 },
    render: (request, context) =>
      request.code === "first"
        ? new Promise((resolve) => (release = () => resolve(renderer(request, context))))
        : renderer(request, context),
  });
  const other = new SignedClient(dir, token, issuer.server);
  const first = other.send("first");
  await waitUntil(() => readdirSync(`${dir}/v1/run`).length === 1);
  const client = new SignedClient(dir, limited, issuer.server);
  const id = newId();
  const file = client.file(id, { op: "render_program", code: "x".repeat(100_000), width: 4, height: 2 });
  client.submit(id, file.subarray(0, 1_500));
  await waitUntil(() => issuer.records.some((record) => record.client === client.name));
  writeFileSync(`${dir}/v1/new/${id}.${client.name}.req`, file);
  release();
  await other.outcome(first);
  expect(await client.outcome(id)).toBe("forbidden FSOCK_BODY_CHANGED");
});

test("two servers with one key are refused: each would answer a copy of the other's request", async () => {
  const { dir } = await start("require");
  const second = `${dir}-2`;
  await expect(start("require", {}, second)).rejects.toThrow(/another server uses .*server\.answered/);
  await expect(start("require", {}, second)).rejects.toMatchObject({ code: "FSOCK_LOCKED" });
});
