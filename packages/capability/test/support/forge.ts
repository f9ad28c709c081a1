// Makes blocks of any form with node:crypto, without the code under test.
import { createHash, createPrivateKey, sign } from "node:crypto";
import type { PrivateKey, PublicKey } from "@gvpie/capability";

/** Header, payload and signature of one block; a string is taken as it is, another value as JSON. */
export interface Forgery {
  readonly header?: unknown;
  readonly payload: unknown;
  /** Signs the block. */
  readonly by: PrivateKey;
}

const HEADER = { alg: "EdDSA", typ: "gvpie-capability" };
const JTI = "AAAAAAAAAAAAAAAAAAAAAA";

function encoded(part: unknown): string {
  const bytes = Buffer.isBuffer(part)
    ? part
    : Buffer.from(typeof part === "string" ? part : JSON.stringify(part));
  return bytes.toString("base64url");
}

/** Returns a compact JWS. */
export function forge({ header = HEADER, payload, by }: Forgery): string {
  const signed = `${encoded(header)}.${encoded(payload)}`;
  return `${signed}.${signAs(by, signed)}`;
}

/** Returns the signature of a text in base64url. */
export function signAs({ kty, crv, x, d }: PrivateKey, text: string): string {
  const key = createPrivateKey({ key: { kty, crv, x, d }, format: "jwk" });
  return sign(null, Buffer.from(text), key).toString("base64url");
}

/** Returns the id of a block. */
export function idOf(jws: string): string {
  const signed = jws.slice(0, jws.lastIndexOf("."));
  return createHash("sha256").update(signed).digest("base64url");
}

/** Returns the RFC 7638 thumbprint of a key. */
export function thumbprint({ kty, crv, x }: PublicKey): string {
  return createHash("sha256").update(JSON.stringify({ crv, kty, x })).digest("base64url");
}

/** Returns the header of a first block. */
export function firstHeader(root: PublicKey): object {
  return { alg: "EdDSA", kid: thumbprint(root), typ: "gvpie-capability" };
}

/** Returns a valid payload, with some claims replaced; `undefined` leaves a claim out. */
export function claims(to: PublicKey, limits: unknown, replaced: object = {}): Record<string, unknown> {
  const { kty, crv, x } = to;
  return { jti: JTI, cnf: { jwk: { kty, crv, x } }, limits, ...replaced };
}
