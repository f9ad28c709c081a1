import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { RequestError } from "../src/errors.ts";
import { decodeHead, errorHead, pictureHead, pongHead, type ReplySigner } from "../src/protocol/reply.ts";
import { checkSignedHead, checkSignedPayload } from "../src/protocol/reply-trust.ts";
import {
  checkBody,
  checkProof,
  checkRequestHeader,
  decodeRequestHead,
  hasRequestHead,
  type RequestClaims,
  requestHead,
  requestHeadBytes,
} from "../src/protocol/request-head.ts";
import { parseRequestJson, spoolCommand } from "../src/protocol/request.ts";
import { isHeadSignedBy, publicPartOf, sha256Of, thumbprintOf } from "../src/protocol/signed-head.ts";
import { DEFAULT_SERVER_LIMITS } from "../src/server/limits.ts";
import { HOLDER_KEY, OTHER_KEY, SERVER, SERVER_KEY } from "./support/keys.ts";

const NAME = { id: "01ARZ3NDEKTSV4RRFFQ69G5FAV", client: "4711-160428-9386104d30ff" };
const NOW = 1_795_612_345_678;
const BODY = Buffer.from(JSON.stringify({ op: "ping", id: NAME.id, ttlMs: 2_000 }));
const CLAIMS: RequestClaims = {
  ...NAME,
  capability: "eyJh.eyJq.c2ln~eyJh.eyJq.c2ln",
  audience: SERVER,
  ttlMs: 2_000,
  expiresAt: NOW + 2_000,
};
const HEAD = requestHead(CLAIMS, BODY, HOLDER_KEY.key);

function codeOf(action: () => unknown): string {
  try {
    action();
    return "accepted";
  } catch (error) {
    if (error instanceof RequestError) return error.code;
    throw error;
  }
}

/** Returns a head with the given text as its header. */
function headOf(header: string): Buffer {
  const bytes = Buffer.from(`GVQ1....${header}`);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  return bytes;
}

test("the thumbprint and the public part of a key are those of RFC 8037", () => {
  expect(thumbprintOf(SERVER_KEY.x)).toBe(SERVER);
  expect(publicPartOf(SERVER_KEY.key)).toBe(SERVER_KEY.x);
});

test("a request head is decoded as it was encoded, and its proof and body fit", () => {
  expect(hasRequestHead(HEAD)).toBe(true);
  expect(requestHeadBytes(HEAD.subarray(0, 8), HEAD.length + BODY.length)).toBe(HEAD.length);
  const header = decodeRequestHead(HEAD, NAME);
  expect(header).toEqual({ ...CLAIMS, sha256: createHash("sha256").update(BODY).digest("hex") });
  checkRequestHeader(header, SERVER, NOW);
  checkProof(HEAD, HOLDER_KEY);
  checkBody(header, BODY);
});

test("a proof covers every byte of the head but the length", () => {
  for (let offset = 0; offset < HEAD.length; offset++) {
    if (offset >= 4 && offset < 8) continue;
    const changed = Buffer.from(HEAD);
    changed.writeUInt8(changed.readUInt8(offset) ^ 1, offset);
    expect(isHeadSignedBy(changed, HOLDER_KEY.x)).toBe(false);
  }
  expect(codeOf(() => checkProof(HEAD, OTHER_KEY))).toBe("FSOCK_BAD_PROOF");
});

const text = HEAD.subarray(8).toString();
const { signature: _, ...unsigned } = JSON.parse(text) as Record<string, unknown>;

test.each([
  ["nothing", ""],
  ["no JSON", "{"],
  ["an array", "[]"],
  ["a duplicate key", text.replace("{", '{"ttlMs":2000,')],
  ["a nested value", text.replace("{", '{"more":[[[]]],')],
  ["an unknown key", text.replace("{", '{"more":1,')],
  ["many values", text.replace("{", `{"more":[${"0,".repeat(100)}0],`)],
  ["no capability", text.replace('"capability"', '"Capability"')],
  ["an empty capability", text.replace(CLAIMS.capability, "")],
  ["another id", text.replace(NAME.id, `${NAME.id.slice(0, -1)}W`)],
  ["another client", text.replace(NAME.client, "4711-160428-9386104d30fe")],
  ["a ttlMs of another type", text.replace('"ttlMs":2000', '"ttlMs":"2000"')],
  ["a ttlMs above the limit", text.replace('"ttlMs":2000', '"ttlMs":60001')],
  ["no integer as expiresAt", text.replace(String(CLAIMS.expiresAt), "1.5")],
  ["an upper-case hash", text.replace(/"sha256":"[^"]*/, (found) => found.toUpperCase())],
  ["a short audience", text.replace(SERVER, SERVER.slice(1))],
  ["no signature", JSON.stringify(unsigned)],
  ["a signature of another type", text.replace(/"signature":.*/, '"signature":1}')],
  ["a signature that is too short", text.replace(/.("})$/, "$1")],
  ["a signature in another encoding", text.replace(/.("})$/, "/$1")],
  ["a second text for the signature", text.replace(/.("})$/, (end) => `${end[0] === "B" ? "C" : "B"}"}`)],
  ["a signature that is not the last key", text.replace(/(,"ttlMs":2000)(.*)}$/, "$2$1}")],
  ["a signature after a blank", text.replace(',"signature"', ', "signature"')],
  ["a line feed at the end", `${text}\n`],
])("a request head with %s is FSOCK_BAD_HEAD", (__, header) => {
  expect(codeOf(() => decodeRequestHead(headOf(header), NAME))).toBe("FSOCK_BAD_HEAD");
});

test("spaces may follow the header of a request, and do not change the proof", () => {
  const padded = headOf(`${text}  `);
  expect(decodeRequestHead(padded, NAME)).toEqual(decodeRequestHead(HEAD, NAME));
  checkProof(padded, HOLDER_KEY);
});

test("a head is measured before it is read", () => {
  const measure = (length: number, fileBytes: number): string => {
    const start = Buffer.from("GVQ1....");
    start.writeUInt32LE(length, 4);
    return codeOf(() => requestHeadBytes(start, fileBytes));
  };
  expect(measure(16_384, 100_000)).toBe("accepted");
  expect(measure(16_385, 100_000)).toBe("FSOCK_BAD_HEAD");
  expect(measure(2 ** 32 - 1, 100_000)).toBe("FSOCK_BAD_HEAD");
  expect(measure(101, 108)).toBe("FSOCK_BAD_HEAD");
  expect(measure(100, 108)).toBe("accepted");
  expect(codeOf(() => requestHeadBytes(Buffer.from("GVQ1"), 4))).toBe("FSOCK_BAD_HEAD");
});

test.each([
  ["FSOCK_WRONG_SERVER", "forbidden", { audience: thumbprintOf(OTHER_KEY.x) }],
  ["FSOCK_PROOF_EXPIRED", "expired", { expiresAt: NOW }],
  ["FSOCK_PROOF_EXPIRED", "expired", { expiresAt: NOW + 60_001 }],
])("%s: %s %j", (code, status, change) => {
  const header = decodeRequestHead(requestHead({ ...CLAIMS, ...change }, BODY, HOLDER_KEY.key), NAME);
  expect(() => checkRequestHeader(header, SERVER, NOW)).toThrow(expect.objectContaining({ code, status }));
});

test("a body that was changed after signing is refused", () => {
  const header = decodeRequestHead(HEAD, NAME);
  const changed = Buffer.from(BODY.toString().replace("ping", "pong"));
  expect(codeOf(() => checkBody(header, changed))).toBe("FSOCK_BODY_CHANGED");
  expect(codeOf(() => checkBody(header, BODY.subarray(1)))).toBe("FSOCK_BODY_CHANGED");
});

test("the ttlMs of the body is that of the head", () => {
  const command = (fields: object, ttlMs: number): string =>
    codeOf(() =>
      spoolCommand(
        parseRequestJson(Buffer.from(JSON.stringify({ op: "ping", id: NAME.id, ...fields }))),
        NAME.id,
        DEFAULT_SERVER_LIMITS,
        ttlMs,
      ),
    );
  expect(command({ ttlMs: 2_000 }, 2_000)).toBe("accepted");
  expect(command({ ttlMs: 2_001 }, 2_000)).toBe("FSOCK_BAD_VALUE");
  expect(command({}, 2_000)).toBe("FSOCK_BAD_VALUE");
});

const signer: ReplySigner = { requestSha256: sha256Of(HEAD), serverKey: SERVER_KEY.x, key: SERVER_KEY.key };
const expected = { id: NAME.id, server: SERVER, requestSha256: signer.requestSha256 };
const timings = { queuedMs: 0.25, renderMs: 0.031 };
const picture = {
  width: 2,
  height: 1,
  data: Uint8Array.of(255, 255, 255, 255, 255, 0, 0, 255),
  backend: "cpu",
  adapter: "cpu",
};
const busy = new RequestError({ status: "busy", code: "FSOCK_OVERLOADED", message: "zu viele € 🙂" });

function check(head: Uint8Array, payload: Uint8Array, change: object = {}): void {
  const { header } = decodeHead(head, head.length + payload.length);
  checkSignedHead(head, header, { ...expected, ...change });
  checkSignedPayload(header, payload);
}

test.each([
  ["a picture", pictureHead(NAME.id, picture, timings, signer), picture.data],
  ["a pong", pongHead(NAME.id, timings, signer), Buffer.alloc(0)],
  ["an error", errorHead(NAME.id, busy, signer), Buffer.alloc(0)],
])("%s with a signature is trusted", (__, head, payload) => {
  expect(head.length % 512).toBe(0);
  check(head, payload);
  const { header } = decodeHead(head, head.length + payload.length);
  expect(Object.keys(header).slice(-4)).toEqual(["requestSha256", "payloadSha256", "serverKey", "signature"]);
});

test.each([
  [
    "pixels",
    /pixels with the SHA-256 \w+, got/,
    () => check(pictureHead(NAME.id, picture, timings, signer), Buffer.alloc(8)),
  ],
  [
    "no signature",
    /got one without a signature: a picture or a pong/,
    () => check(pongHead(NAME.id, timings), Buffer.alloc(0)),
  ],
  [
    "an error without a signature",
    /the error "FSOCK_OVERLOADED": "zu viele/,
    () => check(errorHead(NAME.id, busy), Buffer.alloc(0)),
  ],
  [
    "another server",
    /expected the server \S+, got kPrK/,
    () => check(pongHead(NAME.id, timings, signer), Buffer.alloc(0), { server: thumbprintOf(OTHER_KEY.x) }),
  ],
  [
    "another key's signature",
    /signature of the header, got another/,
    () => check(pongHead(NAME.id, timings, { ...signer, key: OTHER_KEY.key }), Buffer.alloc(0)),
  ],
  [
    "another id",
    /the reply to 01ARZ3NDEKTSV4RRFFQ69G5FAV, got one to 0/,
    () => check(pongHead(`0${NAME.id.slice(1, -1)}W`, timings, signer), Buffer.alloc(0)),
  ],
  [
    "another request",
    /the reply to the request \w+, got one to/,
    () => check(pongHead(NAME.id, timings, { ...signer, requestSha256: sha256Of(BODY) }), Buffer.alloc(0)),
  ],
])("a reply with %s is not trusted", (__, message, action) => {
  expect(action).toThrow(expect.objectContaining({ code: "FSOCK_UNTRUSTED_REPLY" }));
  expect(action).toThrow(message);
});
