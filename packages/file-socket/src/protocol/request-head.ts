import type { KeyObject } from "node:crypto";
import { RequestError, type RequestErrorCode } from "../errors.ts";
import { JsonError, type JsonObject, parseJson } from "./json.ts";
import type { RequestName } from "./names.ts";
import { MAX_TTL_MS } from "./request.ts";
import {
  isHeadSignedBy,
  isSignedHead,
  PREFIX_BYTES,
  sha256Of,
  signedHead,
  thumbprintOf,
} from "./signed-head.ts";

const MAGIC = Buffer.from("GVQ1", "latin1");
/** Longest header of a request with a capability. */
export const MAX_REQUEST_HEADER_BYTES = 16_384;
/** Milliseconds that a proof may be valid: no request lives longer. */
export const MAX_PROOF_MS = 60_000;
/** The header is flat; an unknown key is to be named, so a few more values are read than it has. */
const MAX_VALUES = 64;

const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;
const SHA_256 = /^[0-9a-f]{64}$/;

/** The facts of a request that the holder of a capability signs, without its body. */
export interface RequestClaims extends RequestName {
  /** Text of the capability. */
  readonly capability: string;
  /** Thumbprint of the key of the server that is asked. */
  readonly audience: string;
  /** As in the body. */
  readonly ttlMs: number;
  /** Milliseconds since 1970 until which the proof is valid. */
  readonly expiresAt: number;
}

/** The JSON header of a request with a capability, without its signature. */
export interface RequestHeader extends RequestClaims {
  /** SHA-256 of the body in lower-case hexadecimal. */
  readonly sha256: string;
}

const KEYS: readonly (keyof RequestHeader | "signature")[] = [
  "capability",
  "audience",
  "id",
  "client",
  "ttlMs",
  "expiresAt",
  "sha256",
  "signature",
];

/** Returns the head of a request file, signed with the private key of the capability's last block; `body` follows it. */
export function requestHead(claims: RequestClaims, body: Uint8Array, key: KeyObject): Buffer {
  const { capability, audience, id, client, ttlMs, expiresAt } = claims;
  const fields = { capability, audience, id, client, ttlMs, expiresAt, sha256: sha256Of(body) };
  return signedHead(MAGIC, fields, key, 1);
}

/** True if the file that starts with these bytes, at least 4, is a request with a capability. */
export function hasRequestHead(start: Uint8Array): boolean {
  return MAGIC.equals(start.subarray(0, MAGIC.length));
}

/**
 * Returns the length of the head of a request file from its first 8 bytes. The body follows it.
 *
 * @throws {RequestError} `FSOCK_BAD_HEAD`
 */
export function requestHeadBytes(start: Uint8Array, fileBytes: number): number {
  const room = Math.min(MAX_REQUEST_HEADER_BYTES, fileBytes - PREFIX_BYTES);
  if (start.byteLength < PREFIX_BYTES) throw badHead("8 bytes before the header", start.byteLength);
  const headerBytes = new DataView(start.buffer, start.byteOffset, PREFIX_BYTES).getUint32(4, true);
  if (headerBytes > room) throw badHead(`a header of at most ${room} bytes in the file`, headerBytes);
  return PREFIX_BYTES + headerBytes;
}

/**
 * Decodes a whole head, as {@link requestHeadBytes} measures it. Checks its form, and that it belongs to the file of this name, but
 * neither the capability nor the signature.
 *
 * @throws {RequestError} `FSOCK_BAD_HEAD`
 */
export function decodeRequestHead(head: Uint8Array, name: RequestName): RequestHeader {
  const fields = parse(head.subarray(PREFIX_BYTES));
  for (const key in fields) {
    if (!(KEYS as readonly string[]).includes(key)) {
      throw badHead(`only the keys ${KEYS.join(", ")}`, JSON.stringify(key.slice(0, 64)));
    }
  }
  const text = (key: keyof RequestHeader, expected: string, isValid: (value: string) => boolean): string => {
    const value = fields[key];
    if (typeof value !== "string" || !isValid(value)) throw badHead(`"${key}" as ${expected}`, shown(value));
    return value;
  };
  const integer = (key: keyof RequestHeader, least: number, most: number): number => {
    const value = fields[key];
    if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most) {
      throw badHead(`"${key}" as an integer from ${least} to ${most}`, shown(value));
    }
    return value as number;
  };
  const header: RequestHeader = {
    capability: text("capability", "a text", (value) => value !== ""),
    audience: text("audience", "a thumbprint of 43 characters", (value) => THUMBPRINT.test(value)),
    id: text("id", `${name.id}, as in the file name`, (value) => value === name.id),
    client: text("client", `${name.client}, as in the file name`, (value) => value === name.client),
    ttlMs: integer("ttlMs", 1, MAX_TTL_MS),
    expiresAt: integer("expiresAt", 0, Number.MAX_SAFE_INTEGER),
    sha256: text("sha256", "64 hexadecimal digits in lower case", (value) => SHA_256.test(value)),
  };
  if (isSignedHead(head)) return header;
  throw badHead('"signature" as the last key, with 86 characters of base64url', shown(fields["signature"]));
}

/**
 * Checks that a request asks this server, and that its proof has not expired.
 *
 * @param audience the thumbprint of the server's key.
 * @param now milliseconds since 1970.
 * @throws {RequestError} `FSOCK_WRONG_SERVER`, `FSOCK_PROOF_EXPIRED`
 */
export function checkRequestHeader(header: RequestHeader, audience: string, now: number): void {
  if (header.audience !== audience) {
    const message = `expected a request to the server ${audience}, got one to ${header.audience}`;
    throw refusal("FSOCK_WRONG_SERVER", "forbidden", `${message}; ask with a capability for this server`);
  }
  const leftMs = header.expiresAt - now;
  if (leftMs > 0 && leftMs <= MAX_PROOF_MS) return;
  const found = leftMs > 0 ? `${leftMs} ms` : `one that expired ${-leftMs} ms ago`;
  const message = `expected a proof that is valid for at most ${MAX_PROOF_MS} ms, got ${found}`;
  throw refusal(
    "FSOCK_PROOF_EXPIRED",
    "expired",
    `${message}; compare the clocks of the client and the server`,
  );
}

/**
 * Checks the signature of a head. One signature check.
 *
 * @param key the key of the capability's last block.
 * @throws {RequestError} `FSOCK_BAD_PROOF`
 */
export function checkProof(head: Uint8Array, key: { readonly x: string }): void {
  if (isHeadSignedBy(head, key.x)) return;
  const holder = `the key ${thumbprintOf(key.x)} of the capability's last block`;
  const message = `expected the head to be signed with ${holder}, got another signature`;
  throw refusal("FSOCK_BAD_PROOF", "forbidden", message);
}

/**
 * Checks the body against the hash in the header.
 *
 * @throws {RequestError} `FSOCK_BODY_CHANGED`
 */
export function checkBody(header: RequestHeader, body: Uint8Array): void {
  const found = sha256Of(body);
  if (found === header.sha256) return;
  const message = `expected a body with the SHA-256 ${header.sha256}, got ${found}; the file was changed after it was signed`;
  throw refusal("FSOCK_BODY_CHANGED", "forbidden", message);
}

function parse(text: Uint8Array): JsonObject {
  try {
    const value = parseJson(text, 1, MAX_VALUES);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    if (error instanceof JsonError) throw badHead("strict JSON", error.message);
    throw error;
  }
  throw badHead("a JSON object", "another value");
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return JSON.stringify(value.slice(0, 64).toWellFormed());
  return typeof value === "number" ? String(value) : "another type";
}

function badHead(expected: string, found: string | number): RequestError {
  return refusal(
    "FSOCK_BAD_HEAD",
    "bad_request",
    `the head of the request: expected ${expected}, got ${found}`,
  );
}

function refusal(
  code: RequestErrorCode,
  status: "bad_request" | "expired" | "forbidden",
  message: string,
): RequestError {
  return new RequestError({ status, code, message });
}
