import { createPrivateKey, type KeyObject } from "node:crypto";
import { dirname } from "node:path";
import { readFileSync, rmSync } from "node:fs";
import {
  type CapabilityGrant,
  type CapabilityLimits,
  createAuthority,
  createKey,
  issueCapability,
  narrowCapability,
  type PrivateKey,
  publicKeyOf,
  thumbprintOf,
} from "@gvpie/capability";
import type { AuditRecord, Clock, ServerCapabilities } from "@gvpie/file-socket";
import { waitUntil } from "@gvpie/testing";
import { RawSpoolClient } from "@gvpie/testing/file-socket";
import { newId } from "../../src/protocol/names.ts";
import { decodeReply } from "../../src/protocol/reply.ts";
import type { ReplyHeader } from "../../src/protocol/reply-header.ts";
import { checkSignedHead, checkSignedPayload } from "../../src/protocol/reply-trust.ts";
import { type RequestClaims, requestHead } from "../../src/protocol/request-head.ts";
import { sha256Of } from "../../src/protocol/signed-head.ts";

/** A capability with the key of its last block. */
export interface Token {
  readonly text: string;
  readonly jwk: PrivateKey;
  readonly key: KeyObject;
}

/** Returns the key as Node has it. */
export function keyObject(jwk: PrivateKey): KeyObject {
  return createPrivateKey({ key: { ...jwk }, format: "jwk" });
}

/** The keys of an {@link Issuer}, to be passed to another process. */
export interface IssuerKeys {
  readonly root: PrivateKey;
  readonly serverKey: PrivateKey;
  readonly server: string;
}

/** A root key and a server key, with all that a test needs of them. */
export class Issuer {
  /** Ids of revoked blocks. */
  readonly revoked = new Set<string>();
  readonly records: AuditRecord[] = [];
  readonly root: PrivateKey;
  readonly serverKey: PrivateKey;
  /** Thumbprint of the server's key. */
  readonly server: string;

  static async create(): Promise<Issuer> {
    const serverKey = await createKey();
    return Issuer.of({ root: await createKey(), serverKey, server: await thumbprintOf(serverKey) });
  }

  static of({ root, serverKey, server }: IssuerKeys): Issuer {
    return new Issuer(root, serverKey, server);
  }

  private constructor(root: PrivateKey, serverKey: PrivateKey, server: string) {
    this.root = root;
    this.serverKey = serverKey;
    this.server = server;
  }

  get keys(): IssuerKeys {
    return { root: this.root, serverKey: this.serverKey, server: this.server };
  }

  /** Issues a capability of one block for this server. */
  async issue(limits: CapabilityLimits = {}, rootKey: PrivateKey = this.root): Promise<Token> {
    const jwk = await createKey();
    const to = publicKeyOf(jwk);
    const text = await issueCapability({ rootKey, to, limits: { audience: [this.server], ...limits } });
    return { text, jwk, key: keyObject(jwk) };
  }

  async narrow({ text, jwk }: Token, limits: CapabilityLimits): Promise<Token> {
    const next = await createKey();
    const narrowed = await narrowCapability(text, { key: jwk, to: publicKeyOf(next), limits });
    return { text: narrowed, jwk: next, key: keyObject(next) };
  }

  /** Returns the option of a server. Each call makes an authority of its own, as a restart does. */
  options(
    mode: "accept" | "require",
    dir: string,
    clock?: Clock,
  ): ServerCapabilities<CapabilityGrant> & { readonly authority: ReturnType<typeof createAuthority> } {
    const authority = createAuthority({
      roots: [publicKeyOf(this.root)],
      audience: this.server,
      isRevoked: (id) => this.revoked.has(id),
      ...(clock && { now: () => clock.now(), monotonic: () => clock.monotonic() }),
    });
    const key = keyObject(this.serverKey);
    const answeredFile = `${dirname(dir)}/server.answered`;
    return { mode, authority, key, answeredFile, onAudit: (record) => this.records.push(record) };
  }
}

/** The single steps of a client with a capability. */
export class SignedClient extends RawSpoolClient {
  readonly #token: Token;
  readonly #server: string;
  readonly #heads = new Map<string, string>();

  constructor(dir: string, token: Token, server: string, name?: string) {
    super(dir, name);
    this.#token = token;
    this.#server = server;
  }

  /** Returns a request file. `claims` and `body` replace what is usual in it; `key` signs it. */
  file(
    id: string,
    fields: object,
    claims: Partial<RequestClaims> = {},
    { key = this.#token.key, body }: { readonly key?: KeyObject; readonly body?: Buffer } = {},
  ): Buffer {
    const ttlMs = claims.ttlMs ?? 10_000;
    const bytes = body ?? Buffer.from(JSON.stringify({ id, ttlMs, ...fields }));
    const all = {
      capability: this.#token.text,
      audience: this.#server,
      id,
      client: this.name,
      ttlMs,
      expiresAt: Date.now() + 30_000,
      ...claims,
    };
    const head = requestHead(all, bytes, key);
    this.#heads.set(id, sha256Of(head));
    return Buffer.concat([head, bytes]);
  }

  /** Submits a render. Returns its id. */
  send(code: string, fields: object = {}, claims: Partial<RequestClaims> = {}): string {
    const id = newId();
    this.submit(id, this.file(id, { op: "render_program", code, width: 4, height: 2, ...fields }, claims));
    return id;
  }

  ping(): string {
    const id = newId();
    this.submit(id, this.file(id, { op: "ping" }));
    return id;
  }

  /** Waits for the reply, checks that the server has signed it for this request, and removes it. */
  async signedReply(id: string): Promise<{ readonly header: ReplyHeader; readonly payload: Uint8Array }> {
    await waitUntil(() => this.hasReply(id));
    const bytes = readFileSync(this.replyPath(id));
    rmSync(this.replyPath(id));
    const { header, payload } = decodeReply(bytes);
    const head = bytes.subarray(0, bytes.length - payload.length);
    checkSignedHead(head, header, { id, server: this.#server, requestSha256: this.#heads.get(id) ?? "" });
    checkSignedPayload(header, payload);
    return { header, payload };
  }

  /** Waits for a signed reply and returns its status and code: `ok`, or `forbidden CAP_EXPIRED`. */
  async outcome(id: string): Promise<string> {
    const { header } = await this.signedReply(id);
    return header.error === undefined ? header.status : `${header.status} ${header.error.code}`;
  }
}
