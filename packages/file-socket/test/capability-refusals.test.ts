import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { type CapabilityLimits, createKey } from "@gvpie/capability";
import { createFileSocketClient, FileSocketError } from "@gvpie/file-socket";
import { waitUntil } from "@gvpie/testing";
import { OldSlotClient, pattern, RawSpoolClient } from "@gvpie/testing/file-socket";
import { beforeAll, expect, test } from "vitest";
import { newId } from "../src/protocol/names.ts";
import type { RequestClaims } from "../src/protocol/request-head.ts";
import { Issuer, keyObject, SignedClient, type Token } from "./support/capabilities.ts";
import { IRREGULAR_FILES, placeVictim } from "./support/irregular-files.ts";
import { holdingRenderer } from "./support/renderer.ts";
import { newSocketPath, serve } from "./support/serve.ts";
import { TestClock } from "./support/test-clock.ts";

let issuer: Issuer;
let token: Token;

beforeAll(async () => {
  issuer = await Issuer.create();
  token = await issuer.issue();
});

async function start(mode: "accept" | "require" = "require", options: Parameters<typeof serve>[0] = {}) {
  const dir = newSocketPath();
  issuer.records.length = 0;
  const server = await serve({ ...options, dir, capabilities: issuer.options(mode, dir, options.clock) });
  return { ...server, client: new SignedClient(dir, token, issuer.server) };
}

test("a request with a capability is answered, and the reply is signed", async () => {
  const { dir, client } = await start();
  const { header, payload } = await client.signedReply(client.send("a"));
  expect(header).toMatchObject({ status: "ok", width: 4, height: 2 });
  expect(Buffer.from(payload)).toEqual(pattern({ code: "a", width: 4, height: 2 }).data);
  expect(await client.outcome(client.ping())).toBe("ok");
  for (const part of ["tmp", "new", "run"]) expect(readdirSync(`${dir}/v1/${part}`)).toEqual([]);
  expect(issuer.records).toEqual([
    expect.objectContaining({ type: "first-use", via: "spool", client: client.name }),
  ]);
});

test("a client with a capability gets its picture, and one without is refused", async () => {
  const { dir } = await start();
  await using holder = createFileSocketClient({ dir, capability: { text: token.text, key: token.key } });
  const reply = await holder.render("é", { width: 300, height: 300 });
  expect(Buffer.from(reply.data)).toEqual(pattern({ code: "é", width: 300, height: 300 }).data);
  await holder.ping();
  await using other = createFileSocketClient({ dir });
  const error: unknown = await other.render("x").catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(FileSocketError);
  expect(error).toMatchObject({ code: "FSOCK_FORBIDDEN", replyCode: "FSOCK_CAPABILITY_REQUIRED" });
});

/** Returns the outcome of a head that could be that of another client's request: signed, the refusal would fit that request. */
async function unsignedOutcome(client: SignedClient, id: string): Promise<string> {
  const { header } = await client.reply(id);
  return "signature" in header ? "signed" : `${header.status} ${header.error?.code}`;
}

test("the first of several defects is reported", async () => {
  const { client } = await start();
  const stranger = await Issuer.create();
  const foreign = await stranger.issue({ audience: [issuer.server] });
  const wrong = keyObject(await createKey());
  interface Defect {
    readonly outcome: string;
    readonly claims?: Partial<RequestClaims>;
    readonly key?: typeof wrong;
  }
  const defects: readonly Defect[] = [
    { outcome: "bad_request FSOCK_BAD_HEAD", claims: { client: "0-0-other" } },
    { outcome: "forbidden FSOCK_WRONG_SERVER", claims: { audience: stranger.server } },
    { outcome: "expired FSOCK_PROOF_EXPIRED", claims: { expiresAt: Date.now() - 1 } },
    { outcome: "forbidden CAP_UNKNOWN_ROOT", claims: { capability: foreign.text } },
    { outcome: "forbidden FSOCK_BAD_PROOF", key: wrong },
    { outcome: "forbidden FSOCK_BODY_CHANGED" },
  ];
  const found: string[] = [];
  for (const index of defects.keys()) {
    const rest = defects.slice(index);
    const claims = Object.assign({}, ...rest.map((defect) => defect.claims)) as Partial<RequestClaims>;
    const key = rest.find((defect) => defect.key)?.key;
    const id = newId();
    const file = client.file(id, { op: "nonsense" }, claims, key && { key });
    file.write("!", file.length - 1);
    client.submit(id, file);
    found.push(index === 0 ? await unsignedOutcome(client, id) : await client.outcome(id));
  }
  expect(found).toEqual(defects.map(({ outcome }) => outcome));
  const codes = issuer.records.map(({ code }) => code);
  expect(codes).toEqual([
    ...defects.map(({ outcome }) => outcome.split(" ")[1]).slice(0, 5),
    undefined,
    "FSOCK_BODY_CHANGED",
  ]);
  const ids = issuer.records.map(({ capability }) => capability?.blocks.length);
  expect(ids).toEqual([undefined, undefined, undefined, undefined, undefined, 1, 1]);
});

test("a proof that is valid for more than 60 s is refused", async () => {
  const { client } = await start();
  expect(await client.outcome(client.send("x", {}, { expiresAt: Date.now() + 65_000 }))).toBe(
    "expired FSOCK_PROOF_EXPIRED",
  );
  expect(await client.outcome(client.send("x", {}, { expiresAt: Date.now() + 59_000 }))).toBe("ok");
});

test.each<readonly [string, CapabilityLimits, string, object]>([
  ["an expired capability", { expires: 1 }, "forbidden CAP_EXPIRED", {}],
  ["a capability of tomorrow", { notBefore: 9_000_000_000 }, "forbidden CAP_NOT_YET_VALID", {}],
  ["another operation", { operations: ["ping"] }, "forbidden CAP_LIMIT_OPERATIONS", {}],
  ["too many pixels", { pixels: 7 }, "forbidden CAP_LIMIT_PIXELS", {}],
  ["too many pixels of one side", { pixels: 3 }, "forbidden CAP_LIMIT_PIXELS", { height: undefined }],
  ["too long a program", { codeBytes: 3 }, "forbidden CAP_LIMIT_CODE_BYTES", {}],
  ["another program", { programs: ["0".repeat(64)] }, "forbidden CAP_LIMIT_PROGRAMS", {}],
  ["another parameter", { params: ["a"] }, "forbidden CAP_LIMIT_PARAMS", { params: { b: 1 } }],
  ["a reply that is too long to wait unread", { unreadBytes: 100 }, "forbidden CAP_LIMIT_UNREAD_BYTES", {}],
  ["a request that is too long to wait", { queuedBytes: 100 }, "forbidden CAP_LIMIT_QUEUED_BYTES", {}],
  ["no request at a time", { inFlight: 0 }, "forbidden CAP_LIMIT_IN_FLIGHT", {}],
])("%s is refused", async (_, limits, outcome, fields) => {
  const { dir } = await start();
  const client = new SignedClient(dir, await issuer.issue(limits), issuer.server);
  expect(await client.outcome(client.send("HALT", fields))).toBe(outcome);
  expect(issuer.records.filter(({ type }) => type === "refused")).toEqual([
    expect.objectContaining({ code: outcome.split(" ")[1] }),
  ]);
});

test("limits hold for every block, and the message names the block", async () => {
  const { dir } = await start();
  const narrowed = await issuer.narrow(await issuer.issue({ pixels: 100 }), { pixels: 7 });
  const client = new SignedClient(dir, narrowed, issuer.server);
  const { header } = await client.signedReply(client.send("x"));
  expect(header.error?.message).toContain("block 2");
  expect(await client.outcome(client.send("x", { width: 1 }))).toBe("ok");
});

test.each([
  ["was revoked", "forbidden CAP_REVOKED"],
  ["has expired", "forbidden CAP_EXPIRED"],
])("a capability that %s while its request waited is refused", async (_, outcome) => {
  const clock = new TestClock();
  const { render, release } = holdingRenderer();
  const { dir, client: busy } = await start("require", { clock, render, limits: { concurrency: 1 } });
  const held = await issuer.issue({ expires: Math.floor(clock.now() / 1_000) + 30 });
  const client = new SignedClient(dir, held, issuer.server);
  const first = busy.send("!hold");
  await waitUntil(() => readdirSync(`${dir}/v1/run`).length > 0);
  const id = client.send("x");
  const admitted = await waitUntil(() => issuer.records.find((record) => record.id === id));
  if (outcome.endsWith("EXPIRED")) clock.jumpMs += 31_000;
  else issuer.revoked.add(admitted?.capability?.blocks[0].id ?? "");
  release();
  expect([await busy.outcome(first), await client.outcome(id)]).toEqual(["ok", outcome]);
});

test("a request whose file is replaced between its examination and its claim is refused", async () => {
  const { render, release } = holdingRenderer();
  const { dir, client: busy } = await start("require", { render, limits: { concurrency: 1 } });
  const first = busy.send("!hold");
  await waitUntil(() => readdirSync(`${dir}/v1/run`).length > 0);
  const other = newId();
  const contents = [
    () => JSON.stringify({ op: "ping", id: other }),
    (client: SignedClient) => client.file(other, { op: "ping" }),
  ];
  const outcomes: (() => Promise<string>)[] = [];
  for (const content of contents) {
    const client = new SignedClient(dir, await issuer.issue(), issuer.server);
    const id = client.send("x");
    await waitUntil(() => issuer.records.find((record) => record.id === id)?.type === "first-use");
    writeFileSync(`${dir}/v1/tmp/replacement`, content(client));
    renameSync(`${dir}/v1/tmp/replacement`, client.requestPath(id));
    outcomes.push(() => client.outcome(id));
  }
  release();
  expect(await busy.outcome(first)).toBe("ok");
  for (const outcome of outcomes) expect(await outcome()).toBe("bad_request FSOCK_BAD_HEAD");
});

test("the time to live in the body must be that in the head", async () => {
  const { client } = await start();
  expect(await client.outcome(client.send("x", { ttlMs: 60_000 }))).toBe("bad_request FSOCK_BAD_VALUE");
  expect(await client.outcome(client.send("x", { ttlMs: undefined }))).toBe("bad_request FSOCK_BAD_VALUE");
});

test.each(IRREGULAR_FILES)("$kind is refused as a request, and left unread", async ({ code, make }) => {
  const { dir } = await start();
  const client = new RawSpoolClient(dir);
  const id = newId();
  make(client.requestPath(id), placeVictim(dir));
  expect((await client.reply(id)).header.error?.code).toBe(code);
  expect(readdirSync(`${dir}/v1/new`)).toEqual([]);
});

test.each([
  ["an empty file", Buffer.alloc(0), "FSOCK_CAPABILITY_REQUIRED"],
  ["four letters", Buffer.from("GVQ1"), "FSOCK_BAD_HEAD"],
  ["a header of 4 GiB", Buffer.from("GVQ1\xff\xff\xff\xff{}", "latin1"), "FSOCK_BAD_HEAD"],
  [
    "a header of 16,385 bytes",
    Buffer.concat([Buffer.from("GVQ1\x01\x40\0\0"), Buffer.alloc(20_000, " ")]),
    "FSOCK_BAD_HEAD",
  ],
  ["a header that is not JSON", Buffer.from("GVQ1\x02\0\0\0{}", "latin1"), "FSOCK_BAD_HEAD"],
])("%s is refused", async (_, content, code) => {
  const { dir } = await start();
  const client = new RawSpoolClient(dir);
  const id = newId();
  client.submit(id, content);
  expect((await client.reply(id)).header.error?.code).toBe(code);
});

test("a signed request that is too long is refused with a signed reply", async () => {
  const { client } = await start("require", { limits: { requestBytes: 5_000 } });
  expect(await client.outcome(client.send("x".repeat(5_000)))).toBe("too_large FSOCK_REQUEST_TOO_LARGE");
});

test("a server without capabilities refuses a request with one", async () => {
  const { dir } = await serve();
  const client = new SignedClient(dir, token, issuer.server);
  const { header } = await client.reply(client.send("x"));
  expect(header).toMatchObject({ status: "bad_request", error: { code: "FSOCK_CAPABILITIES_OFF" } });
});

test("the slot is refused where a capability is required", async () => {
  const { dir } = await start();
  const slot = new OldSlotClient(dir);
  for (const command of [() => slot.writeProgram("x"), () => writeFileSync(slot.command, "half of a comm")]) {
    command();
    expect(await slot.readError()).toMatchObject({ status: "forbidden", code: "FSOCK_CAPABILITY_REQUIRED" });
    rmSync(slot.error);
  }
  expect(existsSync(slot.output)).toBe(false);
  expect(readdirSync(`${dir}/v1/run`)).toEqual([]);
  expect(issuer.records).toContainEqual(
    expect.objectContaining({ via: "slot", code: "FSOCK_CAPABILITY_REQUIRED" }),
  );
});

test("server.json says how capabilities are handled", async () => {
  const { dir } = await start("accept");
  expect(JSON.parse(readFileSync(`${dir}/v1/server.json`, "utf8"))).toMatchObject({ capabilities: "accept" });
});
