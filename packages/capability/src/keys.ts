import { calculateJwkThumbprint, type CryptoKey, exportJWK, generateKeyPair } from "jose";
import { BASE64URL_32, decodeBase64url, encodeBase64url, webCrypto } from "./encoding.ts";
import { CapabilityError } from "./errors.ts";
import { shown } from "./shown.ts";
import type { PrivateKey, PublicKey } from "./types.ts";

/**
 * The points whose order divides 8, as y in base64url without the sign bit. No private key is needed to sign for such a key:
 * Node accepts one signature for many messages, browsers none.
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  "7P_______________________________________38",
  "xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o",
  "JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU",
]);

/**
 * Generates a key pair.
 *
 * @throws {CapabilityError} `CAP_NO_ED25519`
 */
export async function createKey(): Promise<PrivateKey> {
  webCrypto();
  const pair = await generateKeyPair("EdDSA", { extractable: true }).catch((cause: unknown) => {
    throw withoutEd25519(cause);
  });
  const { x = "", d = "" } = await exportJWK(pair.privateKey);
  return Object.freeze({ kty: "OKP", crv: "Ed25519", x, d });
}

/** Returns the public part of a key. */
export function publicKeyOf(key: PublicKey): PublicKey {
  return checkPublicKey({ kty: key.kty, crv: key.crv, x: key.x });
}

/** Returns the RFC 7638 SHA-256 thumbprint of a key, public or private, in base64url. */
export async function thumbprintOf(key: PublicKey): Promise<string> {
  const { kty, crv, x } = publicKeyOf(key);
  webCrypto();
  return await calculateJwkThumbprint({ kty, crv, x });
}

/**
 * Checks the form of a public key from outside and returns a frozen copy of it.
 *
 * @throws {CapabilityError} `CAP_BAD_KEY`, `CAP_UNKNOWN_CLAIM`
 */
export function checkPublicKey(value: unknown, block?: number): PublicKey {
  const bad = (expected: string, got: unknown): CapabilityError =>
    new CapabilityError("CAP_BAD_KEY", `expected ${expected}, got ${shown(got)}`, { block });
  if (typeof value !== "object" || value === null) throw bad("a key to be a JSON Web Key", value);
  const { kty, crv, x, ...rest } = value as Readonly<Record<string, unknown>>;
  if (kty !== "OKP") throw bad('a key whose "kty" is "OKP"', kty);
  if (crv !== "Ed25519") throw bad('a key whose "crv" is "Ed25519"', crv);
  if (typeof x !== "string" || !BASE64URL_32.test(x)) {
    throw bad('a key whose "x" is 32 bytes in base64url', x);
  }
  const [other] = Object.keys(rest);
  if (other !== undefined) {
    throw new CapabilityError(
      "CAP_UNKNOWN_CLAIM",
      `expected a public key with only kty, crv and x, got ${shown(other)}`,
      { block, advice: other === "d" ? '"d" is the private key: make a new one' : undefined },
    );
  }
  checkPoint(x, bad);
  return Object.freeze({ kty, crv, x });
}

/** RFC 8032 §5.1.3: the y of a key is less than p = 2²⁵⁵ − 19, so that a key has one encoding and one thumbprint. */
function checkPoint(x: string, bad: (expected: string, got: unknown) => CapabilityError): void {
  const bytes = decodeBase64url(x) ?? new Uint8Array(32);
  const sign = bytes[31] ?? 0;
  bytes[31] = sign & 0x7f;
  const isBelowP =
    bytes[31] < 0x7f || (bytes[0] ?? 0) < 0xed || bytes.subarray(1, 31).some((byte) => byte < 0xff);
  if (!isBelowP) throw bad('a key whose "x" is less than the modulus', x);
  if (SMALL_ORDER.has(encodeBase64url(bytes))) throw bad("a key that is not of small order", x);
}

/**
 * Imports a public key whose form has been checked.
 *
 * @throws {CapabilityError} `CAP_BAD_KEY`, `CAP_NO_ED25519`
 */
export async function importPublicKey(key: PublicKey, block?: number): Promise<CryptoKey> {
  const { kty, crv, x } = key;
  return await importKey({ kty, crv, x }, block);
}

/**
 * Checks and imports a private key.
 *
 * @throws {CapabilityError} `CAP_BAD_KEY`, `CAP_NO_ED25519`
 */
export async function importPrivateKey(key: PrivateKey): Promise<CryptoKey> {
  const { kty, crv, x } = publicKeyOf(key);
  const { d } = key;
  // The message must not quote a private key.
  if (typeof d !== "string" || !BASE64URL_32.test(d)) {
    throw new CapabilityError(
      "CAP_BAD_KEY",
      'expected a private key whose "d" is 32 bytes in base64url, got none',
    );
  }
  return await importKey({ kty, crv, x, d });
}

async function importKey(jwk: JsonWebKey, block?: number): Promise<CryptoKey> {
  const isPrivate = jwk.d !== undefined;
  const subtle = webCrypto();
  try {
    return await subtle.importKey("jwk", jwk, "Ed25519", false, [isPrivate ? "sign" : "verify"]);
  } catch (cause) {
    if (!(cause instanceof Error) || cause.name === "NotSupportedError") throw withoutEd25519(cause);
    const expected = isPrivate ? 'a key pair whose "d" belongs to its "x"' : "a point of the curve";
    throw new CapabilityError("CAP_BAD_KEY", `expected ${expected}, got another key`, { block, cause });
  }
}

function withoutEd25519(cause: unknown): CapabilityError {
  return new CapabilityError("CAP_NO_ED25519", "expected a WebCrypto with Ed25519, got one without", {
    advice: "use Node 22 or later, or a browser that has Ed25519",
    cause,
  });
}
