import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createFileSocketServer, type FileSocketServerOptions, type RenderHandler } from "@gvpie/file-socket";
import { waitUntil } from "@gvpie/testing";
import { OldSlotClient, pattern, RawSpoolClient } from "@gvpie/testing/file-socket";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { newId } from "../src/protocol/names.ts";
import { Issuer, SignedClient, type Token } from "./support/capabilities.ts";
import { holdingRenderer } from "./support/renderer.ts";
import { newSocketPath, serve, unservedDirectory } from "./support/serve.ts";

let issuer: Issuer;
let token: Token;

beforeAll(async () => {
  issuer = await Issuer.create();
  token = await issuer.issue();
});

async function start(
  dir = newSocketPath(),
  options: Partial<FileSocketServerOptions> = {},
  mode: "accept" | "require" = "require",
) {
  issuer.records.length = 0;
  const server = await serve({ dir, capabilities: issuer.options(mode, dir), ...options });
  return {
    ...server,
    connect: (held: Token, name?: string) => new SignedClient(dir, held, issuer.server, name),
  };
}

/** Calls `hook` at every failpoint until the test ends. */
function atFailpoints(hook: (name: string) => void): void {
  const scope = globalThis as { [key: symbol]: unknown };
  const name = Symbol.for("@gvpie/failpoint");
  scope[name] = hook;
  onTestFinished(() => void delete scope[name]);
}

/** Waits for the replies and counts their outcomes. */
async function tally(client: SignedClient, ids: readonly string[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const id of ids) {
    const outcome = await client.outcome(id);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

test("64 names of one capability get one share: a quiet client is served among the first", async () => {
  const { events, connect } = await start();
  const [quiet, loud] = [connect(await issuer.issue()), connect(token)];
  expect([await quiet.outcome(quiet.send("x")), await loud.outcome(loud.send("x"))]).toEqual(["ok", "ok"]);
  events.length = 0;
  const names = Array.from({ length: 64 }, () => connect(token));
  // At once: the server sees none of these files before all are there.
  for (const part of [1, 2, 3]) for (const client of names) client.send(`!sleep 2\n${part}`);
  expect(await quiet.outcome(quiet.send("x"))).toBe("ok");
  const answered = events.filter(({ type }) => type === "answered");
  expect(answered.findIndex(({ fields }) => fields["client"] === quiet.name)).toBeLessThan(8);
});

const PILE = process.env["GVPIE_FULL"] === "1" ? 10_000 : 3_000;

test(`a pile of ${PILE} files under a client's name delays neither its request nor its pictures`, async () => {
  const dir = unservedDirectory();
  const victim = new SignedClient(dir, token, issuer.server);
  for (let count = 0; count < PILE; count++) {
    writeFileSync(
      `${dir}/v1/new/${newId()}.${victim.name}.req`,
      count % 2 === 0 ? "junk" : "GVQ1\x02\0\0\0{}",
    );
  }
  await start(dir);
  for (const code of ["a", "b", "c"]) expect(await victim.outcome(victim.send(code))).toBe("ok");
  expect(readdirSync(`${dir}/v1/new`).length).toBeGreaterThan(PILE / 10);
});

test("a known client is examined in its own turn, in front of files with unknown names and with its own", async () => {
  const { dir, connect } = await start();
  const victim = connect(token);
  expect(await victim.outcome(victim.send("x"))).toBe("ok");
  let examined = 0;
  let examinedBefore: number | undefined;
  atFailpoints((name) => {
    if (name === "file-socket/intake/after-read") examined++;
    if (name === "file-socket/spool/before-claim") examinedBefore ??= examined;
  });
  // At once: the server sees none of these files before all are there.
  for (let count = 0; count < 250; count++) {
    writeFileSync(`${dir}/v1/new/${newId()}.0-0-unknown${count}.req`, "junk");
    writeFileSync(`${dir}/v1/new/${newId()}.${victim.name}.req`, "junk");
  }
  expect(await victim.outcome(victim.send("x"))).toBe("ok");
  // Those of the first turns, of 501.
  expect(examinedBefore).toBeLessThan(350);
});

test("rates and requests in flight are counted at every block", async () => {
  const { render, release } = holdingRenderer();
  const { connect } = await start(undefined, { render });
  const parent = await issuer.issue({ inFlight: 2 });
  const clients = await Promise.all(
    [1, 2, 3].map(async () => connect(await issuer.narrow(parent, { inFlight: 2 }))),
  );
  const ids = clients.map((client) => [client, client.send("!hold"), client.send("!hold")] as const);
  await waitUntil(() => issuer.records.filter(({ type }) => type === "refused").length === 4);
  release();
  const counts = await Promise.all(ids.map(([client, ...sent]) => tally(client, sent)));
  expect(counts.map((count) => count["ok"] ?? 0).reduce((sum, count) => sum + count)).toBe(2);
  expect(
    counts.map((count) => count["busy CAP_LIMIT_IN_FLIGHT"] ?? 0).reduce((sum, count) => sum + count),
  ).toBe(4);
  // Their counts have ended.
  for (const client of clients) expect(await client.outcome(client.send("x"))).toBe("ok");
});

test("a lane has at most its requests that wait or run, under any number of names", async () => {
  const { render, release } = holdingRenderer();
  const limits = { outstandingPerClient: 3 };
  const { connect } = await start(undefined, { render, limits });
  const clients = Array.from({ length: 8 }, () => connect(token));
  const sent = clients.map((client) => ({ client, id: client.send("!hold") }));
  await waitUntil(() => sent.filter(({ client, id }) => client.hasReply(id)).length === 5);
  const other = connect(await issuer.issue());
  expect(await other.outcome(other.send("x"))).toBe("ok");
  release();
  const outcomes = await Promise.all(sent.map(({ client, id }) => client.outcome(id)));
  expect(outcomes.filter((outcome) => outcome === "ok")).toHaveLength(3);
  expect(outcomes.filter((outcome) => outcome === "busy FSOCK_OVERLOADED")).toHaveLength(5);
});

test("unread replies are counted per lane, and files of other clients are not counted", async () => {
  const { connect } = await start(undefined, { limits: { outstandingPerClient: 2 } });
  const [one, two] = [connect(token), connect(token)];
  const unread: [SignedClient, string][] = [];
  for (const client of [one, two, one, two]) {
    const id = client.send("x");
    await waitUntil(() => client.hasReply(id));
    unread.push([client, id]);
  }
  expect(await two.outcome(two.send("x"))).toBe("busy FSOCK_UNREAD_REPLIES");
  const victim = connect(await issuer.issue());
  const placed = Array.from({ length: 40 }, () => victim.replyPath(newId()));
  for (const path of placed) writeFileSync(path, "placed by another client");
  expect(await victim.outcome(victim.send("x"))).toBe("ok");
  for (const [client, id] of unread) expect(await client.outcome(id)).toBe("ok");
  expect(await two.outcome(two.send("x"))).toBe("ok");
});

test("bytes of unread replies are counted at every block, and freed when they are read", async () => {
  const { connect } = await start();
  const parent = await issuer.issue({ unreadBytes: 8_000 });
  const [one, two] = await Promise.all([1, 2].map(async () => connect(await issuer.narrow(parent, {}))));
  if (one === undefined || two === undefined) throw new Error("two clients");
  const size = { width: 32, height: 32 };
  const first = one.send("x", size);
  await waitUntil(() => one.hasReply(first));
  expect(await two.outcome(two.send("x", size))).toBe("busy CAP_LIMIT_UNREAD_BYTES");
  expect(await one.outcome(first)).toBe("ok");
  expect(await two.outcome(two.send("x", size))).toBe("ok");
});

/** A renderer that counts the renders without a grant that are in progress. */
function countingRenderer(): { readonly render: RenderHandler; readonly most: () => number } {
  let running = 0;
  let most = 0;
  const render: RenderHandler = async (request, { grant }) => {
    if (grant === undefined) most = Math.max(most, ++running);
    await sleep(3);
    if (grant === undefined) running--;
    return pattern(request);
  };
  return { render, most: () => most };
}

test("requests without a capability, and the slot, share one lane with one render at a time", async () => {
  const { render, most } = countingRenderer();
  const dir = unservedDirectory();
  const plain = Array.from({ length: 12 }, () => new RawSpoolClient(dir));
  const ids = plain.map((client) => client.render("x"));
  const slot = new OldSlotClient(dir);
  slot.writeProgram("slot");
  const { connect } = await start(dir, { render }, "accept");
  const holder = connect(token);
  expect(await holder.outcome(holder.send("x"))).toBe("ok");
  expect(await slot.read()).toEqual(pattern({ code: "slot", width: 4, height: 2 }).data);
  const statuses = await Promise.all(ids.map(async (id, index) => (await plain[index]?.reply(id))?.header));
  expect(statuses.filter((header) => header?.status === "ok").length).toBeGreaterThanOrEqual(9);
  expect(statuses.filter((header) => header?.status !== "ok").map((header) => header?.error?.code)).toEqual(
    statuses.filter((header) => header?.status !== "ok").map(() => "FSOCK_OVERLOADED"),
  );
  expect(most()).toBe(1);
});

test("a capability that is not known is verified alone, and delays no known one", async () => {
  const dir = newSocketPath();
  const options = issuer.options("require", dir);
  const opened: string[] = [];
  let release = (): void => {};
  const authority: typeof options.authority = {
    known: (text) => options.authority.known(text),
    open: async (text) => {
      opened.push(text);
      if (text === slow.text) await new Promise<void>((resolve) => (release = resolve));
      return options.authority.open(text);
    },
  };
  const [slow, next] = [await issuer.issue(), await issuer.issue()];
  const { connect } = await start(dir, { capabilities: { ...options, authority } });
  const [known, first, second] = [connect(token), connect(slow), connect(next)];
  expect(await known.outcome(known.send("x"))).toBe("ok");
  const held = first.send("x");
  await waitUntil(() => opened.includes(slow.text));
  const queued = second.send("x");
  expect(await known.outcome(known.send("x"))).toBe("ok");
  expect(opened).toEqual([token.text, slow.text]);
  release();
  expect([await first.outcome(held), await second.outcome(queued)]).toEqual(["ok", "ok"]);
  expect(opened).toEqual([token.text, slow.text, next.text]);
});

test("a server without descriptors examines a request later, and answers it with a signature", async () => {
  const { connect } = await start();
  let failures = 2;
  atFailpoints((name) => {
    if (name !== "file-socket/intake/before-read" || failures-- <= 0) return;
    throw Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE", syscall: "open" });
  });
  const client = connect(token);
  expect(await client.outcome(client.send("x"))).toBe("ok");
  expect(failures).toBeLessThan(0);
});

test("counts of requests in a directory that was removed have ended", async () => {
  const { render, release } = holdingRenderer();
  const { dir, connect } = await start(undefined, { render });
  onTestFinished(release);
  const held = await issuer.issue({ inFlight: 1, unreadBytes: 8_000 });
  const lost = connect(held);
  const size = { width: 32, height: 32 };
  const unread = lost.send("x", size);
  await waitUntil(() => lost.hasReply(unread));
  lost.send("!hold");
  await waitUntil(() => readdirSync(`${dir}/v1/run`).length > 0);
  renameSync(dir, `${dir}.old`);
  await waitUntil(() => {
    try {
      return readFileSync(`${dir}/v1/server.json`, "utf8") !== "";
    } catch {
      return false;
    }
  });
  const client = connect(held);
  expect(await client.outcome(client.send("x", size))).toBe("ok");
});

test("only a file that the server gave to a client is overwritten with its next reply", async () => {
  const { dir } = await serve();
  const client = new RawSpoolClient(dir);
  const spare = `${dir}/v1/tmp/${client.name}.spare`;
  const large = { width: 300, height: 300 };
  writeFileSync(spare, Buffer.alloc(300_000, "mine"));
  const mine = openSync(spare, "r");
  onTestFinished(() => closeSync(mine));
  const first = client.render("a", large);
  await waitUntil(() => client.hasReply(first));
  expect(fstatSync(mine).nlink).toBe(0);
  expect(readFileSync(mine).equals(Buffer.alloc(300_000, "mine"))).toBe(true);
  renameSync(client.replyPath(first), spare);
  const given = openSync(spare, "r");
  onTestFinished(() => closeSync(given));
  const second = client.render("b", large);
  await waitUntil(() => client.hasReply(second));
  expect(fstatSync(given).nlink).toBe(1);
  const { payload } = await client.reply(second);
  expect(pattern({ code: "b", ...large }).data.equals(payload)).toBe(true);
});

test.each<readonly [string, (options: object) => object, string]>([
  [
    "mode",
    (it) => ({ ...it, mode: "off" }),
    'capabilities.mode as "accept" or "require", got the string "off"',
  ],
  ["authority", (it) => ({ ...it, authority: {} }), "capabilities.authority with the methods known and open"],
  [
    "key",
    (it) => ({ ...it, key: "secret" }),
    'capabilities.key as an Ed25519 private key, got the string "secret"',
  ],
  ["answeredFile", (it) => ({ ...it, answeredFile: "" }), "capabilities.answeredFile as the path of a file"],
  ["onAudit", (it) => ({ ...it, onAudit: 1 }), "capabilities.onAudit as a function"],
  ["a misspelled name", (it) => ({ ...it, onaudit: () => {} }), "did you mean onAudit"],
])("%s is checked", async (_, change, message) => {
  const dir = newSocketPath();
  const capabilities = change(issuer.options("require", dir)) as NonNullable<
    FileSocketServerOptions["capabilities"]
  >;
  await expect(createFileSocketServer({ dir, render: pattern, capabilities })).rejects.toThrow(message);
});

test("a file of answered requests in the served directory is refused", async () => {
  const dir = newSocketPath();
  const capabilities = { ...issuer.options("require", dir), answeredFile: `${dir}/v1/../answered` };
  await expect(createFileSocketServer({ dir, render: pattern, capabilities })).rejects.toThrow("outside");
});
