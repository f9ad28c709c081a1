import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { waitUntil } from "@gvpie/testing";
import type { RequestError } from "../../src/errors.ts";
import { type ClientCapability, type RenderReply } from "../../src/types.ts";
import { parseRequestName } from "../../src/protocol/names.ts";
import {
  bytesOf,
  decodeReply,
  errorHead,
  pictureHead,
  pongHead,
  type ReplySigner,
} from "../../src/protocol/reply.ts";
import {
  checkBody,
  checkProof,
  checkRequestHeader,
  decodeRequestHead,
  hasRequestHead,
  requestHeadBytes,
  type RequestHeader,
} from "../../src/protocol/request-head.ts";
import { sha256Of } from "../../src/protocol/signed-head.ts";
import { treeOf } from "../../src/protocol/tree.ts";
import { createTree } from "../../src/server/served-directory.ts";
import { HOLDER_KEY, SERVER, SERVER_KEY, type TestKey } from "./keys.ts";
import { newSocketPath } from "./serve.ts";

const TIMINGS = { queuedMs: 0.25, renderMs: 0.031 };

/** Returns a text with the form of a capability. A client reads only its keys and its audience. */
export function capabilityText(
  blocks: readonly { readonly x: unknown; readonly audience?: unknown }[],
): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return blocks
    .map(({ x, audience }) =>
      [
        part({ alg: "EdDSA", typ: "gvpie-capability" }),
        part({ cnf: { jwk: { kty: "OKP", crv: "Ed25519", x } }, limits: { audience } }),
        "c2lnbmF0dXJl",
      ].join("."),
    )
    .join("~");
}

/** A capability of {@link HOLDER_KEY} for the server of {@link SERVER_KEY}. */
export const CAPABILITY: ClientCapability = {
  text: capabilityText([{ x: HOLDER_KEY.x, audience: [SERVER] }]),
  key: HOLDER_KEY.key,
};

/** A request that a {@link HandServer} has taken. */
export interface TakenRequest {
  readonly id: string;
  readonly client: string;
  readonly bytes: Buffer;
  /** Undefined for a request without a capability. */
  readonly head: Buffer | undefined;
  readonly header: RequestHeader | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The directory of a server whose steps a test performs one by one. */
export class HandServer {
  readonly dir: string = newSocketPath();
  readonly tree = treeOf(this.dir);

  constructor() {
    mkdirSync(this.tree.v1, { recursive: true, mode: 0o700 });
    createTree(this.tree);
  }

  /** Takes the next request. Checks its head as a server does, with the key of the holder. */
  async next(holder: TestKey = HOLDER_KEY): Promise<TakenRequest> {
    const [name = ""] = await waitUntil(() => {
      const names = readdirSync(this.tree.new);
      return names.length > 0 && names;
    });
    const { id = "", client = "" } = parseRequestName(name) ?? {};
    const bytes = readFileSync(`${this.tree.new}/${name}`);
    rmSync(`${this.tree.new}/${name}`);
    const parse = (body: Buffer): TakenRequest["body"] => JSON.parse(body.toString()) as TakenRequest["body"];
    if (!hasRequestHead(bytes)) {
      return { id, client, bytes, head: undefined, header: undefined, body: parse(bytes) };
    }
    const head = bytes.subarray(0, requestHeadBytes(bytes, bytes.length));
    const body = bytes.subarray(head.length);
    const header = decodeRequestHead(head, { id, client });
    checkRequestHeader(header, SERVER, Date.now());
    checkProof(head, holder);
    checkBody(header, body);
    return { id, client, bytes, head, header, body: parse(body) };
  }

  /** Publishes any bytes as the reply to a request. */
  publish({ id, client }: TakenRequest, bytes: Uint8Array): void {
    const staged = `${this.tree.run}/${id}.${client}.rep`;
    writeFileSync(staged, bytes);
    renameSync(staged, `${this.tree.out}/${client}/${id}.rep`);
  }
}

/** Returns the signer of the replies to a request. */
export function signerOf({ head }: TakenRequest, { key, x }: TestKey = SERVER_KEY): ReplySigner {
  if (head === undefined) throw new Error("expected a request with a capability");
  return { requestSha256: sha256Of(head), serverKey: x, key };
}

export function pictureReply(id: string, picture: RenderReply, signer?: ReplySigner): Buffer {
  return Buffer.concat([pictureHead(id, picture, TIMINGS, signer), bytesOf(picture.data)]);
}

export function pongReply(id: string, signer?: ReplySigner): Buffer {
  return pongHead(id, TIMINGS, signer);
}

export function errorReply(id: string, error: RequestError, signer?: ReplySigner): Buffer {
  return errorHead(id, error, signer);
}

/** Returns the reply with other values in its header, and its signature as it was. */
export function withHeader(reply: Buffer, change: Readonly<Record<string, unknown>>): Buffer {
  const { header, payload } = decodeReply(reply);
  const json = JSON.stringify({ ...header, ...change });
  const start = Buffer.from(`GVR1....${json}`);
  start.writeUInt32LE(start.length - 8, 4);
  return Buffer.concat([start, payload]);
}
