import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { closeSync, fchmodSync, fsyncSync, openSync, unlinkSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { PrivateKey, PublicKey } from "@gvpie/capability";
import { CapabilityFileError } from "./errors.ts";
import { fileError, readText, requireIrreplaceable } from "./file.ts";

const MAX_KEY_BYTES = 4096;
const MAX_CAPABILITY_BYTES = 8192;
const PRIVATE = "a private key";
const PUBLIC = "a public key";
/** 32 bytes in base64url: the last character has two bits that must be zero. */
const BYTES_32 = /^[\w-]{42}[AEIMQUYcgkosw048]$/;

/**
 * Reads an Ed25519 private key, a JWK. The file must belong to this user and have no access for others.
 *
 * @throws {CapabilityFileError}
 */
export function readPrivateKey(path: string): PrivateKey {
  const file = resolve(path);
  const jwk = parseKey(file, PRIVATE, readSecret(file));
  const { d } = jwk;
  if (d === undefined) {
    throw invalid(file, "expected a private key, got a public one; name the file without .pub");
  }
  if (!isBytes32(d)) {
    throw invalid(file, "expected 32 bytes in base64url as `d` of a private key, got another value");
  }
  const key: PrivateKey = { ...publicPart(file, jwk), d };
  // A signature under a public key that does not belong to the seed discloses the seed.
  if (publicKeyOfSeed(key) !== key.x) {
    throw invalid(file, "expected `x` and `d` of one private key, got those of two; make a new key pair");
  }
  return key;
}

/**
 * Reads an Ed25519 public key, a JWK. The file must belong to this user or root, and no other user may be able to change it
 * or replace it.
 *
 * @throws {CapabilityFileError}
 */
export function readPublicKey(path: string): PublicKey {
  const file = resolve(path);
  const jwk = parseKey(
    file,
    PUBLIC,
    readText(file, { what: PUBLIC, protection: "trusted", maxBytes: MAX_KEY_BYTES }),
  );
  if (jwk.d !== undefined) {
    throw invalid(file, "expected a public key, got a private one; name the file that ends in .pub");
  }
  return publicPart(file, jwk);
}

/**
 * Makes an Ed25519 key pair: writes the private key to `path` with mode 0600, and the public key to `path.pub` with mode 0644.
 *
 * @throws {CapabilityFileError} `CAPFILE_EXISTS` if one of the files exists; then nothing is written.
 */
export function writeKeyPair(path: string): PublicKey {
  const file = resolve(path);
  requireIrreplaceable(file, PRIVATE);
  const { kty, crv, x, d } = generateKeyPairSync("ed25519").privateKey.export({
    format: "jwk",
  }) as PrivateKey;
  create(file, { kty, crv, x, d }, 0o600);
  try {
    create(`${file}.pub`, { kty, crv, x }, 0o644);
  } catch (error) {
    unlinkSync(file);
    throw error;
  }
  return { kty, crv, x };
}

/** Returns the key in the form in which `node:crypto` and file sockets take it. */
export function keyObjectOf({ kty, crv, x, d }: PrivateKey): KeyObject {
  return createPrivateKey({ key: { kty, crv, x, d }, format: "jwk" });
}

/**
 * Reads a capability. It is not a secret: only the holder of its last key can use it.
 *
 * @returns its text without the line feed; the text is not verified.
 * @throws {CapabilityFileError}
 */
export function readCapability(path: string): string {
  const file = resolve(path);
  const maxBytes = MAX_CAPABILITY_BYTES + 2;
  return readText(file, { what: "a capability", protection: "open", maxBytes }).replace(/\r?\n$/, "");
}

function readSecret(file: string): string {
  try {
    return readText(file, { what: PRIVATE, protection: "secret", maxBytes: MAX_KEY_BYTES });
  } catch (error) {
    // To give a public key the mode of a private one would not help.
    const isUnsafe = error instanceof CapabilityFileError && error.code === "CAPFILE_UNSAFE";
    if (!isUnsafe || !file.endsWith(".pub")) throw error;
    const message = "expected a private key, got a file of a public one; name the file without .pub";
    throw new CapabilityFileError("CAPFILE_UNSAFE", file, message, { cause: error });
  }
}

function create(path: string, jwk: object, mode: number): void {
  let fd: number;
  try {
    fd = openSync(path, "wx", mode);
  } catch (error) {
    const found = fileError(path, "cannot write a key; choose another path", error);
    if (!(found instanceof CapabilityFileError) || found.code !== "CAPFILE_EXISTS") throw found;
    const message = "expected a path where no file exists, got that of a file; choose another path";
    throw new CapabilityFileError("CAPFILE_EXISTS", path, message, { cause: error });
  }
  try {
    fchmodSync(fd, mode);
    writeFileSync(fd, `${JSON.stringify(jwk)}\n`);
    fsyncSync(fd);
  } catch (error) {
    unlinkSync(path);
    throw fileError(path, "cannot write a key", error);
  } finally {
    closeSync(fd);
  }
}

type Jwk = Readonly<Partial<Record<string, unknown>>>;

function parseKey(path: string, what: string, text: string): Jwk {
  let jwk: unknown;
  try {
    jwk = JSON.parse(text);
  } catch {
    // The parser's message quotes the text, which may be a secret.
    throw invalid(path, `expected ${what} as a JSON Web Key, got text that is not JSON`);
  }
  if (typeof jwk === "object" && jwk !== null && !Array.isArray(jwk)) return jwk as Jwk;
  throw invalid(path, `expected ${what} as a JSON Web Key, got other JSON`);
}

/** Members that a JWK may have besides, such as `kid`, are ignored (RFC 7517 §4). */
function publicPart(path: string, { kty, crv, x }: Jwk): PublicKey {
  if (kty !== "OKP" || crv !== "Ed25519") {
    throw invalid(
      path,
      'expected a key with `kty` "OKP" and `crv` "Ed25519", got another kind; run gvpie capability keygen',
    );
  }
  if (!isBytes32(x)) throw invalid(path, "expected 32 bytes in base64url as `x` of a key, got another value");
  return { kty, crv, x };
}

function isBytes32(value: unknown): value is string {
  return typeof value === "string" && BYTES_32.test(value);
}

function publicKeyOfSeed(key: PrivateKey): unknown {
  return createPublicKey(keyObjectOf(key)).export({ format: "jwk" }).x;
}

function invalid(path: string, message: string): CapabilityFileError {
  return new CapabilityFileError("CAPFILE_INVALID", path, message);
}
