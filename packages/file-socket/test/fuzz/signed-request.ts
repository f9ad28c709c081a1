import { RequestError } from "@gvpie/file-socket";
import { type FuzzTarget, outcomeOf, textMutator } from "@gvpie/testing/fuzz";
import {
  checkBody,
  checkProof,
  checkRequestHeader,
  decodeRequestHead,
  hasRequestHead,
  type RequestClaims,
  requestHead,
  requestHeadBytes,
} from "../../src/protocol/request-head.ts";
import { thumbprintOf } from "../../src/protocol/signed-head.ts";
import { HOLDER_KEY, OTHER_KEY, SERVER } from "../support/keys.ts";
import { headMutator } from "./support/mutate-head.ts";

const NOW = 1_795_612_345_678;
const NAME = { id: "01ARZ3NDEKTSV4RRFFQ69G5FAV", client: "4711-160428-9386104d30ff" };
const OTHER_NAME = { ...NAME, id: "01ARZ3NDEKTSV4RRFFQ69G5FAW" };
const KEYS = ["capability", "audience", "id", "client", "ttlMs", "expiresAt", "sha256", "signature"];

/** Returns a request that the holder, or another client, has signed. */
function request(change: Partial<RequestClaims> = {}, { key } = HOLDER_KEY, body = "{}"): Buffer {
  const claims = {
    ...NAME,
    capability: "a.b.c",
    audience: SERVER,
    ttlMs: 500,
    expiresAt: NOW + 500,
    ...change,
  };
  return Buffer.concat([requestHead(claims, Buffer.from("{}"), key), Buffer.from(body)]);
}

const genuine = request();
const { header: SIGNED } = read(genuine);

function read(file: Uint8Array): { readonly header: ReturnType<typeof decodeRequestHead> } {
  const head = file.subarray(0, requestHeadBytes(file, file.length));
  const header = decodeRequestHead(head, NAME);
  checkRequestHeader(header, SERVER, NOW);
  checkProof(head, HOLDER_KEY);
  checkBody(header, file.subarray(head.length));
  return { header };
}

export const target: FuzzTarget = {
  reads: "requests with a capability, checked as a server does before it reads the body",
  maxCorpusBytes: 1_024,
  weight: 40,
  seeds: () => [
    genuine,
    request({}, HOLDER_KEY, "{ }"),
    request({}, OTHER_KEY),
    request({ audience: thumbprintOf(OTHER_KEY.x) }),
    request({ expiresAt: NOW }),
    request({ expiresAt: NOW + 60_001 }),
    request(OTHER_NAME),
    Buffer.from("{}"),
  ],
  mutate: headMutator(textMutator([...KEYS, SERVER, "null", '"', ",", ":", "{", "}", "\\", " "], 20_000)),
  run(input) {
    if (!hasRequestHead(input)) return "without a head";
    try {
      const { header } = read(input);
      if (JSON.stringify(header) === JSON.stringify(SIGNED)) return "accepted";
      throw new Error("accepted a header that the holder did not sign");
    } catch (error) {
      if (error instanceof RequestError) return outcomeOf(error.code, error.message);
      throw error;
    }
  },
};
