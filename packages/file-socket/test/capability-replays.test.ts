import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { startNode, type TestProcess, waitUntil } from "@gvpie/testing";
import { pattern } from "@gvpie/testing/file-socket";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { newId } from "../src/protocol/names.ts";
import { Issuer, SignedClient, type Token } from "./support/capabilities.ts";
import { SERVER_PROCESS } from "./support/processes.ts";
import { newSocketPath, serve } from "./support/serve.ts";
import { TestClock } from "./support/test-clock.ts";

let issuer: Issuer;
let token: Token;

beforeAll(async () => {
  issuer = await Issuer.create();
  token = await issuer.issue();
});

/** Returns a request and a copy of its file. */
function request(client: SignedClient, code = "x"): { readonly id: string; readonly file: Buffer } {
  const id = newId();
  return {
    id,
    file: client.file(
      id,
      { op: "render_program", code, width: 4, height: 2 },
      { expiresAt: Date.now() + 55_000 },
    ),
  };
}

/** Submits a copy of an answered request and waits until the server has removed it. Returns true if a reply appeared. */
async function repeats(
  client: SignedClient,
  { id, file }: { readonly id: string; readonly file: Buffer },
): Promise<boolean> {
  client.submit(id, file);
  await waitUntil(
    () =>
      !existsSync(client.requestPath(id)) &&
      readdirSync(`${dirname(client.replyDirectory)}/../run`).length === 0,
  );
  return client.hasReply(id);
}

test("a replay is removed without a reply, also after a restart", async () => {
  const dir = newSocketPath();
  issuer.records.length = 0;
  const first = await serve({ dir, capabilities: issuer.options("require", dir) });
  const client = new SignedClient(dir, token, issuer.server);
  const sent = request(client);
  client.submit(sent.id, sent.file);
  expect(await client.outcome(sent.id)).toBe("ok");
  expect(await repeats(client, sent)).toBe(false);
  expect(issuer.records.at(-1)).toMatchObject({
    type: "refused",
    code: "FSOCK_REPLAYED",
    id: sent.id,
    client: client.name,
  });
  await first.close();
  await serve({ dir, capabilities: issuer.options("require", dir) });
  expect(await repeats(client, sent)).toBe(false);
  expect(issuer.records.filter(({ code }) => code === "FSOCK_REPLAYED")).toHaveLength(2);
  expect(await client.outcome(client.send("another"))).toBe("ok");
});

test("a request that was refused as busy gets no second reply", async () => {
  const dir = newSocketPath();
  const clock = new TestClock();
  await serve({ dir, clock, capabilities: issuer.options("require", dir, clock) });
  const client = new SignedClient(dir, await issuer.issue({ requestsPerSecond: 1 }), issuer.server);
  expect(await client.outcome(client.send("x"))).toBe("ok");
  const refused = request(client);
  client.submit(refused.id, refused.file);
  expect(await client.outcome(refused.id)).toBe("busy CAP_LIMIT_REQUESTS_PER_SECOND");
  clock.passedMs += 2_000;
  expect(await repeats(client, refused)).toBe(false);
  expect(await client.outcome(client.send("x"))).toBe("ok");
});

test("a copy under the name of another client, or with another id, is refused", async () => {
  const dir = newSocketPath();
  await serve({ dir, capabilities: issuer.options("require", dir) });
  const client = new SignedClient(dir, token, issuer.server);
  const thief = new SignedClient(dir, token, issuer.server);
  const { id, file } = request(client);
  const other = newId();
  thief.submit(id, file);
  thief.submit(other, file);
  for (const stolen of [id, other]) {
    const { header } = await thief.reply(stolen);
    expect(header.error?.code).toBe("FSOCK_BAD_HEAD");
    // Signed, it would be a genuine refusal of the request that it was copied from.
    expect(header).not.toHaveProperty("serverKey");
  }
  client.submit(id, file);
  expect(await client.outcome(id)).toBe("ok");
});

test("a wall clock that is set back lets a proof be used no second time while it is remembered", async () => {
  const dir = newSocketPath();
  const clock = new TestClock();
  await serve({ dir, clock, capabilities: issuer.options("require", dir, clock) });
  const client = new SignedClient(dir, token, issuer.server);
  const sent = request(client);
  client.submit(sent.id, sent.file);
  expect(await client.outcome(sent.id)).toBe("ok");
  clock.jumpMs = 3_600_000;
  client.submit(sent.id, sent.file);
  expect(await client.outcome(sent.id)).toBe("expired FSOCK_PROOF_EXPIRED");
  await clock.pass(1_000, dir);
  clock.jumpMs = -1_000;
  expect(await repeats(client, sent)).toBe(false);
  clock.jumpMs = -3_600_000;
  client.submit(sent.id, sent.file);
  expect(await client.outcome(sent.id)).toBe("expired FSOCK_PROOF_EXPIRED");
});

test("a request that a closing server hands back is answered once by the next one", async () => {
  const dir = newSocketPath();
  const first = await serve({ dir, capabilities: issuer.options("require", dir) });
  const client = new SignedClient(dir, token, issuer.server);
  const sent = request(client, "!stubborn 1700");
  client.submit(sent.id, sent.file);
  await waitUntil(() => readdirSync(`${dir}/v1/run`).length === 1);
  await first.close();
  expect(readdirSync(`${dir}/v1/new`)).toHaveLength(1);
  const events = (
    await serve({
      dir,
      render: (it) => pattern({ ...it, code: "now" }),
      capabilities: issuer.options("require", dir),
    })
  ).events;
  expect(await client.outcome(sent.id)).toBe("ok");
  expect(await repeats(client, sent)).toBe(false);
  expect(events.filter(({ type }) => type === "answered")).toHaveLength(1);
});

// `npm run faults` kills at every step, many times.
const KILL_POINTS = ["spool/after-request-remove", "answered/after-append", "spool/after-publish"] as const;

test(
  "killed while it answers, a server loses no request and gives no second reply",
  { timeout: 60_000 },
  async () => {
    const dir = newSocketPath();
    const killFile = `${dirname(dir)}/kill`;
    const answeredFile = `${dirname(dir)}/server.answered`;
    const start = (): TestProcess =>
      startNode(SERVER_PROCESS, [JSON.stringify({ dir, killFile, issuer: issuer.keys })]);
    let server = start();
    onTestFinished(async () => void (await server.kill("SIGKILL")));
    await server.waitForMessage("ready");
    const client = new SignedClient(dir, token, issuer.server);
    const answered: ReturnType<typeof request>[] = [];
    for (const point of KILL_POINTS) {
      writeFileSync(killFile, `file-socket/${point}`);
      const sent = request(client);
      client.submit(sent.id, sent.file);
      expect(await server.exited).toBe("SIGKILL");
      rmSync(killFile);
      const isAnswered = client.hasReply(sent.id);
      expect(isAnswered).toBe(point === "spool/after-publish");
      // A reply that was published before the kill is read before the next server starts.
      const before = isAnswered ? await client.outcome(sent.id) : undefined;
      server = start();
      await server.waitForMessage("ready");
      expect(before ?? (await client.outcome(sent.id))).toBe("ok");
      expect(await repeats(client, sent)).toBe(false);
      answered.push(sent);
    }
    // Killed while it rewrites the file of answered requests.
    await server.kill("SIGTERM");
    appendFileSync(answeredFile, `1 ${"x".repeat(43)} ${newId()}\n`.repeat(16_000));
    writeFileSync(killFile, "file-socket/answered/before-replace");
    server = start();
    expect(await server.exited).toBe("SIGKILL");
    rmSync(killFile);
    server = start();
    await server.waitForMessage("ready");
    for (const sent of answered) expect(await repeats(client, sent)).toBe(false);
    expect(readFileSync(answeredFile, "latin1").length).toBeLessThan(100_000);
    expect(readdirSync(`${dir}/v1/new`)).toEqual([]);
  },
);
