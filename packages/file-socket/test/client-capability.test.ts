import { generateKeyPairSync } from "node:crypto";
import { existsSync } from "node:fs";
import { type ClientCapability, createFileSocketClient, RequestError } from "@gvpie/file-socket";
import { pattern } from "@gvpie/testing/file-socket";
import { expect, onTestFinished, test } from "vitest";
import { bytesOf } from "../src/protocol/reply.ts";
import { thumbprintOf } from "../src/protocol/signed-head.ts";
import {
  CAPABILITY,
  capabilityText,
  errorReply,
  HandServer,
  pictureReply,
  pongReply,
  signerOf,
} from "./support/hand-server.ts";
import { HOLDER_KEY, OTHER_KEY, SERVER, SERVER_KEY } from "./support/keys.ts";

const OTHER_SERVER = thumbprintOf(OTHER_KEY.x);

function connect(
  capability: ClientCapability | undefined = CAPABILITY,
): [HandServer, ReturnType<typeof createFileSocketClient>] {
  const server = new HandServer();
  const client = createFileSocketClient({ dir: server.dir, capability });
  onTestFinished(() => client.close());
  return [server, client];
}

test("a request with a capability is signed by its holder and expires with the call", async () => {
  const [server, client] = connect();
  const before = Date.now();
  const pong = client.ping({ timeoutMs: 5_000 });
  const request = await server.next();
  expect(request.header).toMatchObject({
    capability: CAPABILITY.text,
    audience: SERVER,
    id: request.id,
    client: request.client,
    ttlMs: request.body["ttlMs"],
  });
  const { ttlMs = 0, expiresAt = 0 } = request.header ?? {};
  expect(ttlMs).toBeLessThanOrEqual(5_000);
  expect(expiresAt).toBeGreaterThanOrEqual(before + ttlMs);
  expect(expiresAt).toBeLessThanOrEqual(Date.now() + ttlMs);
  server.publish(request, pongReply(request.id, signerOf(request)));
  expect(await pong).toBeGreaterThan(0);
});

// The second payload is sampled by the checksum; the third is long enough for its file to be reused.
test.each([
  [3, 5],
  [700, 600],
  [256, 256],
])("a signed picture of %d × %d arrives, also in the caller's memory", async (width, height) => {
  const [server, client] = connect();
  const picture = pattern({ code: "x", width, height });
  const memory = new Uint8ClampedArray(width * height * 4 + 8).fill(7);
  for (const into of [undefined, memory.subarray(4, -4)]) {
    const reply = client.render("x", { width, height, into });
    const request = await server.next();
    server.publish(request, pictureReply(request.id, picture, signerOf(request)));
    const { data } = await reply;
    expect(picture.data.equals(bytesOf(data))).toBe(true);
    expect(into ?? data).toBe(data);
    const isSpare = picture.data.length >= 262_144;
    expect(existsSync(`${server.tree.tmp}/${request.client}.spare`)).toBe(isSpare);
  }
  expect([...memory.subarray(0, 4), ...memory.subarray(-4)]).toEqual(Array.from({ length: 8 }, () => 7));
});

test("a signed picture with an unusually long head arrives in the caller's memory", async () => {
  const [server, client] = connect();
  const picture = { ...pattern({ code: "x", width: 4, height: 2 }), adapter: "long".repeat(1_000) };
  const into = new Uint8ClampedArray(32);
  const reply = client.render("x", { width: 4, height: 2, into });
  const request = await server.next();
  server.publish(request, pictureReply(request.id, picture, signerOf(request)));
  expect(await reply).toMatchObject({ adapter: picture.adapter });
  expect(picture.data.equals(bytesOf(into))).toBe(true);
});

test("all frames of an animation arrive signed", async () => {
  const [server, client] = connect();
  const frames = client.renderFrames("x", { width: 4, height: 2 });
  const request = await server.next();
  const data = Buffer.concat([1, 2, 3].map((value) => Buffer.alloc(32, value)));
  const picture = {
    ...pattern({ code: "x", width: 4, height: 2 }),
    data,
    animation: { frames: 3, delayMs: 40 },
  };
  server.publish(request, pictureReply(request.id, picture, signerOf(request)));
  expect((await frames).frames.map((frame) => frame[31])).toEqual([1, 2, 3]);
});

test("a request that is submitted again has another id and another proof", async () => {
  const [server, client] = connect();
  const pong = client.ping({ timeoutMs: 30_000 });
  const refusals = [
    { status: "busy", code: "FSOCK_OVERLOADED", retryAfterMs: 1 },
    { status: "expired", code: "FSOCK_DEADLINE" },
    { status: "expired", code: "FSOCK_PROOF_EXPIRED" },
  ] as const;
  const requests = [await server.next()];
  for (const refusal of refusals) {
    const [last] = requests.slice(-1) as [(typeof requests)[number]];
    const error = new RequestError({ ...refusal, message: "not now" });
    server.publish(last, errorReply(last.id, error, signerOf(last)));
    requests.push(await server.next());
  }
  const last = requests[3] as (typeof requests)[number];
  server.publish(last, pongReply(last.id, signerOf(last)));
  await pong;
  expect(new Set(requests.map(({ id }) => id)).size).toBe(4);
  expect(new Set(requests.map((request) => signerOf(request).requestSha256)).size).toBe(4);
});

test("a refusal is FSOCK_FORBIDDEN with the server's code", async () => {
  const [server, client] = connect();
  const pong = client.ping();
  const request = await server.next();
  const message = "expected at most 64 pixels, got 128 (limit pixels of block 2)";
  const error = new RequestError({ status: "forbidden", code: "CAP_LIMIT_PIXELS", message });
  server.publish(request, errorReply(request.id, error, signerOf(request)));
  await expect(pong).rejects.toMatchObject({
    code: "FSOCK_FORBIDDEN",
    replyCode: "CAP_LIMIT_PIXELS",
    message,
  });
});

test("the capability of a call replaces that of the client", async () => {
  const [server, client] = connect();
  const text = capabilityText([{ x: OTHER_KEY.x, audience: [SERVER] }]);
  const calls = [
    client.render("x", { width: 4, height: 2, capability: { text, key: OTHER_KEY.key } }),
    client.renderFrames("x", { width: 4, height: 2, capability: { text, key: OTHER_KEY.key } }),
    client.ping({ capability: { text, key: OTHER_KEY.key } }),
  ];
  for (const call of calls) {
    const request = await server.next(OTHER_KEY);
    expect(request.header?.capability).toBe(text);
    const { op } = request.body;
    const signer = signerOf(request);
    const picture = pattern({ code: "x", width: 4, height: 2 });
    server.publish(
      request,
      op === "ping" ? pongReply(request.id, signer) : pictureReply(request.id, picture, signer),
    );
    void call;
  }
  await Promise.all(calls);
});

test("a client without a capability sends plain requests, and takes signed replies too", async () => {
  const server = new HandServer();
  const client = createFileSocketClient({ dir: server.dir });
  onTestFinished(() => client.close());
  const pong = client.ping();
  const request = await server.next();
  expect(request.bytes.toString()).toBe(JSON.stringify(request.body));
  const signer = { requestSha256: "0".repeat(64), serverKey: SERVER_KEY.x, key: SERVER_KEY.key };
  server.publish(request, pongReply(request.id, signer));
  await pong;
  const withCapability = client.ping({ capability: CAPABILITY });
  const signed = await server.next();
  server.publish(signed, pongReply(signed.id, signerOf(signed)));
  await withCapability;
});

const [first, second] = [
  { x: OTHER_KEY.x, audience: [OTHER_SERVER, SERVER, 1] },
  { x: HOLDER_KEY.x, audience: [SERVER, "x"] },
];
const two = capabilityText([{ x: HOLDER_KEY.x, audience: [OTHER_SERVER, SERVER] }]);
const { key } = HOLDER_KEY;

test.each([
  ["the only server", CAPABILITY],
  ["the server that all blocks name", { text: capabilityText([first, { x: 1 }, second]), key }],
  ["the server of the options", { text: two, key, server: SERVER }],
] as const)("asks %s", async (_, capability) => {
  const [server, client] = connect(capability);
  const pong = client.ping();
  const request = await server.next();
  server.publish(request, pongReply(request.id, signerOf(request)));
  await pong;
});

const otherCurve = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const publicKey = generateKeyPairSync("ed25519").publicKey;

test.each<[string, unknown, RegExp]>([
  ["empty", { text: "", key }, /expected block 1 to be a compact JWS, got ""/],
  ["too long", { text: "x".repeat(8_193), key }, /expected at most 8192 bytes, got 8193/],
  ["not base64url", { text: CAPABILITY.text.replace(".", ".="), key }, /block 1 to be a compact JWS/],
  ["truncated", { text: `${CAPABILITY.text}~eyJ9`, key }, /expected block 2 to be a compact JWS, got "eyJ9"/],
  [
    "not JSON",
    { text: "e30.e3.e30", key },
    /expected block 1 to have a JSON object as its payload, got "e3"/,
  ],
  ["null", { text: "e30.bnVsbA.e30", key }, /expected block 1 to have a JSON object/],
  [
    "without a key",
    { text: "e30.e30.e30", key },
    /the private key of a public key, as block 1 says, got that of [\w-]{43}$/,
  ],
  [
    "of another key",
    { text: capabilityText([second, first]), key },
    /the private key of [\w-]{43}, as block 2 says, got that of [\w-]{43}$/,
  ],
  [
    "for no server",
    { text: capabilityText([{ x: HOLDER_KEY.x }]), key },
    /at least one server that all blocks have, got none/,
  ],
  ["for two servers", { text: two, key }, /capability.server to be one of "\S+", "kPrK\S+", got nothing/],
  [
    "for another server",
    { ...CAPABILITY, server: OTHER_SERVER },
    /capability.server to be one of "kPrK\S+", got "/,
  ],
])("FSOCK_BAD_CAPABILITY: a capability that is %s", async (_, capability, message) => {
  const create = (): unknown =>
    createFileSocketClient({ dir: "/tmp", capability: capability as ClientCapability });
  expect(create).toThrow(expect.objectContaining({ code: "FSOCK_BAD_CAPABILITY" }));
  expect(create).toThrow(message);
  const client = createFileSocketClient({ dir: "/tmp" });
  onTestFinished(() => client.close());
  const call = client.ping({ capability: capability as ClientCapability });
  await expect(call).rejects.toMatchObject({ code: "FSOCK_BAD_CAPABILITY" });
});

test.each<[string, unknown, RegExp]>([
  ["null", null, /expected capability as a plain object, got null/],
  ["a text", CAPABILITY.text, /expected capability as a plain object, got the string/],
  [
    "an unknown option",
    { ...CAPABILITY, secret: "" },
    /expected capability named text, key, server, got "secret"/,
  ],
  ["no text", { key }, /expected capability.text as a string, got null/],
  [
    "a JWK as the key",
    { ...CAPABILITY, key: { kty: "OKP" } },
    /capability.key as an Ed25519 private key, got an object/,
  ],
  ["a public key", { ...CAPABILITY, key: publicKey }, /as an Ed25519 private key, got a public ed25519 key/],
  [
    "a key of another curve",
    { ...CAPABILITY, key: otherCurve },
    /as an Ed25519 private key, got a private ec key/,
  ],
  ["a server of another type", { ...CAPABILITY, server: 1 }, /capability.server as a string, got 1/],
])("TypeError: %s in place of a capability", (_, capability, message) => {
  const create = (): unknown =>
    createFileSocketClient({ dir: "/tmp", capability: capability as ClientCapability });
  expect(create).toThrow(TypeError);
  expect(create).toThrow(message);
});

test("a private key that is given as a capability is not quoted", () => {
  const text = '{"crv":"Ed25519","d":"secret","kty":"OKP","x":"a"}';
  const capability = { text, key: HOLDER_KEY.key };
  const create = () => createFileSocketClient({ dir: "/nowhere", capability });
  expect(create).toThrow(/got JSON$/);
  expect(create).not.toThrow(/secret/);
});
