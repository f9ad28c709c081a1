// Checks the code against the tables and test vectors of docs/file-socket.md.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { ServerLimits } from "@gvpie/file-socket";
import { skipVisibly } from "@gvpie/testing";
import { expect, test } from "vitest";
import { createPrivateKey } from "node:crypto";
import { RequestError } from "../src/errors.ts";
import { payloadChecksum } from "../src/protocol/checksum.ts";
import { parseRequestName } from "../src/protocol/names.ts";
import { decodeHead, decodeReply, REUSE_BYTES } from "../src/protocol/reply.ts";
import { checkSignedHead, checkSignedPayload } from "../src/protocol/reply-trust.ts";
import {
  checkBody,
  checkProof,
  checkRequestHeader,
  decodeRequestHead,
  requestHead,
  requestHeadBytes,
} from "../src/protocol/request-head.ts";
import { sha256Of, thumbprintOf } from "../src/protocol/signed-head.ts";
import { type Command, parseRequestJson, slotCommand, spoolCommand } from "../src/protocol/request.ts";
import { completeLimits, DEFAULT_SERVER_LIMITS } from "../src/server/limits.ts";
import { PYTHON_CLIENTS } from "./support/processes.ts";
import { serve } from "./support/serve.ts";

const page = readFileSync(new URL("../../../docs/file-socket.md", import.meta.url), "utf8");
const ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

function block(info: string): string {
  const [, text] = new RegExp(`\`\`\`${info}\n([^\`]*)\`\`\``).exec(page) ?? [];
  if (text === undefined) throw new Error(`expected a block ${info} in the page`);
  return text;
}

const json = (name: string): unknown => JSON.parse(block(`json ${name}`));
const hex = (name: string): Buffer => Buffer.from(block(`hex ${name}`).replaceAll(/\s/g, ""), "hex");

interface Vector {
  readonly text: string;
  readonly in: "slot" | "spool";
}

function read(vector: Vector): Command {
  const value = parseRequestJson(Buffer.from(vector.text));
  if (vector.in === "slot") return slotCommand(value, DEFAULT_SERVER_LIMITS);
  return spoolCommand(value, ID, DEFAULT_SERVER_LIMITS);
}

test.each(json("accepted") as (Vector & { means: object })[])("accepts $text", (vector) => {
  const { op, ttlMs, ...rest } = read(vector);
  const means: unknown = JSON.parse(
    JSON.stringify({ op, ttlMs, ...("request" in rest ? rest.request : {}) }),
  );
  expect(means).toEqual(vector.means);
});

test.each(json("refused") as (Vector & { code: string })[])("refuses $text with $code", (vector) => {
  expect(() => read(vector)).toThrow(RequestError);
  expect(() => read(vector)).toThrow(expect.objectContaining({ code: vector.code }) as Error);
});

test.each(["reply-picture", "reply-frames", "reply-busy"])("decodes the vector %s", (name) => {
  const bytes = hex(name);
  const { header, payload } = decodeReply(bytes);
  expect(header).toEqual(json(`${name}-header`));
  expect(payload.length).toBe(header.bytes);
});

interface KeyVector {
  readonly x: string;
}
const { root, holder, server } = json("keys") as Record<"root" | "holder" | "server", KeyVector>;
const CLIENT = "4711-160428-9386104d30ff";

test("the signed request of the page is what its holder's key signs", () => {
  const file = hex("request-signed");
  const head = file.subarray(0, requestHeadBytes(file, file.length));
  const body = file.subarray(head.length);
  const header = decodeRequestHead(head, { id: ID, client: CLIENT });
  expect(JSON.parse(head.subarray(8).toString())).toEqual(json("request-signed-header"));
  checkRequestHeader(header, thumbprintOf(server.x), header.expiresAt - header.ttlMs);
  checkProof(head, holder);
  checkBody(header, body);
  const value = parseRequestJson(body);
  expect(value).toEqual(json("request-signed-body"));
  expect(spoolCommand(value, ID, DEFAULT_SERVER_LIMITS, header.ttlMs).op).toBe("render_program");
  const key = createPrivateKey({ key: { ...holder }, format: "jwk" });
  expect(requestHead(header, body, key)).toEqual(head);
});

test("the signed reply of the page answers its request", () => {
  const request = hex("request-signed");
  const reply = hex("reply-signed");
  const { header, payloadOffset } = decodeHead(reply, reply.length);
  const head = reply.subarray(0, payloadOffset);
  expect(header).toEqual(json("reply-signed-header"));
  const requestSha256 = sha256Of(request.subarray(0, requestHeadBytes(request, request.length)));
  checkSignedHead(head, header, { id: ID, server: thumbprintOf(server.x), requestSha256 });
  checkSignedPayload(header, reply.subarray(payloadOffset));
  expect(page).toContain(`of the root key is \`${thumbprintOf(root.x)}\``);
  expect(page).toContain(`of the server's key \`${thumbprintOf(server.x)}\``);
});

test("the Python client decodes the same replies", () => {
  const script = `
import json, sys
sys.path.insert(0, ${JSON.stringify(PYTHON_CLIENTS)})
from gvpie_client import decode_reply
for line in sys.stdin:
    header, payload = decode_reply(bytes.fromhex(line), ${JSON.stringify(ID)})
    print(json.dumps([header, payload.hex()]))
`;
  const names = ["reply-picture", "reply-frames", "reply-busy"];
  const input = names.map((name) => hex(name).toString("hex")).join("\n");
  const { stdout, stderr } = spawnSync("python3", ["-c", script], { input, encoding: "utf8" });
  expect(stderr).toBe("");
  const lines = stdout.trim().split("\n");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
    names.map((name) => [
      json(`${name}-header`),
      Buffer.from(decodeReply(hex(name)).payload).toString("hex"),
    ]),
  );
});

test("the Python client in a user namespace trusts directories of users outside it, such as the root of the host", (context) => {
  const namespace = ["-Ur"];
  if (spawnSync("unshare", [...namespace, "true"]).status !== 0) skipVisibly(context, "no user namespaces");
  const script = `
import sys
sys.path.insert(0, ${JSON.stringify(PYTHON_CLIENTS)})
from gvpie_client import unmapped_user
print(unmapped_user())
`;
  const { stdout, stderr } = spawnSync("unshare", [...namespace, "python3", "-c", script], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(stdout).toBe(`{${readFileSync("/proc/sys/kernel/overflowuid", "latin1").trim()}}\n`);
});

test("the Python client signs the same request, and believes the signed reply alone", (context) => {
  const script = `
import importlib.util, json, sys
sys.path.insert(0, ${JSON.stringify(PYTHON_CLIENTS)})
from gvpie_client import Client, SocketError, decode_reply
if importlib.util.find_spec("cryptography") is None:
    sys.exit("no cryptography")
Client("/nowhere")
assert "cryptography" not in sys.modules
from gvpie_capability import Capability
request, reply, header, holder = json.load(sys.stdin)
request, reply = bytes.fromhex(request), bytes.fromhex(reply)
capability = Capability(header["capability"], holder)
body = request[8 + int.from_bytes(request[4:8], "little"):]
head = capability.head(body, header["id"], header["client"], header["ttlMs"], header["expiresAt"])
def decode(reply, request_sha256):
    try:
        return capability.decode_reply(reply, header["id"], request_sha256)[1].hex()
    except SocketError as error:
        return error.code
sha256 = decode_reply(reply, header["id"])[0]["requestSha256"]
forged = [decode(reply[:at] + bytes([reply[at] ^ 1]) + reply[at + 1:], sha256) for at in range(len(reply))]
print(json.dumps([(head + body).hex(), decode(reply, sha256), decode(reply, "0" * 64), sorted(set(forged))]))
`;
  const input = JSON.stringify([
    hex("request-signed").toString("hex"),
    hex("reply-signed").toString("hex"),
    json("request-signed-header"),
    holder,
  ]);
  const { stdout, stderr } = spawnSync("python3", ["-c", script], { input, encoding: "utf8" });
  if (stderr.includes("no cryptography")) skipVisibly(context, "no Debian package python3-cryptography");
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual([
    hex("request-signed").toString("hex"),
    "ffffffffff0000ff",
    "untrusted_reply",
    ["untrusted_reply"],
  ]);
});

test("computes the checksums of the page", () => {
  const [sentence = ""] = /^Checksums: .*$/m.exec(page) ?? [];
  const [ascii, ...sums] = [...sentence.matchAll(/`([0-9a-f]{8})`/g)].map(([, sum = ""]) =>
    parseInt(sum, 16),
  );
  const lengths = [...sentence.matchAll(/([0-9,]{9}) /g)].map(([, length = ""]) => count(length));
  expect(payloadChecksum(Buffer.from("123456789"))).toBe(ascii);
  const bytes = Buffer.alloc(Math.max(...lengths), Buffer.from(Array.from({ length: 251 }, (_, i) => i)));
  expect(lengths.map((length) => payloadChecksum(bytes.subarray(0, length)))).toEqual(sums);
  expect(sums).toHaveLength(3);
});

test("parses the request names of the page and no others", () => {
  const { requests, others } = json("names") as Record<"requests" | "others", readonly string[]>;
  for (const name of requests) expect(parseRequestName(name)).toBeDefined();
  for (const name of others) expect(parseRequestName(name)).toBeUndefined();
});

function count(text: string): number {
  return Number(text.replaceAll(",", ""));
}

test("has the limits of the page", () => {
  const rows = [...page.matchAll(/^\| `(\w+)` +\| ([0-9,]+) +\| ([0-9,]+|any) +\|/gm)];
  const defaults = Object.fromEntries(rows.map(([, key = "", value = ""]) => [key, count(value)]));
  expect(defaults).toEqual(DEFAULT_SERVER_LIMITS);
  for (const [, key = "", , most = ""] of rows) {
    if (most === "any") continue;
    const limits = (value: number): ServerLimits => completeLimits({ [key]: value });
    expect(limits(count(most))).toMatchObject({ [key]: count(most) });
    expect(() => limits(count(most) + 1)).toThrow(RangeError);
  }
  expect(page).toContain(`a reply of ${REUSE_BYTES.toLocaleString("en")} bytes or more`);
});

test("server.json has the keys of the page", async () => {
  const { dir } = await serve();
  const found = JSON.parse(readFileSync(`${dir}/v1/server.json`, "utf8")) as object;
  const shown = json("server-descriptor") as object;
  expect(Object.keys(found)).toEqual(Object.keys(shown));
  expect(shown).toMatchObject({ limits: DEFAULT_SERVER_LIMITS });
});

test("the page lists every error code", () => {
  const source = readFileSync(new URL("../src/errors.ts", import.meta.url), "utf8");
  const [, union = ""] = /type RequestErrorCode =([^;]*);/.exec(source) ?? [];
  const codes = [...union.matchAll(/"(FSOCK_\w+)"/g)].map(([, code]) => code);
  const listed = [...page.matchAll(/^\| `(FSOCK_\w+)`/gm)].map(([, code]) => code);
  expect(listed).toEqual(codes);
});
