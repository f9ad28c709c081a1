import { createHash, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { createKey } from "@gvpie/capability";
import type { SeededRandom } from "@gvpie/testing";
import { type Holder, type Issuer, narrow } from "./issuer.ts";
import { bytesOfRequest, type RequestFile, signRequest } from "./signed-request.ts";

/** A request that must be refused. */
export interface MutatedRequest {
  readonly kind: string;
  readonly id: string;
  readonly content: Buffer;
}

/** The capabilities that the mutations start from. */
export interface Material {
  readonly audience: string;
  /** Three blocks; the last key signs. */
  readonly valid: Holder;
  readonly other: Holder;
  readonly expired: Holder;
  readonly early: Holder;
  readonly elsewhere: Holder;
  /** By a root key that the server does not know. */
  readonly stranger: Holder;
  /** The second of three blocks is revoked. */
  readonly revoked: Holder;
}

/** Issues the capabilities of {@link mutatedRequest}, and revokes one. */
export async function createMaterial(issuer: Issuer): Promise<Material> {
  const chain = async (): Promise<Holder> => narrow(await narrow(await issuer.issue()), { fuel: 1000 });
  const now = Math.floor(Date.now() / 1000);
  const revoked = await chain();
  issuer.revoke([blockId(blocksOf(revoked.text)[1] ?? "")]);
  return {
    audience: issuer.audience,
    valid: await chain(),
    other: await chain(),
    expired: await narrow(await issuer.issue(), { expires: now - 1 }),
    early: await narrow(await issuer.issue(), { notBefore: now + 3600 }),
    elsewhere: await issuer.issue({ audience: [createHash("sha256").digest("base64url")] }),
    stranger: await issuer.issue({}, await createKey()),
    revoked,
  };
}

type Mutation = (random: SeededRandom) => RequestFile | { readonly id: string; readonly content: Buffer };

/** Generates a request of a random kind that must be refused, under the name of `client`. */
export function mutatedRequest(random: SeededRandom, material: Material, client: string): MutatedRequest {
  const { audience, valid } = material;
  const ask = (
    holder: Pick<Holder, "text" | "key">,
    claims?: Readonly<Record<string, unknown>>,
  ): RequestFile => signRequest({ holder, audience, client, claims });
  const token = (change: (text: string) => string): RequestFile => {
    const text = change(valid.text);
    return ask({ text: text === valid.text ? `${text}~` : text, key: valid.key });
  };
  const header = (change: (header: string) => string): RequestFile => {
    const request = ask(valid);
    return { ...request, header: change(request.header) };
  };
  const payload = (change: (payload: Record<string, unknown>) => unknown): RequestFile => {
    // A holder can sign any block with its own key: the reader must refuse what the writer would not write.
    const next = generateKeyPairSync("ed25519");
    const { kty, crv, x } = next.publicKey.export({ format: "jwk" });
    const first = signedText(valid.text);
    const fields = {
      jti: createHash("sha256").update(String(random.next())).digest().subarray(0, 16).toString("base64url"),
      parent: createHash("sha256").update(first).digest("base64url"),
      cnf: { jwk: { kty, crv, x } },
      limits: {},
    };
    const changed = change(fields);
    const body = typeof changed === "string" ? changed : JSON.stringify(changed);
    return ask({ text: `${valid.text}~${block(PROTECTED, body, valid.key)}`, key: next.privateKey });
  };
  const kinds: Readonly<Record<string, Mutation>> = {
    "a token with another character": () => token((text) => replaceOne(random, text)),
    "a truncated token": () => token((text) => text.slice(0, 1 + random.below(text.length - 1))),
    "a token without one block": () => token((text) => without(blocksOf(text), random.below(2)).join("~")),
    "a reordered token": () => token((text) => swapped(blocksOf(text), random.below(3)).join("~")),
    "a token spliced from two": () =>
      token((text) => {
        const [blocks, others] = [blocksOf(text), blocksOf(material.other.text)];
        const cut = 1 + random.below(2);
        return [...blocks.slice(0, cut), ...others.slice(cut)].join("~");
      }),
    "nine blocks": () => token((text) => `${text}~${text}~${text}`),
    "1 MiB of token": () => header((text) => text.replace(/"capability":"/, `$&${"A".repeat(2 ** 20)}`)),
    "alg none": () => payloadWithHeader(material, client, random, { alg: "none", typ: "gvpie-capability" }),
    "alg ES256": () => payloadWithHeader(material, client, random, { alg: "ES256", typ: "gvpie-capability" }),
    "another curve": () =>
      payload((fields) => ({ ...fields, cnf: { jwk: { kty: "OKP", crv: "X25519", x: "A".repeat(43) } } })),
    "an unknown limit": () => payload((fields) => ({ ...fields, limits: { [`x${random.next()}`]: 1 } })),
    "a limit of another type": () =>
      payload((fields) => ({
        ...fields,
        limits: {
          [random.pick(["pixels", "fuel", "backends", "expires"])]: random.pick(["1", null, 1.5, -1, {}]),
        },
      })),
    "duplicate keys": () => payload((fields) => JSON.stringify(fields).replace(/^\{/, '{"limits":{},')),
    "an unknown claim": () => payload((fields) => ({ ...fields, admin: true })),
    "an expired token": () => ask(material.expired),
    "a token that is not yet valid": () => ask(material.early),
    "a token for another server": () => ask(material.elsewhere),
    "a token of another root": () => ask(material.stranger),
    "a revoked block in the middle": () => ask(material.revoked),
    "a token without its key": () => ask({ text: valid.text, key: material.other.key }),
    "a request for another server": () => ask(valid, { audience: replaceOne(random, audience) }),
    "an expired proof": () => ask(valid, { expiresAt: Date.now() - 1 - random.below(1e6) }),
    "a proof of more than 60 s": () => ask(valid, { expiresAt: Date.now() + 61_000 + random.below(1e9) }),
    "another id": () => ask(valid, { id: "01ARZ3NDEKTSV4RRFFQ69G5FAV" }),
    "another client": () => ask(valid, { client: "1-1-x" }),
    "an unknown key in the header": () => ask(valid, { [`x${random.below(9)}`]: 1 }),
    "another hash of the body": () => ask(valid, { sha256: "0".repeat(64) }),
    "a changed body": () => {
      const request = ask(valid);
      return { ...request, body: Buffer.from(replaceOne(random, request.body.toString("latin1")), "latin1") };
    },
    "a changed header": () => header((text) => replaceOne(random, text)),
    "a changed bit": () => {
      const request = ask(valid);
      const content = bytesOfRequest(request);
      const at = random.below(content.length);
      content[at] = (content[at] ?? 0) ^ (1 << random.below(8));
      return { id: request.id, content };
    },
    "a truncated file": () => {
      const request = ask(valid);
      const content = bytesOfRequest(request);
      return { id: request.id, content: content.subarray(0, random.below(content.length)) };
    },
    "a header of 4 GiB": () => {
      const request = ask(valid);
      const content = bytesOfRequest(request);
      content.writeUInt32LE(0xffff_ffff - random.below(1000), 4);
      return { id: request.id, content };
    },
  };
  const kind = random.pick(Object.keys(kinds));
  const made = kinds[kind]?.(random) ?? ask(material.stranger);
  return { kind, id: made.id, content: "content" in made ? made.content : bytesOfRequest(made) };
}

const PROTECTED = { alg: "EdDSA", typ: "gvpie-capability" };

function payloadWithHeader(
  { valid, audience }: Material,
  client: string,
  random: SeededRandom,
  protectedHeader: object,
): RequestFile {
  const { kty, crv, x } = valid.jwk;
  const fields = {
    jti: createHash("sha256").update(String(random.next())).digest().subarray(0, 16).toString("base64url"),
    parent: createHash("sha256").update(signedText(valid.text)).digest("base64url"),
    cnf: { jwk: { kty, crv, x } },
    limits: {},
  };
  const text = `${valid.text}~${block(protectedHeader, JSON.stringify(fields), valid.key)}`;
  return signRequest({ holder: { text, key: valid.key }, audience, client });
}

function block(protectedHeader: object, payload: string, key: KeyObject): string {
  const encode = (text: string): string => Buffer.from(text).toString("base64url");
  const signed = `${encode(JSON.stringify(protectedHeader))}.${encode(payload)}`;
  return `${signed}.${sign(null, Buffer.from(signed), key).toString("base64url")}`;
}

/** Returns the signed text of the last block. */
function signedText(text: string): string {
  return (blocksOf(text).at(-1) ?? "").replace(/\.[^.]*$/, "");
}

function blockId(text: string): string {
  return createHash("sha256").update(signedText(text)).digest("base64url");
}

function blocksOf(text: string): string[] {
  return text.split("~");
}

function without(blocks: readonly string[], number: number): string[] {
  return blocks.filter((_, index) => index !== number);
}

function swapped(blocks: readonly string[], number: number): string[] {
  const other = (number + 1) % blocks.length;
  return blocks.map((one, index) => {
    if (index === number) return blocks[other] ?? one;
    return index === other ? (blocks[number] ?? one) : one;
  });
}

/** Replaces one character by another one of base64url. */
function replaceOne(random: SeededRandom, text: string): string {
  const at = random.below(text.length);
  const others = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".replace(
    text[at] ?? "",
    "",
  );
  return text.slice(0, at) + random.pick(Array.from(others)) + text.slice(at + 1);
}
