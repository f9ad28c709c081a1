import { FileSocketError, RequestError } from "@gvpie/file-socket";
import { type FuzzTarget, outcomeOf, textMutator } from "@gvpie/testing/fuzz";
import { decodeHead, errorHead, pictureHead, pongHead, type ReplySigner } from "../../src/protocol/reply.ts";
import { checkSignedHead, checkSignedPayload } from "../../src/protocol/reply-trust.ts";
import { OTHER_KEY, SERVER, SERVER_KEY } from "../support/keys.ts";
import { headMutator } from "./support/mutate-head.ts";

const ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const TIMINGS = { queuedMs: 1.5, renderMs: 2 };
const requestSha256 = "0".repeat(64);
const KEYS = [
  "id",
  "status",
  "width",
  "bytes",
  "error",
  "requestSha256",
  "payloadSha256",
  "serverKey",
  "signature",
];
const signer: ReplySigner = { requestSha256, serverKey: SERVER_KEY.x, key: SERVER_KEY.key };
const data = new Uint8Array(4 * 2 * 4).fill(200);
const picture = { width: 4, height: 2, data, backend: "cpu", adapter: "cpu" };
const busy = new RequestError({ status: "busy", code: "FSOCK_OVERLOADED", message: "busy", retryAfterMs: 5 });

function pictureReply(id: string, by?: ReplySigner): Buffer {
  return Buffer.concat([pictureHead(id, picture, TIMINGS, by), data]);
}

const genuine = [pictureReply(ID, signer), pongHead(ID, TIMINGS, signer), errorHead(ID, busy, signer)];
const SIGNED: ReadonlySet<string> = new Set(genuine.map((reply) => meaningOf(reply)));

/** Checks a reply as a client with a capability does, and returns what the client uses of it. */
function meaningOf(reply: Uint8Array): string {
  const { header, payloadOffset } = decodeHead(reply, reply.length);
  checkSignedHead(reply.subarray(0, payloadOffset), header, { id: ID, server: SERVER, requestSha256 });
  const payload = reply.subarray(payloadOffset);
  checkSignedPayload(header, payload);
  return `${JSON.stringify(header)} ${Buffer.from(payload).toString("hex")}`;
}

export const target: FuzzTarget = {
  reads: "signed replies, as a client with a capability reads them",
  maxCorpusBytes: 1_536,
  weight: 40,
  seeds: () => [
    ...genuine,
    pictureReply(ID),
    errorHead(ID, busy),
    pictureReply(ID, { ...signer, serverKey: OTHER_KEY.x, key: OTHER_KEY.key }),
    pictureReply(ID, { ...signer, key: OTHER_KEY.key }),
    pictureReply(ID, { ...signer, requestSha256: "1".repeat(64) }),
    pictureReply("01ARZ3NDEKTSV4RRFFQ69G5FAW", signer),
  ],
  mutate: headMutator(
    textMutator([...KEYS, SERVER_KEY.x, "null", '"', ",", ":", "{", "}", "\\", " "], 8_192),
  ),
  run(input) {
    try {
      if (SIGNED.has(meaningOf(input))) return "accepted";
    } catch (error) {
      if (error instanceof FileSocketError) return outcomeOf(error.code, error.message);
      throw error;
    }
    throw new Error("accepted a reply that the server did not sign");
  },
};
